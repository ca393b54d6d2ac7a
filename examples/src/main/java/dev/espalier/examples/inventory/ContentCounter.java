package dev.espalier.examples.inventory;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Computes the facts of one file, in pieces of a fixed size; runs in the child JVMs. */
final class ContentCounter {

    /** Bytes of contents held at a time. */
    static final int PIECE = 64 << 10;

    /** How far git and others look for a zero byte, too. */
    private static final int BINARY_PROBE = 8000;

    private ContentCounter() {
    }

    /**
     * Reads {@code in} to its end and returns the facts; leaves closing to the caller.
     *
     * @throws InterruptedIOException if the thread is interrupted, which is how a child is told to stop
     */
    static FileFacts count(InputStream in) throws IOException {
        MessageDigest digest = sha256();
        TextCounter text = new TextCounter();
        byte[] piece = new byte[PIECE];
        int length = in.readNBytes(piece, 0, PIECE);
        boolean binary = looksBinary(piece, length);
        long size = 0;
        while (length > 0) {
            digest.update(piece, 0, length);
            size += length;
            if (!binary) {
                text.accept(piece, length);
            }
            checkNotInterrupted();
            length = in.readNBytes(piece, 0, PIECE);
        }
        return text.facts(HexFormat.of().formatHex(digest.digest()), size, binary);
    }

    private static void checkNotInterrupted() throws InterruptedIOException {
        if (Thread.interrupted()) {
            throw new InterruptedIOException("told to stop counting");
        }
    }

    private static boolean looksBinary(byte[] piece, int length) {
        for (int i = 0; i < Math.min(length, BINARY_PROBE); i++) {
            if (piece[i] == 0) {
                return true;
            }
        }
        return false;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256, this one does not", e);
        }
    }
}
