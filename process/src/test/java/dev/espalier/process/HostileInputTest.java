package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Rule 3.7: bytes that are no value give an {@link EncodingException}, and nothing worse: no other error, no endless
 * loop, no memory beyond a small multiple of their length.
 */
class HostileInputTest {
    record Leaf(int number, String text) implements Serializable {
    }

    record Branch(Object left, List<Object> right, Leaf[] leaves) {
    }

    /** For each byte of a message: hash tables, records and exceptions with their traces cost most. */
    private static final long BYTES_PER_BYTE = 600;
    private static final long BYTES_PER_VALUE = 4 << 20;

    private static final ThreadMXBean MEMORY = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final SymbolTable TABLE = new SymbolTable();
    private static final List<byte[]> SAMPLES = samples();

    private static List<byte[]> samples() {
        List<Object> list = new ArrayList<>(List.of(1, "text", 2.5, new Leaf(1, "x")));
        list.add(list);
        Object branch = new Branch(Map.of("k", new Leaf(2, "y")), list, new Leaf[] {new Leaf(3, "\u20AC")});
        List<byte[]> all = new ArrayList<>();
        for (Object value : List.of(branch, new TreeMap<>(Map.of(1, list, 2, branch)), new HashSet<>(list.subList(0, 3)),
                new StringBuilder("jdk"), new IllegalStateException("failed", new Exception("cause")), new long[100],
                new java.util.concurrent.ConcurrentSkipListMap<>(Map.of("a", branch)), new HashMap<>(Map.of(1, 2)),
                java.time.ZonedDateTime.now(), new java.math.BigDecimal("12345.678"), "x".repeat(300))) {
            Encoder out = new Encoder(TABLE);
            out.root(value);
            all.add(out.toBytes());
        }
        return all;
    }

    @Provide
    Arbitrary<byte[]> sample() {
        return Arbitraries.of(SAMPLES);
    }

    /** Decodes, and holds what must hold whatever comes out. */
    private static void decode(byte[] bytes) {
        long before = MEMORY.getCurrentThreadAllocatedBytes();
        try {
            new Decoder(CodecSharingTest.symbols(TABLE)).over(bytes, 0, bytes.length).last();
        } catch (EncodingException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
        assertThat(MEMORY.getCurrentThreadAllocatedBytes() - before).as("bytes allocated")
                .isLessThan(BYTES_PER_VALUE + BYTES_PER_BYTE * bytes.length);
    }

    @Property(tries = 2000)
    void anyBytes(@ForAll byte[] bytes) {
        decode(bytes);
    }

    @Property(tries = 1000)
    void bytesThatBeginLikeNestedValues(@ForAll @Size(min = 1, max = 600) byte[] bytes, @ForAll long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextBoolean() ? 0x30 + random.nextInt(0x24) : bytes[i] & 0x0F);
        }
        decode(bytes);
    }

    @Property(tries = 3000)
    void aChangedByte(@ForAll("sample") byte[] sample, @ForAll int where, @ForAll byte change) {
        byte[] bytes = sample.clone();
        bytes[Math.floorMod(where, bytes.length)] = change;
        decode(bytes);
    }

    @Property(tries = 2000)
    void manyChangedBytes(@ForAll("sample") byte[] sample, @ForAll @IntRange(min = 1, max = 30) int changes,
            @ForAll long seed) {
        byte[] bytes = sample.clone();
        Random random = new Random(seed);
        for (int i = 0; i < changes; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        decode(bytes);
    }

    @Example
    void everyTruncation() {
        for (byte[] sample : SAMPLES) {
            for (int length = 0; length < sample.length; length++) {
                byte[] cut = Arrays.copyOf(sample, length);
                assertThatThrownBy(() -> new Decoder(CodecSharingTest.symbols(TABLE)).over(cut, 0, cut.length).last())
                        .isInstanceOf(EncodingException.class);
            }
        }
    }

    @Property(tries = 500)
    void aCallOfAnyBytes(@ForAll byte[] bytes) throws Throwable {
        try {
            Calls.run(new Decoder(CodecSharingTest.symbols(TABLE)).over(bytes, 0, bytes.length));
        } catch (EncodingException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
    }

    @Property(tries = 500)
    void aFailureOfAnyBytes(@ForAll byte[] bytes) {
        try {
            assertThat(Failures.read(new Decoder(CodecSharingTest.symbols(TABLE)).over(bytes, 0, bytes.length), "task"))
                    .isNotNull();
        } catch (EncodingException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
    }

    @Property(tries = 500)
    void aDefinitionOfAnyBytes(@ForAll byte[] bytes) throws ProtocolException {
        Symbols symbols = CodecSharingTest.symbols(new SymbolTable());
        symbols.define(0, bytes);
        for (Runnable use : List.<Runnable>of(() -> symbols.classOf(0), () -> symbols.lambdaOf(0),
                () -> symbols.codecOf(0))) {
            assertThatThrownBy(use::run).isInstanceOf(EncodingException.class);
        }
    }

    @Property(tries = 500)
    void aGreetingOfAnyBytes(@ForAll byte[] bytes) {
        Decoder in = new Decoder(CodecSharingTest.symbols(new SymbolTable()));
        for (Runnable use : List.<Runnable>of(() -> Greeting.Hello.read(in.over(bytes, 0, bytes.length)),
                () -> Greeting.Welcome.read(in.over(bytes, 0, bytes.length)))) {
            try {
                use.run();
            } catch (EncodingException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        }
    }

    @Example
    void announcedElementsAreNotAllocated() {
        // Each of these lists claims as many elements as there are bytes: allocated at once, that were gigabytes.
        byte[] bytes = new byte[1 << 20];
        for (int i = 0; i < 400 * 4; i += 4) {
            bytes[i] = (byte) Tag.FIXED_LIST;
            bytes[i + 1] = (byte) 0x80;
            bytes[i + 2] = (byte) 0x80;
            bytes[i + 3] = 0x3F;
        }
        decode(bytes);
        assertThatThrownBy(() -> new Decoder(CodecSharingTest.symbols(TABLE)).over(bytes, 0, bytes.length).last())
                .hasMessageContaining("more elements are announced");
    }

    @Example
    void anAnnouncedArrayOfTheJdkIsNotAllocated() throws Exception {
        var stream = new java.io.ByteArrayOutputStream();
        try (var out = new java.io.ObjectOutputStream(stream)) {
            out.writeObject(new long[] {7});
        }
        byte[] object = stream.toByteArray();
        // The length stands before the only element.
        java.nio.ByteBuffer.wrap(object).putInt(object.length - 12, Integer.MAX_VALUE - 8);
        Encoder out = new Encoder(new SymbolTable());
        out.putByte(Tag.JDK);
        out.putFixedInt(object.length);
        out.putBytes(object, 0, object.length);
        decode(out.toBytes());
        assertThatThrownBy(() -> new Decoder(CodecSharingTest.symbols(TABLE)).over(out.toBytes(), 0, out.size()).last())
                .isInstanceOf(EncodingException.class).hasMessageContaining("REJECTED");
    }

    @Example
    void aReferenceInsideOfAKeyIsRefused() {
        // Sets in sets, each holding the one before twice: the hash code of the last would take 2^n steps.
        Encoder out = new Encoder(new SymbolTable());
        out.putByte(Tag.HASH_SET);
        out.putLength(1);
        out.putByte(Tag.SAME);
        out.putLength(0);
        assertThatThrownBy(() -> new Decoder(CodecSharingTest.symbols(TABLE)).over(out.toBytes(), 0, out.size()).last())
                .isInstanceOf(EncodingException.class).hasMessageContaining("no object 0 to refer to");
    }

    @Example
    void classesThatReadObjectsOnTheirOwnAreRefused() throws Exception {
        var keys = java.security.KeyPairGenerator.getInstance("EC").generateKeyPair();
        var signed = new java.security.SignedObject("x", keys.getPrivate(),
                java.security.Signature.getInstance("SHA256withECDSA"));
        assertThatThrownBy(() -> CodecSharingTest.roundTrip(signed)).isInstanceOf(EncodingException.class)
                .hasMessageContaining("REJECTED");
        assertThat(CodecSharingTest.roundTrip(new java.nio.file.NoSuchFileException("f")))
                .isInstanceOf(java.nio.file.NoSuchFileException.class);
    }
}
