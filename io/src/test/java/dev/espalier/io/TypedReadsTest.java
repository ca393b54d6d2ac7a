package dev.espalier.io;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import java.io.IOException;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows A7, A10 and A13: numbers, texts, and looking ahead. */
class TypedReadsTest extends OnBothEngines {
    /** What one side writes and ends is read by the other. */
    private void written(Writing writing, Writing reading) throws IOException {
        run(peer -> {
            writing.run(peer);
            peer.writeEnd();
        }, reading::run);
    }

    @FunctionalInterface
    private interface Writing {
        void run(SocketStream stream) throws IOException;
    }

    @Test
    void whatIsWrittenIsRead() throws IOException { // A10
        written(
                stream -> {
                    // @start region="writing"
                    stream.writeByte(0xFE);
                    stream.writeShort(0x0102, BIG_ENDIAN);
                    stream.writeInt(-2, LITTLE_ENDIAN);
                    stream.writeLong(1L << 40, BIG_ENDIAN);
                    stream.writeVarint(300);
                    // @end
                    stream.write("h\u00e9llo");
                },
                stream -> {
                    assertThat(stream.readUnsignedByte()).isEqualTo(0xFE);
                    assertThat(stream.readUnsignedShort(BIG_ENDIAN)).isEqualTo(0x0102);
                    assertThat(stream.readUnsignedInt(LITTLE_ENDIAN)).isEqualTo(0xFFFF_FFFEL);
                    assertThat(stream.readLong(BIG_ENDIAN)).isEqualTo(1L << 40);
                    assertThat(stream.readVarint(1000)).isEqualTo(300);
                    assertThat(stream.readString(6)).isEqualTo("h\u00e9llo");
                    assertThat(stream.atEnd()).isTrue();
                });
    }

    @Test
    void theOrderOfTheBytesIsTheCallers() throws IOException { // A10
        written(
                stream -> stream.write(new byte[] {0, 0, 1, 2, 0, 0, 1, 2, (byte) 0x80, 1, 1, (byte) 0x80, -1}),
                stream -> {
                    // @start region="numbers"
                    int length = stream.readInt(BIG_ENDIAN);
                    long checksum = stream.readUnsignedInt(LITTLE_ENDIAN);
                    // @end
                    assertThat(length).isEqualTo(0x0102);
                    assertThat(checksum).isEqualTo(0x0201_0000);
                    assertThat(stream.readShort(BIG_ENDIAN)).isEqualTo((short) 0x8001);
                    assertThat(stream.readShort(LITTLE_ENDIAN)).isEqualTo((short) 0x8001);
                    assertThat(stream.readByte()).isEqualTo((byte) -1);
                });
    }

    @Test
    void numbersOfVariableLengthAreThoseOfProtocolBuffers() throws IOException { // A10
        var numbers = List.of(0L, 1L, 127L, 128L, 300L, 1L << 35, Long.MAX_VALUE, -1L, Long.MIN_VALUE);
        written(
                stream -> {
                    for (long number : numbers) {
                        stream.writeVarint(number);
                    }
                    stream.write(new byte[] {(byte) 0xAC, 2, (byte) 0x80, 0});
                },
                stream -> {
                    for (long number : numbers) {
                        assertThat(stream.readVarint(-1)).isEqualTo(number);
                    }
                    assertThat(stream.peek(2)).isEqualTo(Varint.of(300));
                    assertThat(stream.readVarint(300)).isEqualTo(300);
                    assertThat(stream.readVarint(300)).as("more bytes than needed").isZero();
                });
    }

    @Test
    void aNumberOfVariableLengthThatIsTooLargeStaysReadable() throws IOException { // A10
        byte[] endless = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
        byte[] of65bits = {-1, -1, -1, -1, -1, -1, -1, -1, -1, 2};
        written(
                stream -> {
                    stream.writeVarint(300);
                    stream.write(of65bits);
                    stream.write(endless);
                },
                stream -> {
                    assertThatThrownBy(() -> stream.readVarint(299))
                            .isInstanceOf(ProtocolException.class)
                            .hasMessageContaining("300")
                            .hasMessageContaining("299");
                    assertThat(stream.readVarint(300)).isEqualTo(300);
                    assertThatThrownBy(() -> stream.readVarint(-1)).isInstanceOf(ProtocolException.class);
                    assertThat(stream.readExactly(10)).isEqualTo(of65bits);
                    assertThatThrownBy(() -> stream.readVarint(-1)).isInstanceOf(ProtocolException.class);
                    assertThat(stream.readAll(100)).isEqualTo(endless);
                    assertThatThrownBy(() -> stream.readVarint(-1)).isInstanceOf(IncompleteReadException.class);
                });
    }

    @Test
    void aCancelledReadOfANumberHasTakenNothing() throws IOException { // A13, R7
        run(peer -> {
            peer.writeByte(1);
            peer.readByte();
            peer.writeByte(2);
            peer.readByte();
        }, stream -> {
            assertThat(stream.peek(1)).hasSize(1);
            assertThat(Async.moveOnAfter(Duration.ofMillis(20), () -> {
                stream.readShort(BIG_ENDIAN);
            })).isFalse();
            assertThat(Async.moveOnAfter(Duration.ofMillis(20), () -> {
                stream.peek(2);
            })).isFalse();
            stream.writeByte(0);
            assertThat(stream.readShort(BIG_ENDIAN)).isEqualTo((short) 0x0102);
            assertThat(CancelScope.run(scope -> {
                scope.cancel("test");
                stream.readFrame(Framing.fixed(1));
            })).isFalse();
            stream.writeByte(0);
        });
    }

    @Test
    void peekTakesNothingAndGivesLessOnlyAtTheEnd() throws IOException { // A7
        written(stream -> stream.write("abc"), stream -> {
            assertThat(stream.peek(0)).isEmpty();
            assertThat(stream.peek(2)).asString().isEqualTo("ab");
            assertThat(stream.peek(9)).asString().isEqualTo("abc");
            assertThat(stream.readString(3)).isEqualTo("abc");
            assertThat(stream.peek(1)).isEmpty();
        });
    }

    @Test
    void skippingGoesAsFarAsTheSeparatorIs() throws IOException { // R4
        int far = 2 * StreamReader.LINE_LIMIT + 5;
        written(stream -> {
            stream.write(new byte[far]);
            stream.write(";rest");
        }, stream -> {
            assertThat(stream.skipUntil(new byte[] {';'})).isEqualTo(far);
            assertThatThrownBy(() -> stream.skipUntil(new byte[] {';'})).isInstanceOf(IncompleteReadException.class);
            assertThat(stream.readString(4)).isEqualTo("rest");
        });
    }

    @Test
    void numbersThatDoNotFitAreRefused() throws IOException { // A10
        written(stream -> {
            assertThatIllegalArgumentException().isThrownBy(() -> stream.writeByte(256)).withMessageContaining("256");
            assertThatIllegalArgumentException().isThrownBy(() -> stream.writeShort(-32_769, BIG_ENDIAN));
        }, stream -> assertThat(stream.atEnd()).isTrue());
    }

    @Test
    void numbersInDigitsEndBeforeWhatIsNone() throws IOException { // A10
        written(stream -> stream.write("1024 -7,ff;FFFFFFFFFFFFFFFF-9223372036854775808|9223372036854775807"), stream -> {
            // @start region="digits"
            long length = stream.readDecimal();
            stream.readByte(); // the space
            // @end
            assertThat(length).isEqualTo(1024);
            assertThat(stream.readDecimal()).isEqualTo(-7);
            assertThat(stream.readByte()).isEqualTo((byte) ',');
            assertThat(stream.readHexadecimal()).isEqualTo(0xFF);
            assertThat(stream.readByte()).isEqualTo((byte) ';');
            assertThat(stream.readHexadecimal()).isEqualTo(-1);
            assertThat(stream.readDecimal()).isEqualTo(Long.MIN_VALUE);
            assertThat(stream.readByte()).isEqualTo((byte) '|');
            assertThat(stream.readDecimal()).as("ends with the stream").isEqualTo(Long.MAX_VALUE);
            assertThatThrownBy(stream::readDecimal).isInstanceOf(IncompleteReadException.class).hasMessageContaining("decimal number");
        });
    }

    @Test
    void whatIsNoNumberInDigitsStaysReadable() throws IOException { // A10
        for (String none : List.of("x", "-", "-x", "+1", " 1", "9223372036854775808;", "-9223372036854775809", "00000000000000000001")) {
            written(stream -> stream.write(none), stream -> {
                assertThatThrownBy(stream::readDecimal)
                        .as(none)
                        .isInstanceOf(ProtocolException.class)
                        .hasMessageContaining("decimal number");
                assertThat(stream.readAll(100)).asString().isEqualTo(none);
            });
        }
        for (String none : List.of("g", "-1", "10000000000000000", "\u00e9")) {
            written(stream -> stream.write(none), stream -> {
                assertThatThrownBy(stream::readHexadecimal).as(none).isInstanceOf(ProtocolException.class);
                assertThat(stream.readAll(100)).asString().isEqualTo(none);
            });
        }
    }

    @Test
    void aNumberInDigitsMayComeByteByByte() throws IOException { // A10
        this.<IOException>run(() -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            for (char next : "-123".toCharArray()) {
                pair.left().writeByte(next);
                assertThat(Async.moveOnAfter(Duration.ofMillis(5), () -> {
                    pair.right().readDecimal();
                })).as("more digits may come").isFalse();
            }
            pair.left().write(" ");
            assertThat(pair.right().readDecimal()).isEqualTo(-123);
        });
    }
}
