package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The reads give the same for every way in which the bytes may be cut, and however often they are broken off. */
class ReadingPropertiesTest {
    /** Text of few kinds of bytes, so that separators, parts of them and line ends are frequent. */
    @Provide
    Arbitrary<byte[]> contents() {
        return Arbitraries.of('a', 'b', '\r', '\n')
                .map(c -> (byte) (char) c)
                .list()
                .ofMaxSize(60)
                .map(ReadingPropertiesTest::bytes);
    }

    /** Sizes of the pieces that arrive; 0 stands for a read that is broken off before anything came. */
    @Provide
    Arbitrary<List<Integer>> cuts() {
        return Arbitraries.integers().between(0, 7).list().ofMaxSize(40);
    }

    private static byte[] bytes(List<Byte> list) {
        byte[] bytes = new byte[list.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = list.get(i);
        }
        return bytes;
    }

    @Property
    void readGivesAllBytesInOrder(
            @ForAll("contents") byte[] content, @ForAll("cuts") List<Integer> cuts, @ForAll @IntRange(min = 1, max = 9) int max)
            throws IOException {
        Script script = new Script(content, cuts);
        var got = new ByteArrayOutputStream();
        for (byte[] some = Script.persist(() -> script.read(max)); some.length > 0; some = Script.persist(() -> script.read(max))) {
            assertThat(some.length).isLessThanOrEqualTo(max);
            got.writeBytes(some);
        }
        assertThat(got.toByteArray()).isEqualTo(content);
    }

    @Property
    void readIntoABufferGivesAllBytesInOrder(
            @ForAll("contents") byte[] content, @ForAll("cuts") List<Integer> cuts, @ForAll @IntRange(min = 1, max = 9) int room)
            throws IOException {
        Script script = new Script(content, cuts);
        ByteBuffer got = ByteBuffer.allocate(content.length + room);
        int count = 0;
        while (count >= 0) {
            int before = got.position();
            ByteBuffer target = got.slice(before, room);
            count = Script.persist(() -> script.read(target));
            got.position(before + Math.max(0, count));
        }
        assertThat(Arrays.copyOf(got.array(), got.position())).isEqualTo(content);
    }

    @Property
    void readExactlyGivesTheNextBytesOrLeavesThem(
            @ForAll("contents") byte[] content,
            @ForAll("cuts") List<Integer> cuts,
            @ForAll @Size(max = 12) List<@IntRange(max = 20) Integer> counts)
            throws IOException {
        Script script = new Script(content, cuts);
        int position = 0;
        for (int count : counts) {
            try {
                byte[] got = Script.persist(() -> script.readExactly(count));
                assertThat(got).isEqualTo(Arrays.copyOfRange(content, position, position + count));
                position += count;
            } catch (IncompleteReadException e) {
                assertThat(e.available()).isEqualTo(content.length - position).isLessThan(count);
            }
        }
        byte[] rest = Script.persist(() -> script.readAll(content.length));
        assertThat(rest).isEqualTo(Arrays.copyOfRange(content, position, content.length));
    }

    @Property
    void readUntilCutsAtSeparatorsAsIndexOfDoes(
            @ForAll("contents") byte[] content, @ForAll("cuts") List<Integer> cuts, @ForAll @IntRange(max = 12) int max)
            throws IOException {
        for (String separator : List.of("\n", "ab", "aab", "\r\n")) {
            Script script = new Script(content, cuts);
            String left = new String(content, StandardCharsets.ISO_8859_1);
            for (int at = left.indexOf(separator); at >= 0 && at <= max; at = left.indexOf(separator)) {
                assertThat(new String(until(script, separator, max), StandardCharsets.ISO_8859_1))
                        .isEqualTo(left.substring(0, at));
                left = left.substring(at + separator.length());
            }
            assertEndOfSeparated(script, separator, max, left);
        }
    }

    private static byte[] until(Script script, String separator, int max) throws IOException {
        return Script.persist(() -> script.readUntil(separator.getBytes(StandardCharsets.ISO_8859_1), max));
    }

    /** The separator is missing or too far away: whichever it is, nothing was taken. */
    private static void assertEndOfSeparated(Script script, String separator, int max, String left) throws IOException {
        int at = left.indexOf(separator);
        try {
            until(script, separator, max);
            throw new AssertionError("no separator within " + max + " in '" + left + "'");
        } catch (IncompleteReadException e) {
            assertThat(at).isEqualTo(-1);
            assertThat(e.available()).isEqualTo(left.length());
        } catch (ReadLimitException e) {
            assertThat(left.length()).isGreaterThan(max);
            assertThat(e.consumed()).isGreaterThan(max);
            if (e.separatorFound()) {
                assertThat(e.consumed()).isEqualTo(at);
            } else {
                assertThat(at == -1 || at >= e.consumed()).isTrue();
            }
        }
        assertThat(Script.persist(() -> script.readAll(60))).isEqualTo(left.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Property
    void readLineCutsAsALineSplitterDoes(@ForAll("contents") byte[] content, @ForAll("cuts") List<Integer> cuts)
            throws IOException {
        Script script = new Script(content, cuts);
        List<String> got = new ArrayList<>();
        for (String line = Script.persist(() -> script.readLine()); line != null; line = Script.persist(() -> script.readLine())) {
            got.add(line);
        }
        assertThat(got).isEqualTo(lines(new String(content, StandardCharsets.ISO_8859_1)));
    }

    /** Lines by the book: cut at each LF, drop one CR before it; what follows the last LF is a line unless it is empty. */
    private static List<String> lines(String text) {
        List<String> lines = new ArrayList<>();
        String[] parts = text.split("\n", -1);
        for (int i = 0; i < parts.length - 1; i++) {
            lines.add(parts[i].endsWith("\r") ? parts[i].substring(0, parts[i].length() - 1) : parts[i]);
        }
        if (!parts[parts.length - 1].isEmpty()) {
            lines.add(parts[parts.length - 1]);
        }
        return lines;
    }

    @Property
    void readLineTakesALineIfAndOnlyIfItIsWithinTheLimit(
            @ForAll("contents") byte[] content, @ForAll("cuts") List<Integer> cuts, @ForAll @IntRange(max = 6) int max)
            throws IOException {
        Script script = new Script(content, cuts);
        List<String> expected = lines(new String(content, StandardCharsets.ISO_8859_1));
        for (String line : expected) {
            try {
                assertThat(Script.persist(() -> script.readLine(max))).isEqualTo(line).hasSizeLessThanOrEqualTo(max);
            } catch (ReadLimitException e) {
                assertThat(line.length()).isGreaterThan(max);
                assertThat(e.limit()).isEqualTo(max);
                assertThat(Script.persist(() -> script.readLine(60))).isEqualTo(line);
            }
        }
        assertThat(Script.persist(() -> script.readLine(max))).isNull();
    }

    @Property
    void readAllTakesEverythingOrNothing(
            @ForAll("contents") byte[] content, @ForAll("cuts") List<Integer> cuts, @ForAll @IntRange(max = 60) int max)
            throws IOException {
        Script script = new Script(content, cuts);
        try {
            assertThat(Script.persist(() -> script.readAll(max))).isEqualTo(content).hasSizeLessThanOrEqualTo(max);
        } catch (ReadLimitException _) {
            assertThat(content.length).isGreaterThan(max);
            assertThat(Script.persist(() -> script.readAll(60))).isEqualTo(content);
        }
        boolean atEnd = Script.persist(() -> script.atEnd());
        assertThat(atEnd).isTrue();
    }
}
