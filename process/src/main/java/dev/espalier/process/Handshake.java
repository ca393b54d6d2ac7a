package dev.espalier.process;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/**
 * Both sides prove that they know the token, and neither shows it.
 */
final class Handshake {
    // HMAC-SHA-256 (RFC 2104) is written out here because javax.crypto.Mac costs each child 25 ms of start-up; a test
    // compares the two.
    static final int SIZE = 32;
    private static final int BLOCK = 64;

    private Handshake() {
    }

    static byte[] random() {
        byte[] bytes = new byte[SIZE];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    /** The answer of one role to a challenge; {@code own} is its own challenge, so no answer fits twice. */
    static byte[] proof(byte[] token, String role, byte[] challenge, byte[] own) {
        byte[] name = role.getBytes(StandardCharsets.US_ASCII);
        byte[] text = new byte[name.length + challenge.length + own.length];
        System.arraycopy(name, 0, text, 0, name.length);
        System.arraycopy(challenge, 0, text, name.length, challenge.length);
        System.arraycopy(own, 0, text, name.length + challenge.length, own.length);
        return hmac(token, text);
    }

    static boolean matches(byte[] expected, byte[] seen) {
        return MessageDigest.isEqual(expected, seen);
    }

    /** HMAC-SHA-256 with a key of at most 64 bytes. */
    static byte[] hmac(byte[] key, byte[] text) {
        MessageDigest digest = sha256();
        digest.update(pad(key, (byte) 0x36));
        byte[] inner = digest.digest(text);
        digest.update(pad(key, (byte) 0x5C));
        return digest.digest(inner);
    }

    private static byte[] pad(byte[] key, byte with) {
        if (key.length > BLOCK) {
            throw new IllegalArgumentException("a key of " + key.length + " bytes; at most " + BLOCK);
        }
        byte[] block = new byte[BLOCK];
        System.arraycopy(key, 0, block, 0, key.length);
        for (int i = 0; i < BLOCK; i++) {
            block[i] ^= with;
        }
        return block;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this JDK has no SHA-256, which every JDK must have", missing);
        }
    }
}
