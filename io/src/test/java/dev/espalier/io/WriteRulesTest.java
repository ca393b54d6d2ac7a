package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class WriteRulesTest extends OnBothEngines {
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final byte[] BLOCK = new byte[LoopShare.CHUNK];

    /** Writes until the system takes no more, nor a while later: what is on its way makes room. Returns how much it took. */
    private static long fill(StreamWriter writer) throws IOException {
        long total = 0;
        for (int count = writer.tryWrite(BLOCK); count > 0; count = writer.tryWrite(BLOCK)) {
            while (count > 0) {
                total += count;
                count = writer.tryWrite(BLOCK);
            }
            Async.sleep(SHORT);
        }
        return total;
    }

    /** A peer that reads nothing before it is told to, and then everything; it answers with the number of bytes. */
    private void againstSlowPeer(SlowPeer client) throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Boolean> go = Promise.create();
            Server server = Net.serve(group, LOOPBACK, peer -> {
                go.await();
                long total = 0;
                for (byte[] some = peer.read(1 << 20); some.length > 0; some = peer.read(1 << 20)) {
                    total += some.length;
                }
                peer.writeLine(Long.toString(total));
            });
            try (server; SocketStream stream = Net.connect(server.address())) {
                client.run(stream, go);
            }
        }));
    }

    @FunctionalInterface
    private interface SlowPeer {
        void run(SocketStream stream, Promise<Boolean> go) throws IOException;
    }

    @Test
    @DisplayName("W1: a write waits while the peer does not read")
    void writeWaitsForTheReader() throws IOException {
        againstSlowPeer((stream, go) -> TaskGroup.<IOException>run(group -> {
            byte[] moreThanSystemsHold = new byte[32 << 20]; // a full socket may still take a block: its buffers grow
            Task<Void> writer = group.start(() -> stream.write(moreThanSystemsHold));
            Async.sleep(SHORT);
            assertThat(writer.state()).isInstanceOf(Task.Pending.class);
            go.succeed(true);
            writer.await();
            stream.writeEnd();
            assertThat(stream.readLine()).isEqualTo(Integer.toString(moreThanSystemsHold.length));
        }));
    }

    @Test
    @DisplayName("W2: after a write the array is the caller's again")
    void arrayMayBeReusedAfterTheWrite() throws IOException {
        run(OnBothEngines::echo, stream -> {
            byte[] bytes = {'a', 'a'};
            stream.write(bytes);
            Arrays.fill(bytes, (byte) 'b');
            stream.write(ByteBuffer.wrap(bytes, 1, 1));
            stream.write(ByteBuffer.allocateDirect(1).put((byte) 'c').flip());
            assertThat(stream.readExactly(4)).isEqualTo(new byte[] {'a', 'a', 'b', 'c'});
        });
    }

    @Test
    @DisplayName("W3: writers are served in order, and the bytes of each stay together")
    void writersAreServedInOrder() throws IOException {
        run(OnBothEngines::echo, stream -> TaskGroup.<IOException>run(group -> {
            int size = 4 << 20;
            for (byte letter : new byte[] {'a', 'b', 'c'}) {
                byte[] bytes = new byte[size];
                Arrays.fill(bytes, letter);
                group.start(() -> stream.write(bytes));
            }
            group.start(stream::flush);
            for (byte letter : new byte[] {'a', 'b', 'c'}) {
                byte[] expected = new byte[size];
                Arrays.fill(expected, letter);
                assertThat(Arrays.equals(stream.readExactly(size), expected)).isTrue();
            }
        }));
    }

    @Test
    @DisplayName("W5: a write that the system takes at once never asks for writability")
    void shortWritesAskForNothing() throws IOException {
        run(OnBothEngines::echo, stream -> {
            for (int i = 0; i < 200; i++) {
                stream.writeLine("ping");
                assertThat(stream.readLine()).isEqualTo("ping");
            }
        });
        assertThat(driver.interests(SelectionKey.OP_WRITE)).isZero();
        assertThat(driver.interests(SelectionKey.OP_READ)).isLessThanOrEqualTo(10);
    }

    @Test
    @DisplayName("W7: a failed write fails those queued behind it and later ones, with the same cause")
    void failureReachesAllWriters() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, peer -> {
                peer.readExactly(1);
                peer.abort();
            });
            SocketStream stream = Net.connect(server.address());
            Task<IOException> first = group.start(() -> failureOf(stream));
            Task<IOException> second = group.start(() -> failureOf(stream));
            IOException root = first.await();
            assertThat(root).isNotInstanceOf(StreamClosedException.class);
            assertThat(second.await()).isInstanceOf(StreamClosedException.class).hasCause(root);
            assertThat(failureOf(stream)).isInstanceOf(StreamClosedException.class).hasCause(root);
            assertThatThrownBy(() -> stream.tryWrite(BLOCK)).isInstanceOf(StreamClosedException.class).hasCause(root);
            stream.close();
            server.close();
        }));
    }

    private static IOException failureOf(SocketStream stream) {
        try {
            stream.write(new byte[32 << 20]); // more than the system takes before the reset comes
            throw new AssertionError("written to a peer that has reset");
        } catch (IOException e) {
            return e;
        }
    }

    @Test
    @DisplayName("W8: a long write lets other tasks run")
    void longWriteLetsOthersRun() throws IOException {
        againstSlowPeer((stream, go) -> TaskGroup.<IOException>run(group -> {
            go.succeed(true);
            byte[] large = new byte[32 << 20];
            Task<Void> writer = group.start(() -> stream.write(large));
            int turns = 0;
            while (writer.state() instanceof Task.Pending) {
                Async.checkpoint();
                turns++;
            }
            assertThat(turns).isGreaterThan(20);
            stream.writeEnd();
            assertThat(stream.readLine()).isEqualTo(Integer.toString(large.length));
        }));
    }

    @Test
    @DisplayName("W9: small writes are not delayed: TCP_NODELAY is set at both ends")
    void noDelayIsSet() throws IOException {
        run(peer -> peer.writeLine("" + peer.option(StandardSocketOptions.TCP_NODELAY)), stream -> {
            assertThat(stream.option(StandardSocketOptions.TCP_NODELAY)).isTrue();
            assertThat(stream.readLine()).isEqualTo("true");
            stream.setOption(StandardSocketOptions.TCP_NODELAY, false);
            assertThat(stream.option(StandardSocketOptions.TCP_NODELAY)).isFalse();
        });
    }

    @Test
    void writeCancelledBeforeItsFirstByteHasNoEffect() throws IOException {
        againstSlowPeer((stream, go) -> {
            long filled = fill(stream);
            assertThat(Async.moveOnAfter(SHORT, () -> stream.write(BLOCK))).isFalse();
            boolean ended = CancelScope.run(scope -> {
                scope.cancel("test");
                stream.write("x");
            });
            assertThat(ended).isFalse();
            go.succeed(true);
            stream.writeLine("end");
            stream.writeEnd();
            assertThat(stream.readLine()).isEqualTo(Long.toString(filled + 4));
        });
    }

    @Test
    void writeCancelledInTheMiddleSaysHowMuchWasSent() throws IOException {
        againstSlowPeer((stream, go) -> {
            ByteBuffer large = ByteBuffer.allocate(64 << 20);
            CancelScope.run(scope -> TaskGroup.<IOException>run(group -> {
                group.start(() -> {
                    Async.sleep(SHORT);
                    scope.cancel("test");
                });
                assertThatThrownBy(() -> stream.write(large))
                        .isInstanceOfSatisfying(CancelledError.class, e -> assertThat(e.getSuppressed()[0])
                                .isInstanceOf(StreamClosedException.class)
                                .hasMessageContaining("after " + large.position() + " of " + large.limit() + " bytes"));
            }));
            assertThat(large.position()).isPositive();
            assertThatThrownBy(() -> stream.write("x")).isInstanceOf(StreamClosedException.class).hasMessageContaining("torn");
            stream.abort();
            go.fail(new IOException("the test needs no answer"));
        });
        assertThat(reports.removeFirst().message()).contains("the handler of");
    }

    @Test
    void writingAfterWriteEndIsRefused() throws IOException {
        run(OnBothEngines::echo, stream -> {
            stream.writeEnd();
            stream.writeEnd();
            assertThatThrownBy(() -> stream.write("x"))
                    .isInstanceOf(StreamClosedException.class)
                    .hasMessageContaining("writeEnd");
            assertThatThrownBy(stream::flush).isInstanceOf(StreamClosedException.class);
            assertThat(stream.atEnd()).isTrue();
        });
    }

    @Test
    void closedStreamRefusesWrites() throws IOException {
        run(OnBothEngines::echo, stream -> {
            stream.close();
            assertThatThrownBy(() -> stream.write("x")).isInstanceOf(StreamClosedException.class);
            assertThatThrownBy(() -> stream.tryWrite(BLOCK)).isInstanceOf(StreamClosedException.class);
            assertThatThrownBy(stream::writeEnd).isInstanceOf(StreamClosedException.class);
            assertThatThrownBy(stream::flush).isInstanceOf(StreamClosedException.class);
        });
    }
}
