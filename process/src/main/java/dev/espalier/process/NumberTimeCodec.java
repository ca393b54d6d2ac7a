package dev.espalier.process;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Large numbers, UUIDs and {@code java.time}.
 */
final class NumberTimeCodec {
    private NumberTimeCodec() {
    }

    static void write(Encoder out, int tag, @Nullable Object nullable) {
        Object value = Objects.requireNonNull(nullable);
        out.putByte(tag);
        switch (tag) {
            case Tag.BIG_INTEGER -> writeBig(out, (BigInteger) value);
            case Tag.BIG_DECIMAL -> {
                out.putLong(((BigDecimal) value).scale());
                writeBig(out, ((BigDecimal) value).unscaledValue());
            }
            case Tag.UUID_ -> {
                out.putFixedLong(((UUID) value).getMostSignificantBits());
                out.putFixedLong(((UUID) value).getLeastSignificantBits());
            }
            default -> writeTime(out, tag, value);
        }
    }

    static Object read(Decoder in, int tag) {
        return switch (tag) {
            case Tag.BIG_INTEGER -> readBig(in);
            case Tag.BIG_DECIMAL -> {
                int scale = in.getInt();
                yield new BigDecimal(readBig(in), scale);
            }
            case Tag.UUID_ -> new UUID(in.getFixedLong(), in.getFixedLong());
            default -> readTime(in, tag);
        };
    }

    private static void writeBig(Encoder out, BigInteger value) {
        byte[] bytes = value.toByteArray();
        out.putLength(bytes.length);
        out.putBytes(bytes, 0, bytes.length);
    }

    private static BigInteger readBig(Decoder in) {
        int length = in.getLength(1);
        if (length == 0) {
            throw new EncodingException("a number has no digits");
        }
        return new BigInteger(in.array(), in.take(length), length);
    }

    private static void writeTime(Encoder out, int tag, Object value) {
        switch (tag) {
            case Tag.DURATION -> {
                var duration = (Duration) value;
                secondsAndNanos(out, duration.getSeconds(), duration.getNano());
            }
            case Tag.INSTANT -> {
                var instant = (Instant) value;
                secondsAndNanos(out, instant.getEpochSecond(), instant.getNano());
            }
            case Tag.DATE -> out.putLong(((LocalDate) value).toEpochDay());
            case Tag.TIME -> out.putLong(((LocalTime) value).toNanoOfDay());
            case Tag.OFFSET -> out.putLong(((ZoneOffset) value).getTotalSeconds());
            case Tag.DATE_TIME -> dateTime(out, (LocalDateTime) value);
            case Tag.OFFSET_DATE_TIME -> {
                dateTime(out, ((OffsetDateTime) value).toLocalDateTime());
                out.putLong(((OffsetDateTime) value).getOffset().getTotalSeconds());
            }
            case Tag.ZONED_DATE_TIME -> {
                dateTime(out, ((ZonedDateTime) value).toLocalDateTime());
                out.putLong(((ZonedDateTime) value).getOffset().getTotalSeconds());
                out.putString(((ZonedDateTime) value).getZone().getId());
            }
            default -> throw new AssertionError(tag);
        }
    }

    private static void secondsAndNanos(Encoder out, long seconds, int nanos) {
        out.putLong(seconds);
        out.putLong(nanos);
    }

    private static void dateTime(Encoder out, LocalDateTime value) {
        out.putLong(value.toLocalDate().toEpochDay());
        out.putLong(value.toLocalTime().toNanoOfDay());
    }

    private static Object readTime(Decoder in, int tag) {
        try {
            return switch (tag) {
                case Tag.DURATION -> Duration.ofSeconds(in.getLong(), in.getInt());
                case Tag.INSTANT -> Instant.ofEpochSecond(in.getLong(), in.getInt());
                case Tag.DATE -> LocalDate.ofEpochDay(in.getLong());
                case Tag.TIME -> LocalTime.ofNanoOfDay(in.getLong());
                case Tag.OFFSET -> ZoneOffset.ofTotalSeconds(in.getInt());
                case Tag.DATE_TIME -> dateTime(in);
                case Tag.OFFSET_DATE_TIME -> OffsetDateTime.of(dateTime(in), ZoneOffset.ofTotalSeconds(in.getInt()));
                case Tag.ZONED_DATE_TIME -> zoned(in);
                default -> throw new EncodingException("the tag " + tag + " is unknown");
            };
        } catch (DateTimeException | ArithmeticException bad) {
            throw new EncodingException("a time is out of range: " + bad.getMessage(), bad);
        }
    }

    private static LocalDateTime dateTime(Decoder in) {
        return LocalDateTime.of(LocalDate.ofEpochDay(in.getLong()), LocalTime.ofNanoOfDay(in.getLong()));
    }

    private static ZonedDateTime zoned(Decoder in) {
        LocalDateTime local = dateTime(in);
        ZoneOffset offset = ZoneOffset.ofTotalSeconds(in.getInt());
        return ZonedDateTime.ofLocal(local, ZoneId.of(in.getString()), offset);
    }
}
