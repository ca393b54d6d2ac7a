package dev.espalier.io;

import dev.espalier.io.Framing.Frame;
import dev.espalier.io.Framing.Look;
import dev.espalier.io.Framing.More;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** The usual framings. */
final class Framings {
    private Framings() {}

    private static int checked(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " must be from " + least + " to " + most + ", not " + value);
        }
        return (int) value;
    }

    private static void checkContent(byte[] content, int max) {
        if (content.length > max) {
            throw new IllegalArgumentException("a content of " + content.length + " bytes was to be framed, and frames have at most "
                    + max + "; send it in parts, or make the framing with a higher limit");
        }
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    /** The frame, if a look at it finds the content, and not less. */
    private static byte[] sound(Framing framing, byte[] content, byte[] frame) {
        try {
            if (!new Frame(0, content.length, frame.length).equals(framing.look(ByteBuffer.wrap(frame), 0))) {
                throw new IllegalArgumentException("a content of " + content.length
                        + " bytes was to be framed by " + framing + ", but has in it what ends a frame: its reader would get less");
            }
            return frame;
        } catch (IOException e) {
            throw new IllegalArgumentException("a content of " + content.length + " bytes cannot be framed by " + framing, e);
        }
    }

    private static ReadLimitException tooLong(int max, int consumed, boolean found) {
        return new ReadLimitException("a frame has more than " + max + " bytes: " + consumed
                + (found ? " came before its end" : " came so far without an end")
                + "; they can still be read, or make the framing with a higher limit", max, consumed, found);
    }

    record Fixed(int length) implements Framing {
        Fixed {
            checked("the length of a frame", length, 1, LONGEST);
        }

        @Override
        public Look look(ByteBuffer bytes, int seen) {
            return new Frame(length);
        }

        @Override
        public byte[] frame(byte[] content) {
            if (content.length != length) {
                throw new IllegalArgumentException(
                        "a content of " + content.length + " bytes was to be framed, and all frames have " + length);
            }
            return content;
        }
    }

    /** After the number at the beginning. */
    private static Frame announced(long length, int max, int header) throws ReadLimitException {
        if (length < 0 || length > max) { // less than 0: more than a long can say
            throw new ReadLimitException("a frame of " + Long.toUnsignedString(length) + " bytes is announced, and at most " + max
                    + " are allowed; its number, of " + header + " bytes, can still be read, and all that comes after it",
                    max, header, false);
        }
        int end = header + (int) length;
        return new Frame(header, end, end);
    }

    record Prefixed(int width, ByteOrder order, int max) implements Framing {
        Prefixed {
            if (width != 1 && width != 2 && width != 4 && width != 8) {
                throw new IllegalArgumentException("the width of a length must be 1, 2, 4 or 8 bytes, not " + width);
            }
            checked("the longest content", max, 0, width > 2 ? LONGEST : (1 << (8 * width)) - 1);
        }

        @Override
        public Look look(ByteBuffer bytes, int seen) throws IOException {
            if (bytes.limit() < width) {
                return new More(width);
            }
            ByteBuffer ordered = bytes.duplicate().order(order);
            long length = switch (width) {
                case 1 -> Byte.toUnsignedLong(ordered.get(0));
                case 2 -> Short.toUnsignedLong(ordered.getShort(0));
                case 4 -> Integer.toUnsignedLong(ordered.getInt(0));
                default -> ordered.getLong(0);
            };
            return announced(length, max, width);
        }

        @Override
        public byte[] frame(byte[] content) {
            checkContent(content, max);
            ByteBuffer frame = ByteBuffer.allocate(width + content.length).order(order);
            switch (width) {
                case 1 -> frame.put((byte) content.length);
                case 2 -> frame.putShort((short) content.length);
                case 4 -> frame.putInt(content.length);
                default -> frame.putLong(content.length);
            }
            return frame.put(content).array();
        }
    }

    record VarintPrefixed(int max) implements Framing {
        VarintPrefixed {
            checked("the longest content", max, 0, LONGEST);
        }

        @Override
        public Look look(ByteBuffer bytes, int seen) throws IOException {
            int header = Varint.length(bytes);
            return header == 0 ? new More(bytes.limit() + 1) : announced(Varint.value(bytes), max, header);
        }

        @Override
        public byte[] frame(byte[] content) {
            checkContent(content, max);
            return joined(Varint.of(content.length), content);
        }
    }

    record Delimited(int max, List<byte[]> separators) implements Framing {
        Delimited {
            checked("the longest content", max, 0, LONGEST);
            if (separators.isEmpty() || separators.stream().anyMatch(separator -> separator.length == 0)) {
                throw new IllegalArgumentException("at least one separator is needed, and each needs at least one byte");
            }
        }

        @Override
        public Look look(ByteBuffer bytes, int seen) throws IOException {
            for (int end = seen + 1; end <= bytes.limit(); end++) {
                int length = separatorBefore(end, bytes);
                if (length > 0) {
                    if (end - length > max) {
                        throw tooLong(max, end - length, true);
                    }
                    return new Frame(0, end - length, end);
                }
            }
            int longest = separators.stream().mapToInt(separator -> separator.length).max().orElseThrow();
            int content = bytes.limit() - longest + 1; // the rest may be the beginning of a separator
            if (content > max) {
                throw tooLong(max, content, false);
            }
            return new More(bytes.limit() + 1);
        }

        /** How long the longest separator is that ends there; 0 if none does. */
        private int separatorBefore(int end, ByteBuffer bytes) {
            int longest = 0;
            for (byte[] separator : separators) {
                if (separator.length > longest && separator.length <= end && endsWith(bytes, end, separator)) {
                    longest = separator.length;
                }
            }
            return longest;
        }

        private static boolean endsWith(ByteBuffer bytes, int end, byte[] separator) {
            int start = end - separator.length;
            int i = separator.length - 1;
            while (i >= 0 && bytes.get(start + i) == separator[i]) {
                i--;
            }
            return i < 0;
        }

        @Override
        public byte[] frame(byte[] content) {
            checkContent(content, max);
            return sound(this, content, joined(content, separators.getFirst()));
        }

        @Override
        public String toString() {
            return "Delimited[max=" + max + ", separators=" + separators.stream().map(Arrays::toString).toList() + "]";
        }
    }

    record Lines(int max) implements Framing {
        private static final byte[] LINE_FEED = {'\n'};

        Lines {
            checked("the longest line", max, 0, LONGEST);
        }

        @Override
        public Look look(ByteBuffer bytes, int seen) throws IOException {
            for (int at = seen; at < bytes.limit(); at++) {
                if (bytes.get(at) == '\n') {
                    int end = at > 0 && bytes.get(at - 1) == '\r' ? at - 1 : at;
                    if (end > max) {
                        throw tooLong(max, end, true);
                    }
                    return new Frame(0, end, at + 1);
                }
            }
            if (bytes.limit() - 1L > max) { // one more than the limit may be the CR of the line's end
                throw tooLong(max, bytes.limit() - 1, false);
            }
            return new More(bytes.limit() + 1);
        }

        @Override
        public Look lookAtEnd(ByteBuffer bytes) throws IOException {
            if (bytes.limit() > max) {
                throw tooLong(max, bytes.limit(), false);
            }
            return new Frame(bytes.limit());
        }

        @Override
        public byte[] frame(byte[] content) {
            checkContent(content, max);
            return sound(this, content, joined(content, LINE_FEED));
        }
    }
}
