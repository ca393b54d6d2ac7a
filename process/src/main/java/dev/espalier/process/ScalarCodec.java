package dev.espalier.process;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Null, boxed primitives and strings.
 */
final class ScalarCodec {
    private ScalarCodec() {
    }

    static void write(Encoder out, int tag, @Nullable Object value) {
        out.putByte(tag);
        switch (tag) {
            case Tag.NULL, Tag.TRUE, Tag.FALSE -> { }
            case Tag.INT -> out.putLong((Integer) Objects.requireNonNull(value));
            case Tag.STRING -> out.putString((String) Objects.requireNonNull(value));
            case Tag.LONG -> out.putLong((Long) Objects.requireNonNull(value));
            case Tag.DOUBLE -> out.putFixedLong(Double.doubleToRawLongBits((Double) Objects.requireNonNull(value)));
            case Tag.FLOAT -> out.putFixedInt(Float.floatToRawIntBits((Float) Objects.requireNonNull(value)));
            case Tag.BYTE -> out.putByte((Byte) Objects.requireNonNull(value));
            case Tag.SHORT -> out.putShort((Short) Objects.requireNonNull(value));
            case Tag.CHAR -> out.putChar((Character) Objects.requireNonNull(value));
            default -> throw new AssertionError(tag);
        }
    }

    static @Nullable Object read(Decoder in, int tag) {
        return switch (tag) {
            case Tag.NULL -> null;
            case Tag.TRUE -> true;
            case Tag.FALSE -> false;
            case Tag.INT -> in.getInt();
            case Tag.STRING -> in.getString();
            case Tag.LONG -> in.getLong();
            case Tag.DOUBLE -> Double.longBitsToDouble(in.getFixedLong());
            case Tag.FLOAT -> Float.intBitsToFloat(in.getFixedInt());
            case Tag.BYTE -> (byte) in.getByte();
            case Tag.SHORT -> in.getShort();
            case Tag.CHAR -> in.getChar();
            default -> throw new EncodingException("the tag " + tag + " is unknown");
        };
    }
}
