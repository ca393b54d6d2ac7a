package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class CloseRulesTest extends OnBothEngines {
    private static final Duration SHORT = Duration.ofMillis(50);

    @Test
    @DisplayName("C1: closing with unread bytes does not destroy the answer under way")
    void closingDoesNotDestroyTheAnswer() throws IOException {
        byte[] answer = new byte[300_000];
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, peer -> {
                peer.readExactly(10);
                peer.write(answer); // and returns with most of the request unread
            });
            byte[] got = Async.<byte[], IOException>offload(() -> {
                try (Socket client = new Socket(LOOPBACK.getAddress(), server.port())) {
                    client.getOutputStream().write(new byte[200_000]);
                    client.shutdownOutput();
                    return client.getInputStream().readAllBytes();
                }
            });
            assertThat(got).hasSize(answer.length);
            server.close();
        }));
    }

    @Test
    @DisplayName("C1: a second close waits for the first, and writes under way go first")
    void secondCloseWaitsForTheFirst() throws IOException {
        byte[] large = new byte[8 << 20];
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Integer> received = Promise.create();
            Server server = Net.serve(group, LOOPBACK, peer -> received.succeed(peer.readAll(large.length).length));
            SocketStream stream = Net.connect(server.address());
            Task<Void> writer = group.start(() -> stream.write(large));
            Async.checkpoint();
            Task<Void> first = group.start(stream::close);
            Task<Void> second = group.start(stream::close);
            second.join();
            assertThat(first.state()).isInstanceOf(Task.Succeeded.class);
            assertThat(writer.state()).isInstanceOf(Task.Succeeded.class);
            assertThat(received.await()).isEqualTo(large.length);
            stream.close();
            server.close();
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C2: a cancelled close still closes, and what was sent still arrives")
    void cancelledCloseStillCloses() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<String> received = Promise.create();
            Server server = Net.serve(group, LOOPBACK, peer -> {
                received.succeed("" + peer.readLine() + peer.readLine());
                Async.sleepForever(); // never ends its side
            });
            SocketStream stream = Net.connect(server.address());
            stream.writeLine("sent");
            boolean ended = CancelScope.run(scope -> {
                scope.cancel("test");
                stream.close();
            });
            assertThat(ended).isFalse();
            assertThatThrownBy(() -> stream.read(1)).isInstanceOf(StreamClosedException.class);
            assertThat(received.await()).isEqualTo("sentnull");
            server.close();
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C3: abort tells the peer of a reset, and closing afterwards does nothing")
    void abortResets() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Throwable> seen = Promise.create();
            Server server = Net.serve(group, LOOPBACK, peer -> {
                try {
                    peer.readAll(100);
                } catch (SocketException e) {
                    seen.succeed(e);
                }
            });
            SocketStream stream = Net.connect(server.address());
            stream.write("x");
            stream.abort();
            stream.abort();
            stream.close();
            assertThat(seen.await()).hasMessageContaining("reset");
            server.close();
        }));
    }

    @Test
    @DisplayName("C4: the registration ends before the channel is closed")
    void registrationEndsBeforeTheChannel() throws IOException {
        run(OnBothEngines::echoUntilReset, stream -> stream.writeLine("closed in order"));
        run(OnBothEngines::echoUntilReset, SocketStream::abort);
        assertThat(driver.openAtEnd()).hasSizeGreaterThanOrEqualTo(5).doesNotContain(false);
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C5: a stopped server refuses connections at once, and its handlers go on")
    void stoppedServerRefusesConnections() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, OnBothEngines::echo);
            SocketStream stream = Net.connect(server.address());
            stream.writeLine("a");
            assertThat(stream.readLine()).isEqualTo("a");
            server.stop();
            server.stop();
            assertThatThrownBy(() -> Net.connect(server.address())).isInstanceOf(ConnectException.class);
            stream.writeLine("b");
            assertThat(stream.readLine()).isEqualTo("b");
            stream.close();
            server.join();
        }));
    }

    @Test
    @DisplayName("C6: join returns when all handlers have ended, not before, and can be given a limit")
    void joinWaitsForHandlers() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, OnBothEngines::echo);
            SocketStream stream = Net.connect(server.address());
            stream.writeLine("a");
            stream.readLine();
            server.stop();
            assertThat(Async.moveOnAfter(SHORT, server::join)).isFalse();
            stream.close();
            server.join();
            server.close();
        }));
    }

    @Test
    @DisplayName("C6: closing a server cancels its handlers and waits for them")
    void closeCancelsHandlers() throws IOException {
        boolean[] ended = {false};
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, peer -> {
                try {
                    peer.read(1);
                } finally {
                    Async.shield(Duration.ofSeconds(5), () -> Async.sleep(SHORT));
                    ended[0] = true;
                }
            });
            SocketStream stream = Net.connect(server.address());
            Async.sleep(SHORT);
            server.close();
            assertThat(ended[0]).isTrue();
            assertThat(stream.read(1)).isEmpty();
            stream.close();
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C7: the end of the input does not end the output")
    void endOfInputLeavesTheOutput() throws IOException {
        run(
                peer -> {
                    assertThat(peer.readAll(100)).hasSize(2);
                    peer.writeLine("answer");
                },
                stream -> {
                    stream.writeLine("q");
                    stream.writeEnd();
                    assertThat(stream.readLine()).isEqualTo("answer");
                    assertThat(stream.readLine()).isNull();
                });
    }

    @Test
    void cancelledGroupEndsServerAndHandlers() throws IOException {
        this.<IOException>run(() -> {
            int[] port = {0};
            TaskGroup.<IOException>run(group -> {
                Server server = Net.serve(group, LOOPBACK, OnBothEngines::echo);
                port[0] = server.port();
                try (SocketStream stream = Net.connect(server.address())) {
                    stream.writeLine("a");
                    stream.readLine();
                    group.cancel("test");
                }
            });
            assertThatThrownBy(() -> Net.connect("127.0.0.1", port[0])).isInstanceOf(ConnectException.class);
        });
        assertThat(driver.open()).isZero();
    }
}
