package dev.espalier.examples.inventory;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Counts lines and words of one text that arrives in pieces; a character or a word may begin in one piece and end in
 * the next.
 */
final class TextCounter {

    /** Longer runs of letters are data (Base64, hashes), not words anybody wants ranked. */
    static final int LONGEST_WORD = 64;

    /** Different words kept of one file: bounds the answer that travels to the parent. */
    private static final int LARGEST_VOCABULARY = 1 << 17;

    private final WordTable table = new WordTable(LARGEST_VOCABULARY);
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final CharBuffer chars = CharBuffer.allocate(ContentCounter.PIECE + 8);
    private final ByteBuffer undecoded = ByteBuffer.allocate(ContentCounter.PIECE + 8);
    private final StringBuilder word = new StringBuilder();
    private int wordLength;
    private long words;
    private long lines;
    private boolean lineOpen;

    /** Takes the next {@code length} bytes of the text. */
    void accept(byte[] piece, int length) {
        undecoded.put(piece, 0, length).flip();
        decoder.decode(undecoded, chars, false);
        undecoded.compact();
        countChars();
    }

    /** Ends the text and returns its facts. */
    FileFacts facts(String sha256, long size, boolean binary) {
        undecoded.flip();
        decoder.decode(undecoded, chars, true);
        decoder.flush(chars);
        countChars();
        endWord();
        return new FileFacts(sha256, size, binary, lines + (lineOpen ? 1 : 0), words,
                table.vocabulary(), table.counts(), table.unranked());
    }

    private void countChars() {
        chars.flip();
        while (chars.hasRemaining()) {
            int character = Character.codePointAt(chars, 0);
            chars.position(chars.position() + Character.charCount(character));
            countLine(character);
            countWord(character);
        }
        chars.clear();
    }

    private void countLine(int character) {
        lineOpen = character != '\n';
        if (!lineOpen) {
            lines++;
        }
    }

    private void countWord(int character) {
        if (!Character.isLetterOrDigit(character)) {
            endWord();
        } else if (++wordLength <= LONGEST_WORD) {
            word.appendCodePoint(Character.toLowerCase(character));
        }
    }

    private void endWord() {
        if (wordLength == 0) {
            return;
        }
        words++;
        if (wordLength <= LONGEST_WORD) {
            table.add(word.toString(), 1);
        } else {
            table.addUnranked(1);
        }
        word.setLength(0);
        wordLength = 0;
    }
}
