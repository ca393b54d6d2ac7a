package dev.espalier.io;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A number written in digits, which ends before the first byte that is none. Leading zeros count as digits. */
enum Digits implements Framing {
    /** At most 19, and perhaps a minus. */
    DECIMAL(10, 19, "a decimal number of 64 bits") {
        @Override
        long parse(String text) {
            return Long.parseLong(text);
        }

        @Override
        boolean mayBegin(byte sign) {
            return sign == '-';
        }
    },
    /** At most 16. */
    HEXADECIMAL(16, 16, "a hexadecimal number of 64 bits without a sign") {
        @Override
        long parse(String text) {
            return Long.parseUnsignedLong(text, 16);
        }

        @Override
        boolean mayBegin(byte sign) {
            return false;
        }
    };

    private final int radix;
    private final int most;
    private final String what;

    Digits(int radix, int most, String what) {
        this.radix = radix;
        this.most = most;
        this.what = what;
    }

    abstract long parse(String text);

    abstract boolean mayBegin(byte sign);

    long read(StreamReader reader) throws IOException {
        byte[] number = reader.readFrame(this);
        if (number == null) {
            throw new IncompleteReadException(reader + " ended before " + what, 0);
        }
        return parse(text(ByteBuffer.wrap(number), number.length));
    }

    @Override
    public Look look(ByteBuffer bytes, int seen) throws IOException {
        int length = length(bytes);
        return length < bytes.limit() ? frame(bytes, length) : new More(length + 1);
    }

    @Override
    public Look lookAtEnd(ByteBuffer bytes) throws IOException {
        return frame(bytes, length(bytes));
    }

    /** Up to where there are digits; one too many counts, to be refused. */
    private int length(ByteBuffer bytes) {
        int first = mayBegin(bytes.get(0)) ? 1 : 0;
        int end = Math.min(bytes.limit(), first + most + 1);
        int length = first;
        while (length < end && isDigit(bytes.get(length))) {
            length++;
        }
        return length;
    }

    private boolean isDigit(byte character) {
        return character >= 0 && Character.digit(character, radix) >= 0;
    }

    private Frame frame(ByteBuffer bytes, int length) throws ProtocolException {
        String text = text(bytes, length);
        try {
            if (text.length() <= most + (text.startsWith("-") ? 1 : 0)) {
                parse(text);
                return new Frame(length);
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new ProtocolException(what + " was expected, not '" + text + (length < bytes.limit() ? (char) (bytes.get(length) & 0xFF) : "")
                + "'; it can still be read");
    }

    private static String text(ByteBuffer bytes, int length) {
        byte[] text = new byte[length];
        bytes.get(0, text);
        return new String(text, StandardCharsets.US_ASCII);
    }
}
