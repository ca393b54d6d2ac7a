package dev.espalier.io;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/**
 * Every read and every framing gives the same however the bytes are cut: not at all, at one place, into single bytes, at random and
 * with reads that are broken off; and for every place at which the stream may end. Rows A3 to A7, A10, A11 and A13, rules R1 to R5.
 */
class CutsTest {
    @FunctionalInterface
    private interface Operation {
        @Nullable Object run(StreamReader reader) throws IOException;
    }

    private static final Map<String, Operation> OPERATIONS = new LinkedHashMap<>();

    static {
        OPERATIONS.put("readExactly 3", reader -> reader.readExactly(3));
        OPERATIONS.put("peek 3", reader -> reader.peek(3));
        OPERATIONS.put("readUntil", reader -> reader.readUntil(new byte[] {'a', 'b'}, 4));
        OPERATIONS.put("readLine", reader -> reader.readLine(4));
        OPERATIONS.put("readAll", reader -> reader.readAll(6));
        OPERATIONS.put("skipUntil", reader -> reader.skipUntil(new byte[] {'\n'}));
        OPERATIONS.put("readByte", StreamReader::readByte);
        OPERATIONS.put("readUnsignedByte", StreamReader::readUnsignedByte);
        OPERATIONS.put("readShort", reader -> reader.readShort(BIG_ENDIAN));
        OPERATIONS.put("readUnsignedShort", reader -> reader.readUnsignedShort(LITTLE_ENDIAN));
        OPERATIONS.put("readInt", reader -> reader.readInt(LITTLE_ENDIAN));
        OPERATIONS.put("readUnsignedInt", reader -> reader.readUnsignedInt(BIG_ENDIAN));
        OPERATIONS.put("readLong", reader -> reader.readLong(BIG_ENDIAN));
        OPERATIONS.put("readVarint", reader -> reader.readVarint(20_000));
        OPERATIONS.put("readDecimal", StreamReader::readDecimal);
        OPERATIONS.put("readHexadecimal", StreamReader::readHexadecimal);
        OPERATIONS.put("readString", reader -> reader.readString(4));
        for (Framing framing : List.of(
                Framing.fixed(3),
                Framing.lengthPrefixed(1, BIG_ENDIAN, 5),
                Framing.lengthPrefixed(2, LITTLE_ENDIAN, 200),
                Framing.lengthPrefixed(4, LITTLE_ENDIAN, 200),
                Framing.lengthPrefixed(8, BIG_ENDIAN, 200),
                Framing.varintPrefixed(5),
                Framing.delimited(4, new byte[] {'\n'}),
                Framing.delimited(4, new byte[] {'a', 'b'}, new byte[] {'b'}, new byte[] {'\r', '\n'}),
                Framing.lines(4),
                FramedTest.stars())) {
            OPERATIONS.put(framing.toString(), reader -> reader.readFrame(framing));
        }
    }

    /** Few kinds of bytes, so that separators, their parts, short lengths and numbers of several bytes are frequent. */
    @Provide
    Arbitrary<byte[]> contents() {
        return Arbitraries.of(0, 0, 1, 3, 0x80, 0xFF, (int) 'a', (int) 'b', (int) '7', (int) '-', (int) '\r', (int) '\n', (int) '*')
                .list()
                .ofMaxSize(14)
                .map(CutsTest::bytes);
    }

    @Provide
    Arbitrary<List<Integer>> cuts() {
        return Arbitraries.integers().between(0, 4).list().ofMaxSize(20);
    }

    private static byte[] bytes(List<Integer> list) {
        byte[] bytes = new byte[list.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = list.get(i).byteValue();
        }
        return bytes;
    }

    @Property(tries = 300)
    void everyReadGivesTheSameHoweverTheBytesAreCut(
            @ForAll("contents") byte[] content, @ForAll("cuts") List<Integer> random) {
        for (int end = 0; end <= content.length; end++) {
            byte[] whole = Arrays.copyOf(content, end);
            List<List<Integer>> allCuts = new ArrayList<>();
            allCuts.add(Collections.nCopies(end, 1));
            allCuts.add(random);
            for (int at = 1; at < end; at++) {
                allCuts.add(List.of(at, end - at));
            }
            OPERATIONS.forEach((name, operation) -> {
                List<Object> expected = outcome(operation, new Script(whole, List.of(whole.length + 1)));
                for (List<Integer> cuts : allCuts) {
                    assertThat(outcome(operation, new Script(whole, cuts)))
                            .as("%s of %s, cut into %s", name, Arrays.toString(whole), cuts)
                            .isEqualTo(expected);
                }
            });
        }
    }

    /** What it gives, again and again until it gives nothing new, and what is left then. */
    private static List<Object> outcome(Operation operation, StreamReader reader) {
        List<Object> outcome = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                outcome.add(single(operation, reader));
            }
            outcome.add(text(Script.persist(() -> reader.readAll(100))));
            outcome.add(Script.persist(reader::atEnd));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return outcome;
    }

    private static Object single(Operation operation, StreamReader reader) throws IOException {
        try {
            Object value = Script.<@Nullable Object>persist(() -> operation.run(reader));
            return value == null ? "end" : text(value);
        } catch (IncompleteReadException e) {
            return "incomplete: " + e.available();
        } catch (ReadLimitException e) {
            return "limit: " + e.limit();
        } catch (ProtocolException e) {
            return "protocol";
        }
    }

    private static Object text(Object value) {
        return value instanceof byte[] bytes ? Arrays.toString(bytes) : value;
    }
}
