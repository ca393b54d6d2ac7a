package dev.espalier.io;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.BusyException;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Row A11: framings, and messages over them. */
class FramedTest extends OnBothEngines {
    // @start region="own"
    /** Frames begin with as many stars as they have bytes after them, and a bar. */
    static Framing stars() {
        return (bytes, seen) -> {
            for (int at = seen; at < bytes.limit(); at++) {
                if (bytes.get(at) != '*') {
                    return new Framing.Frame(at + 1, 2 * at + 1, 2 * at + 1);
                }
            }
            return new Framing.More(bytes.limit() + 1);
        };
    }
    // @end

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void messagesGoBothWays() throws IOException {
        List<String> answers = new ArrayList<>();
        run(peer -> {
            Framed<String> requests = Framed.of(peer, Framing.lengthPrefixed(4, BIG_ENDIAN, 1 << 20), Framed.Codec.text());
            for (String request = requests.read(); request != null; request = requests.read()) {
                requests.write(request.toUpperCase(Locale.ROOT));
            }
        }, stream -> {
            // @start region="framed"
            Framed<String> messages = Framed.of(stream, Framing.lengthPrefixed(4, BIG_ENDIAN, 1 << 20), Framed.Codec.text());
            messages.write("one\nand a half");
            messages.write("");
            stream.writeEnd();
            for (String answer = messages.read(); answer != null; answer = messages.read()) {
                answers.add(answer);
            }
            // @end
            assertThat(messages.read()).isNull();
        });
        assertThat(answers).containsExactly("ONE\nAND A HALF", "");
    }

    @Test
    void everyFramingReadsWhatItFrames() throws IOException {
        var framings = List.of(
                Framing.lengthPrefixed(1, BIG_ENDIAN, 255),
                Framing.lengthPrefixed(2, LITTLE_ENDIAN, 65_535),
                Framing.lengthPrefixed(4, LITTLE_ENDIAN, Framing.LONGEST),
                Framing.lengthPrefixed(8, BIG_ENDIAN, Framing.LONGEST),
                Framing.varintPrefixed(Framing.LONGEST),
                Framing.delimited(300, bytes("--"), bytes("\n")),
                Framing.lines(300));
        var contents = List.of("", "a", "a-b", "x".repeat(200), "\u00e9");
        for (Framing framing : framings) {
            run(peer -> {
                Framed<byte[]> messages = Framed.of(peer, framing);
                for (String content : contents) {
                    messages.write(bytes(content));
                }
                messages.close();
            }, stream -> {
                Framed<String> messages = Framed.of(stream, framing, Framed.Codec.text());
                for (String content : contents) {
                    assertThat(messages.read()).as("%s", framing).isEqualTo(content);
                }
                assertThat(messages.read()).isNull();
            });
        }
    }

    @Test
    void aLengthIsCheckedBeforeAnythingIsReserved() throws IOException {
        run(peer -> peer.writeLong(-1, BIG_ENDIAN), stream -> {
            assertThatThrownBy(() -> stream.readFrame(Framing.lengthPrefixed(8, BIG_ENDIAN, 1000)))
                    .isInstanceOf(ReadLimitException.class)
                    .hasMessageContaining("18446744073709551615 bytes is announced")
                    .hasMessageContaining("1000");
            assertThatThrownBy(() -> stream.readFrame(Framing.lengthPrefixed(4, BIG_ENDIAN, Framing.LONGEST)))
                    .isInstanceOf(ReadLimitException.class);
            assertThat(stream.readAll(8)).hasSize(8);
        });
    }

    @Test
    void anAllowedLengthReservesOnlyWhatCame() throws IOException {
        run(peer -> {
            peer.writeInt(Framing.LONGEST, BIG_ENDIAN);
            peer.write("little");
        }, stream -> assertThatThrownBy(() -> stream.readFrame(Framing.lengthPrefixed(4, BIG_ENDIAN, Framing.LONGEST)))
                .isInstanceOf(IncompleteReadException.class)
                .hasMessageContaining("10 bytes of a frame"));
    }

    @Test
    void contentsThatTheReaderWouldSeeOtherwiseAreRefused() {
        Framing words = Framing.delimited(10, bytes(" "), bytes(", "));
        assertThatIllegalArgumentException().isThrownBy(() -> words.frame(bytes("a b"))).withMessageContaining("in it what ends");
        assertThatIllegalArgumentException().isThrownBy(() -> words.frame(bytes("a,"))).withMessageContaining("would get less");
        assertThatIllegalArgumentException().isThrownBy(() -> words.frame(new byte[11])).withMessageContaining("11 bytes");
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.lines(10).frame(bytes("a\nb")));
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.lines(10).frame(bytes("a\r")));
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.fixed(3).frame(bytes("ab")));
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.lengthPrefixed(1, BIG_ENDIAN, 3).frame(new byte[4]));
    }

    @Test
    void framingsThatCannotBeAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.fixed(0));
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.lengthPrefixed(3, BIG_ENDIAN, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.lengthPrefixed(1, BIG_ENDIAN, 256));
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.varintPrefixed(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.delimited(3));
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.delimited(3, new byte[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> Framing.lines(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Framing.Frame(0, 0, 0));
    }

    @Test
    void aFramingThatAsksForNoMoreThanItWasShownIsToldSo() throws IOException {
        run(peer -> peer.write("abc"), stream -> assertThatThrownBy(
                        () -> stream.readFrame((bytes, _) -> new Framing.More(bytes.limit())))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("more than it was shown"));
    }

    @Test
    void aFramingLooksAtNoByteTwiceInVain() throws IOException {
        byte[] content = new byte[1000];
        long[] looked = {0};
        Framing counted = (bytes, seen) -> {
            looked[0] += bytes.limit() - seen;
            return Framing.lines(2000).look(bytes, seen);
        };
        Script script = new Script(content, Collections.nCopies(1000, 1));
        assertThatThrownBy(() -> script.readFrame(counted)).isInstanceOf(IncompleteReadException.class);
        assertThat(looked[0]).isEqualTo(1000);
    }

    @Test
    void aMessageThatTheCodecRefusesIsSkipped() throws IOException {
        Framed.Codec<Integer> numbers = new Framed.Codec<>() {
            @Override
            public Integer decode(byte[] content) throws IOException {
                try {
                    return Integer.valueOf(new String(content, StandardCharsets.US_ASCII));
                } catch (NumberFormatException e) {
                    throw new ProtocolException("no number");
                }
            }

            @Override
            public byte[] encode(Integer message) {
                return bytes(message.toString());
            }
        };
        run(peer -> peer.write("12\nx\n13"), stream -> {
            Framed<Integer> messages = Framed.of(stream, Framing.lines(10), numbers);
            assertThat(messages.read()).isEqualTo(12);
            assertThatThrownBy(messages::read).isInstanceOf(ProtocolException.class).hasMessage("no number");
            assertThat(messages.read()).isEqualTo(13);
            assertThat(messages.read()).isNull();
            assertThat(messages.toString()).contains("Lines[max=10]");
        });
    }

    @Test
    void aCancelledReadLosesNoFrameAndOneTaskAtATimeReads() throws IOException { // A13, A15, R6, R7
        run(peer -> {
            peer.write("\0\3a");
            peer.readByte();
            peer.write("bc");
        }, stream -> TaskGroup.<IOException>run(group -> {
            Framed<String> messages = Framed.of(stream, Framing.lengthPrefixed(2, BIG_ENDIAN, 10), Framed.Codec.text());
            assertThat(stream.peek(3)).hasSize(3);
            assertThat(Async.moveOnAfter(Duration.ofMillis(20), () -> {
                messages.read();
            })).isFalse();
            var reader = group.start(() -> assertThat(messages.read()).isEqualTo("abc"));
            Async.checkpoint(); // it reads
            assertThatThrownBy(messages::read).isInstanceOf(BusyException.class);
            stream.writeByte(0);
            reader.await();
        }));
    }
}
