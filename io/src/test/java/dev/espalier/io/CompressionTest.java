package dev.espalier.io;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Task;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams that pack and unpack: row B20. The classes of the JDK are at the other end. */
class CompressionTest extends OnBothEngines {
    @TempDir
    private Path folder;

    private static byte[] packed(Compression form, byte[] bytes) throws IOException {
        var to = new ByteArrayOutputStream();
        try (OutputStream out = form == Compression.GZIP ? new GZIPOutputStream(to)
                : new DeflaterOutputStream(to, new Deflater(6, form == Compression.DEFLATE))) {
            out.write(bytes);
        }
        return to.toByteArray();
    }

    private static byte[] unpacked(Compression form, byte[] bytes) throws IOException {
        var from = new ByteArrayInputStream(bytes);
        try (InputStream in = form == Compression.GZIP ? new GZIPInputStream(from)
                : new InflaterInputStream(from, new Inflater(form == Compression.DEFLATE))) {
            return in.readAllBytes();
        }
    }

    /** Reads what was packed from a stream that is cut into pieces. */
    private static StreamReader reader(Compression form, byte[] packed, long max) {
        ByteBuffer left = ByteBuffer.wrap(packed);
        return form.reader(StreamReader.of(target -> {
            ByteBuffer piece = left.slice(left.position(), Math.min(7, left.remaining()));
            left.position(left.position() + piece.remaining());
            int count = piece.remaining();
            target.put(piece);
            return count == 0 ? -1 : count;
        }), max);
    }

    private static byte[] all(StreamReader reader) throws IOException {
        return reader.readAll(1 << 24);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    void bothDirectionsArePacked() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            ByteStream plain = pair.left();
            group.start("peer", () -> {
                StreamWriter answers = Compression.ZLIB.writer(pair.right());
                answers.writeLine("hello " + Compression.ZLIB.reader(pair.right(), 100).readLine());
                answers.flush();
            });
            // @start region="both"
            ByteStream stream = ByteStream.of(Compression.ZLIB.reader(plain, 1_000_000), Compression.ZLIB.writer(plain));
            stream.writeLine("world");
            stream.flush(); // or the line would wait for more
            String answer = stream.readLine();
            // @end
            assertThat(answer).isEqualTo("hello world");
        });
    }

    @Test
    void packedFilesAreReadAndWritten() throws IOException {
        Path path = folder.resolve("lines.gz");
        Files.write(path, packed(Compression.GZIP, "one\ntwo\n".getBytes(US_ASCII)));
        inGroup(group -> {
            // @start region="file"
            try (AsyncFile file = AsyncFile.open(path)) {
                for (String line : Compression.GZIP.reader(file.reader(0), 1_000_000).lines()) {
                    assertThat(line).isIn("one", "two");
                }
            }
            // @end
        });
    }

    @Test
    @DisplayName("B20: what is packed here is unpacked elsewhere and the other way round, in all forms and sizes")
    void formsAreThoseOfOthers() throws IOException {
        this.<IOException>run(() -> {
            for (Compression form : Compression.values()) {
                for (byte[] bytes : List.of(new byte[0], new byte[1], new byte[300_000], random(100_000))) {
                    assertThat(all(reader(form, packed(form, bytes), bytes.length))).isEqualTo(bytes);
                    var to = new ByteArrayOutputStream();
                    StreamWriter writer = form.writer(StreamWriter.of(to), 1);
                    writer.write(bytes);
                    writer.writeEnd();
                    assertThat(unpacked(form, to.toByteArray())).isEqualTo(bytes);
                    assertThatThrownBy(() -> writer.write("x")).isInstanceOf(StreamClosedException.class);
                    writer.writeEnd();
                }
            }
            StreamWriter nowhere = StreamWriter.of(OutputStream.nullOutputStream());
            assertThatIllegalArgumentException().isThrownBy(() -> Compression.GZIP.writer(nowhere, 10));
            assertThatIllegalArgumentException().isThrownBy(() -> reader(Compression.GZIP, new byte[0], -1));
        });
    }

    @Test
    @DisplayName("B20: parts of GZIP that follow one another are one, whatever stands before each")
    void partsAreOne() throws IOException {
        byte[] part = packed(Compression.GZIP, "abc".getBytes(US_ASCII));
        var both = new ByteArrayOutputStream();
        both.writeBytes(part);
        both.writeBytes(new byte[] {0x1f, (byte) 0x8b, 8, 2 + 4 + 8 + 16, 0, 0, 0, 0, 0, 3}); // with all there may be
        both.writeBytes(new byte[] {3, 0, 1, 2, 3, 'n', 0, 'c', 0, 0, 0});
        both.write(part, 10, part.length - 10);
        this.<IOException>run(() -> {
            assertThat(all(reader(Compression.GZIP, both.toByteArray(), 6))).asString(US_ASCII).isEqualTo("abcabc");
            both.write('x');
            StreamReader more = reader(Compression.GZIP, both.toByteArray(), 100);
            assertThat(more.readExactly(6)).hasSize(6);
            assertThatThrownBy(() -> more.read(1)).isInstanceOf(ZipException.class).hasMessageContaining("not packed as GZIP");
        });
    }

    @Test
    @DisplayName("B20: what becomes larger than allowed is refused, and up to there it is read")
    void whatBecomesTooLargeIsRefused() throws IOException {
        byte[] bomb = packed(Compression.GZIP, new byte[10_000_000]);
        assertThat(bomb).hasSizeLessThan(10_000);
        this.<IOException>run(() -> {
            StreamReader reader = reader(Compression.GZIP, bomb, 1_000);
            assertThat(reader.readExactly(1_000)).hasSize(1_000);
            assertThatThrownBy(() -> reader.read(1)).isInstanceOf(ZipException.class).hasMessageContaining("more than 1000 bytes");
            assertThatThrownBy(() -> reader.read(1)).isInstanceOf(StreamClosedException.class).hasCauseInstanceOf(ZipException.class);
        });
    }

    @Test
    @DisplayName("B20: who unpacks much lets others run")
    void othersRunMeanwhile() throws IOException {
        byte[] bomb = packed(Compression.ZLIB, new byte[10_000_000]);
        inGroup(group -> {
            int[] turns = {0};
            Task<Void> other = group.start(() -> {
                while (true) {
                    turns[0]++;
                    Async.checkpoint();
                }
            });
            StreamReader whole = StreamReader.of(new ByteArrayInputStream(bomb));
            whole.peek(bomb.length); // from now on nothing is waited for
            assertThat(all(Compression.ZLIB.reader(whole, 10_000_000))).hasSize(10_000_000);
            assertThat(turns[0]).isGreaterThan(10);
            other.cancel("enough");
        });
    }

    @Test
    @DisplayName("B20: what is cut off or was changed is never taken for a whole")
    void whatIsNotWholeFails() throws IOException {
        byte[] bytes = "to be or not to be".getBytes(US_ASCII);
        this.<IOException>run(() -> {
            for (Compression form : Compression.values()) {
                byte[] packed = packed(form, bytes);
                for (int cut = 0; cut < packed.length; cut++) {
                    StreamReader reader = reader(form, Arrays.copyOf(packed, cut), 100);
                    assertThatThrownBy(() -> all(reader)).as("%s, cut at %s", form, cut).isInstanceOf(EOFException.class);
                    assertThatThrownBy(() -> all(reader)).as("again").isInstanceOf(EOFException.class);
                }
            }
            for (Compression form : List.of(Compression.GZIP, Compression.ZLIB)) {
                byte[] changed = packed(form, bytes);
                changed[changed.length - (form == Compression.GZIP ? 8 : 1)]++;
                assertThatThrownBy(() -> all(reader(form, changed, 100))).isInstanceOf(ZipException.class);
            }
            assertThatThrownBy(() -> all(reader(Compression.ZLIB, bytes, 100))).isInstanceOf(ZipException.class).hasMessageContaining("ZLIB");
        });
    }

    @Test
    @DisplayName("B20: bytes of which one bit was changed are read as they were or refused, and nothing else happens")
    void changedBitsAreHarmless() throws IOException {
        byte[] bytes = "to be or not to be".getBytes(US_ASCII);
        this.<IOException>run(() -> {
            for (Compression form : Compression.values()) {
                byte[] packed = packed(form, bytes);
                for (int bit = 0; bit < packed.length * Byte.SIZE; bit++) {
                    byte[] changed = packed.clone();
                    changed[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
                    try {
                        byte[] got = all(reader(form, changed, 1 << 16));
                        assertThat(form == Compression.DEFLATE || Arrays.equals(got, bytes)).as("%s, bit %s", form, bit).isTrue();
                    } catch (ZipException | EOFException e) {
                        assertThat(e).message().isNotBlank();
                    }
                }
            }
        });
    }

    @Test
    @DisplayName("R8, B20: nothing is read from a closed stream, not even what was unpacked before")
    void closedStreamsGiveNothing() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            pair.right().write(packed(Compression.ZLIB, new byte[20_000]));
            StreamReader reader = Compression.ZLIB.reader(pair.left(), 20_000);
            assertThat(reader.readExactly(1)).hasSize(1);
            pair.left().abort();
            assertThatThrownBy(() -> reader.read(1)).isInstanceOf(StreamClosedException.class);
        });
    }

    @Test
    @DisplayName("B20: what follows packed bytes stays in the stream below, whatever that is")
    void whatFollowsStays() throws IOException {
        inGroup(group -> {
            for (Compression form : List.of(Compression.ZLIB, Compression.DEFLATE)) {
                for (boolean twice : new boolean[] {false, true}) {
                    ByteStream.Pair pair = ByteStream.pair(1000);
                    ByteStream below = twice ? ByteStream.of(pair.left(), pair.left()) : pair.left();
                    pair.right().write(packed(form, "packed".getBytes(US_ASCII)));
                    pair.right().writeLine("and plain");
                    assertThat(form.reader(below, 6).readAll(100)).asString(US_ASCII).isEqualTo("packed");
                    assertThat(below.readLine()).isEqualTo("and plain");
                }
            }
        });
    }

    @Test
    @DisplayName("B20: a flush sends all that was written, and a second one nothing")
    void flushSendsEverything() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            int[] sent = {0};
            ByteStream counted = StreamTap.on(pair.left(), new StreamTap() {
                @Override
                public void sent(ByteBuffer bytes) {
                    sent[0] += bytes.remaining();
                }
            });
            StreamWriter writer = Compression.GZIP.writer(counted);
            StreamReader reader = Compression.GZIP.reader(pair.right(), 100);
            writer.writeLine("one");
            assertThat(writer.tryWrite("two\n".getBytes(US_ASCII))).isEqualTo(4);
            assertThat(sent[0]).as("nothing but the head").isLessThanOrEqualTo(10);
            writer.flush();
            assertThat(reader.readLine() + reader.readLine()).isEqualTo("onetwo");
            int before = sent[0];
            writer.flush();
            writer.awaitWritable();
            assertThat(sent[0]).isEqualTo(before);
            writer.writeTogether(together -> together.writeLine("three"));
            writer.writeEnd();
            assertThat(reader.readLine()).isEqualTo("three");
            assertThat(reader.atEnd()).isTrue();
            assertThat(pair.right().atEnd()).isTrue();
        });
    }

    @Test
    @DisplayName("B20: what the stream below does not take waits, and nothing more is packed meanwhile")
    void whatIsPackedWaitsForRoom() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            StreamWriter writer = Compression.DEFLATE.writer(pair.left(), 0);
            int taken = 0;
            for (int count = 1; count > 0; taken += count) {
                count = writer.tryWrite(new byte[100_000]);
            }
            assertThat(taken).isPositive().isLessThan(200_000);
            Task<byte[]> reader = group.start(() -> all(Compression.DEFLATE.reader(pair.right(), 1 << 20)));
            writer.awaitWritable();
            writer.write("end");
            writer.writeEnd();
            assertThat(reader.await()).hasSize(taken + 3).endsWith("end".getBytes(US_ASCII));
        });
    }
}
