package dev.espalier.examples.inventory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ContentCounterTest {

    @Test
    void emptyContentsHaveNoLineAndNoWord() throws IOException {
        FileFacts facts = count("");
        assertThat(facts.sha256()).isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assertThat(new long[] {facts.size(), facts.lines(), facts.words()}).containsOnly(0);
        assertThat(facts.binary()).isFalse();
    }

    @Test
    void lastLineWithoutLineFeedCounts() throws IOException {
        assertThat(count("one\ntwo").lines()).isEqualTo(2);
        assertThat(count("one\ntwo\n").lines()).isEqualTo(2);
        assertThat(count("\n\n").lines()).isEqualTo(2);
    }

    @Test
    void wordsAreRunsOfLettersAndDigitsInLowerCase() throws IOException {
        FileFacts facts = count("Straße 7, STRASSE-7 x_y d'été");
        assertThat(facts.words()).isEqualTo(8);
        assertThat(frequencies(facts)).containsEntry("7", 2L).containsEntry("été", 1L).containsEntry("straße", 1L)
                .containsEntry("strasse", 1L);
    }

    @Test
    void bytesThatAreNotUtf8SeparateWords() throws IOException {
        FileFacts facts = count("caf\u00e9s".getBytes(ISO_8859_1));
        assertThat(frequencies(facts)).containsOnlyKeys("caf", "s");
    }

    @Test
    void characterSplitBetweenTwoPiecesIsOneCharacter() throws IOException {
        String before = "a".repeat(ContentCounter.PIECE - 4) + " \n";
        FileFacts facts = count(before + "x\uD83D\uDE00 \uD835\uDC00b");
        assertThat(frequencies(facts)).containsEntry("x", 1L).containsEntry("\uD835\uDC00b", 1L);
    }

    @Test
    void wordSplitBetweenTwoPiecesIsOneWord() throws IOException {
        String padding = " ".repeat(ContentCounter.PIECE - 2);
        assertThat(frequencies(count(padding + "espalier"))).containsOnly(Map.entry("espalier", 1L));
    }

    @Test
    void zeroByteAmongTheFirst8000MakesItBinary() throws IOException {
        FileFacts binary = count("a b\n" + " ".repeat(7995) + "\0 c");
        assertThat(binary.binary()).isTrue();
        assertThat(new long[] {binary.lines(), binary.words()}).containsOnly(0);
        assertThat(count(" ".repeat(8000) + "\0 c").words()).isEqualTo(1);
    }

    @Test
    void longestWordsCountButAreNotRanked() throws IOException {
        FileFacts facts = count("a".repeat(64) + " " + "b".repeat(65));
        assertThat(facts.words()).isEqualTo(2);
        assertThat(facts.unranked()).isEqualTo(1);
        assertThat(facts.vocabulary()).containsExactly("a".repeat(64));
    }

    @Test
    void failureOfTheStreamComesOut() {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("bad sector");
            }
        };
        assertThatThrownBy(() -> ContentCounter.count(broken)).isInstanceOf(IOException.class).hasMessage("bad sector");
    }

    @Test
    void interruptStopsIt() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> count("a")).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    private static FileFacts count(String text) throws IOException {
        return count(text.getBytes(UTF_8));
    }

    private static FileFacts count(byte[] contents) throws IOException {
        return ContentCounter.count(new ByteArrayInputStream(contents));
    }

    static Map<String, Long> frequencies(FileFacts facts) {
        Map<String, Long> frequencies = new TreeMap<>();
        for (int i = 0; i < facts.counts().length; i++) {
            frequencies.put(facts.vocabulary()[i], facts.counts()[i]);
        }
        return frequencies;
    }
}
