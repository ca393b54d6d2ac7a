package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.BusyException;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.ForeignLoopException;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ReadRulesTest extends OnBothEngines {
    private static final Duration SHORT = Duration.ofMillis(50);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("R1: the end is permanent, and an empty result means the end")
    void endIsPermanent() throws IOException {
        run(peer -> peer.write("x"), stream -> {
            assertThat(stream.read(10)).isEqualTo(bytes("x"));
            for (int i = 0; i < 3; i++) {
                assertThat(stream.read(10)).isEmpty();
                assertThat(stream.read(ByteBuffer.allocate(10))).isEqualTo(-1);
                assertThat(stream.readLine()).isNull();
                assertThat(stream.readAll(10)).isEmpty();
                assertThat(stream.atEnd()).isTrue();
            }
        });
    }

    @Test
    @DisplayName("R1: reading nothing does not wait")
    void readingNothingDoesNotWait() throws IOException {
        run(OnBothEngines::echo, stream -> {
            assertThat(stream.read(0)).isEmpty();
            assertThat(stream.readExactly(0)).isEmpty();
            assertThat(stream.read(ByteBuffer.allocate(0))).isZero();
        });
    }

    @Test
    @DisplayName("A9: one read fills several buffers, with what is there")
    void severalBuffersAreFilled() throws IOException {
        run(peer -> {
            peer.write("0123456789");
            assertThat(peer.readLine()).isEqualTo("more");
            peer.write("abc");
        }, stream -> {
            ByteBuffer head = ByteBuffer.allocate(4).position(1);
            ByteBuffer none = ByteBuffer.allocate(0);
            ByteBuffer body = ByteBuffer.allocate(100);
            assertThat(stream.peek(10)).hasSize(10);
            assertThat(stream.read(head, none, body)).isEqualTo(10);
            assertThat(head.flip().position(1)).isEqualTo(ByteBuffer.wrap(bytes("012")));
            assertThat(body.flip()).isEqualTo(ByteBuffer.wrap(bytes("3456789")));
            stream.writeLine("more");
            assertThat(stream.read(ByteBuffer.allocate(2), ByteBuffer.allocate(0))).isEqualTo(2);
            assertThat(stream.read(none, none)).isZero();
            assertThat(stream.readAll(10)).isEqualTo(bytes("c"));
            assertThat(stream.read(head, body)).isEqualTo(-1);
            assertThatIllegalArgumentException().isThrownBy(() -> stream.read(new ByteBuffer[0]));
        });
    }

    @Test
    @DisplayName("R2: what came before a reset is read first, then the reset is reported again and again")
    void resetComesAfterTheBytesBeforeIt() throws IOException {
        run(
                peer -> {
                    peer.write("partial");
                    peer.readLine();
                    peer.abort();
                },
                stream -> {
                    assertThat(stream.readUntil(bytes("p"), 0)).isEmpty();
                    stream.writeLine("now");
                    assertThatThrownBy(() -> stream.readExactly(100)).isInstanceOf(SocketException.class);
                    assertThat(stream.read(100)).isEqualTo(bytes("artial"));
                    assertThatThrownBy(() -> stream.read(1))
                            .isInstanceOf(StreamClosedException.class)
                            .hasCauseInstanceOf(SocketException.class);
                    assertThatThrownBy(stream::readLine).isInstanceOf(StreamClosedException.class);
                });
    }

    @Test
    @DisplayName("R3: an exact read may be larger than every buffer")
    void exactReadMayBeLarge() throws IOException {
        byte[] large = new byte[3 * LoopShare.CHUNK + 7];
        Arrays.fill(large, (byte) 3);
        run(
                peer -> {
                    peer.write("head");
                    peer.write(large);
                },
                stream -> {
                    assertThat(stream.readExactly(4)).isEqualTo(bytes("head"));
                    assertThat(stream.readExactly(large.length)).isEqualTo(large);
                });
    }

    @Test
    void endWithinAnExactReadLeavesWhatCame() throws IOException {
        run(peer -> peer.write("abc"), stream -> {
            assertThatThrownBy(() -> stream.readExactly(4))
                    .isInstanceOfSatisfying(IncompleteReadException.class, e -> assertThat(e.available()).isEqualTo(3))
                    .hasMessageContaining("3 of 4 bytes");
            assertThat(stream.readExactly(3)).isEqualTo(bytes("abc"));
        });
    }

    @Test
    @DisplayName("R4: found too late and not found are two failures, and both leave the bytes")
    void separatorTooFarLeavesTheBytes() throws IOException {
        run(peer -> peer.write("abcdef--gh"), stream -> {
            assertThatThrownBy(() -> stream.readUntil(bytes("--"), 5))
                    .isInstanceOfSatisfying(ReadLimitException.class, e -> {
                        assertThat(e.separatorFound()).isTrue();
                        assertThat(e.consumed()).isEqualTo(6);
                    });
            assertThat(stream.readUntil(bytes("--"), 6)).isEqualTo(bytes("abcdef"));
            assertThatThrownBy(() -> stream.readUntil(bytes("--"), 0))
                    .isInstanceOfSatisfying(ReadLimitException.class, e -> {
                        assertThat(e.separatorFound()).isFalse();
                        assertThat(e.consumed()).isEqualTo(1);
                    });
            assertThatThrownBy(() -> stream.readUntil(bytes("--"), 10)).isInstanceOf(IncompleteReadException.class);
            assertThat(stream.readAll(2)).isEqualTo(bytes("gh"));
        });
    }

    @Test
    @DisplayName("R5: lines lose CR LF and LF alike, a CR alone is data, the last line needs no end")
    void linesEndWithLfOrCrLf() throws IOException {
        run(peer -> peer.write("a\r\n\nb\rc\nlast"), stream ->
            assertThat(stream.lines()).containsExactly("a", "", "b\rc", "last"));
    }

    @Test
    @DisplayName("R5: a line that is too long stays readable")
    void lineThatIsTooLongStaysReadable() throws IOException {
        run(peer -> peer.write("12345\r\nx"), stream -> {
            assertThatThrownBy(() -> stream.readLine(4)).isInstanceOf(ReadLimitException.class);
            assertThat(stream.readLine(5)).isEqualTo("12345");
            assertThat(stream.readLine(1)).isEqualTo("x");
        });
    }

    @Test
    @DisplayName("R6: a second reader is refused at once")
    void secondReaderIsRefused() throws IOException {
        run(OnBothEngines::echo, stream -> TaskGroup.run(group -> {
            Task<byte[]> first = group.start(() -> stream.readExactly(4));
            Async.checkpoint();
            assertThatThrownBy(stream::readLine).isInstanceOf(BusyException.class).hasMessageContaining("main");
            stream.write("1234");
            assertThat(first.await()).isEqualTo(bytes("1234"));
        }));
    }

    @Test
    @DisplayName("R7: a read that is cancelled has taken nothing")
    void cancelledReadHasTakenNothing() throws IOException {
        run(OnBothEngines::echo, stream -> {
            for (String part : List.of("ab", "cd", "ef")) {
                stream.write(part);
                assertThat(Async.moveOnAfter(SHORT, () -> stream.readExactly(7))).isEmpty();
                assertThat(Async.moveOnAfter(SHORT, () -> stream.readUntil(bytes("\n"), 100))).isEmpty();
                assertThat(Async.moveOnAfter(SHORT, () -> stream.readAll(100))).isEmpty();
            }
            stream.write("\n");
            assertThat(stream.readLine()).isEqualTo("abcdef");
        });
    }

    @Test
    @DisplayName("R7: a cancelled task reads nothing, not even what is there")
    void cancelledTaskReadsNothing() throws IOException {
        run(peer -> peer.write("abc"), stream -> {
            assertThat(stream.readExactly(1)).isEqualTo(bytes("a"));
            boolean ended = CancelScope.run(scope -> {
                scope.cancel("test");
                assertThatThrownBy(() -> stream.read(1)).isInstanceOf(CancelledError.class);
                assertThatThrownBy(() -> stream.readExactly(0)).isInstanceOf(CancelledError.class);
                stream.readLine();
            });
            assertThat(ended).isFalse();
            assertThat(stream.readLine()).isEqualTo("bc");
        });
    }

    @Test
    @DisplayName("R8: closing wakes a reader, and that is not the end of the stream")
    void closingWakesAReader() throws IOException {
        for (boolean abort : new boolean[] {true, false}) {
            run(OnBothEngines::echoUntilReset, stream -> TaskGroup.run(group -> {
                Task<byte[]> reader = group.start(() -> {
                    assertThatThrownBy(() -> stream.read(1)).isInstanceOf(StreamClosedException.class);
                    return new byte[0];
                });
                Async.checkpoint();
                if (abort) {
                    stream.abort();
                } else {
                    stream.close();
                }
                reader.await();
                assertThatThrownBy(() -> stream.read(1)).isInstanceOf(StreamClosedException.class);
            }));
        }
    }

    @Test
    @DisplayName("R9: a hundred streams that wait hold one buffer")
    void waitingStreamsShareOneBuffer() throws IOException {
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, OnBothEngines::echoUntilReset);
            long before = direct.getMemoryUsed();
            var streams = new ArrayList<SocketStream>();
            for (int i = 0; i < 100; i++) {
                SocketStream stream = Net.connect(server.address());
                stream.write("x");
                stream.readExactly(1);
                streams.add(stream);
            }
            assertThat(direct.getMemoryUsed() - before).isLessThanOrEqualTo(LoopShare.CHUNK);
            streams.forEach(SocketStream::abort);
            server.close();
        }));
    }

    @Test
    void bufferReadReusesTheCallersBuffer() throws IOException {
        run(OnBothEngines::echo, stream -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect(3);
            stream.write("abcde");
            assertThat(stream.read(buffer)).isEqualTo(3);
            assertThat(stream.read(buffer.clear())).isEqualTo(2);
            assertThat(buffer.flip().get(1)).isEqualTo((byte) 'e');
        });
    }

    @Test
    void badArgumentsAreNamed() throws IOException {
        run(OnBothEngines::echo, stream -> {
            assertThatIllegalArgumentException().isThrownBy(() -> stream.read(-1)).withMessageContaining("max");
            assertThatIllegalArgumentException().isThrownBy(() -> stream.readExactly(-1)).withMessageContaining("count");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> stream.readUntil(new byte[0], 1))
                    .withMessageContaining("separator");
        });
    }

    @Test
    void streamOfAnotherLoopIsRefused() throws IOException {
        run(OnBothEngines::echo, stream -> {
            stream.write("abc");
            stream.readExactly(1);
            Async.await(CompletableFuture.runAsync(() -> Async.run(() -> {
                assertThatThrownBy(() -> stream.readExactly(1)).isInstanceOf(ForeignLoopException.class);
                assertThatThrownBy(() -> stream.write("x")).isInstanceOf(ForeignLoopException.class);
                assertThatThrownBy(stream::abort).isInstanceOf(ForeignLoopException.class);
                assertThatThrownBy(stream::close).isInstanceOf(ForeignLoopException.class);
            })));
            assertThat(stream.readExactly(2)).isEqualTo(bytes("bc"));
        });
    }
}
