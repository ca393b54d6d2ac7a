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
import java.net.ConnectException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The end of a server in good order (row C3), and what it counts. */
class DrainTest extends OnBothEngines {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(50);

    /** Answers lines, and gives up waiting for the next one when its server drains. */
    private static void answer(SocketStream stream) throws IOException {
        Server server = Server.current();
        String line;
        do {
            line = server.<String, IOException>untilDrain(() -> stream.readLine());
            if (line != null) {
                stream.writeLine("answer to " + line);
            }
        } while (line != null);
    }

    @Test
    void serverDrains() throws IOException {
        List<String> answers = new ArrayList<>();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            // @start region="drain"
            Server server = Net.serve(group, 0, stream -> {
                Server mine = Server.current();
                while (!mine.isDraining()) {
                    String request = mine.<String, IOException>untilDrain(() -> stream.readLine());
                    if (request == null) {
                        return; // the client has ended, or the server drains
                    }
                    stream.writeLine("answer to " + request);
                }
            });
            try (SocketStream stream = Net.connect("127.0.0.1", server.port())) {
                stream.writeLine("one");
                answers.add(stream.readLine());
                boolean all = server.drain(Duration.ofSeconds(10)); // the handler waits for us, and is told
                assertThat(all).isTrue();
            }
            // @end
        }));
        assertThat(answers).containsExactly("answer to one");
    }

    @Test
    @DisplayName("C3: a request under way is answered, idle handlers end, and nothing new is accepted")
    void requestUnderWayIsAnswered() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Boolean> goOn = Promise.create();
            Promise<Boolean> taken = Promise.create();
            Server server = Net.serve(group, LOOPBACK, stream -> {
                String line = Server.current().<String, IOException>untilDrain(() -> stream.readLine());
                if (line != null) {
                    taken.succeed(true);
                    goOn.await();
                    stream.writeLine("answer to " + line);
                }
            });
            SocketStream idle = Net.connect(server.address());
            SocketStream busy = Net.connect(server.address());
            busy.writeLine("q");
            taken.await();
            Task<Boolean> drain = group.start(() -> server.drain(LONG));
            assertThat(idle.read(1)).isEmpty();
            assertThat(server.isDraining()).isTrue();
            assertThatThrownBy(() -> Net.connect(server.address())).isInstanceOf(ConnectException.class);
            goOn.succeed(true);
            assertThat(busy.readLine()).isEqualTo("answer to q");
            busy.close();
            idle.close();
            assertThat(drain.await()).isTrue();
            assertThat(server.drain(LONG)).as("a second time").isTrue();
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C3: what is awaited when a server drains is given up without a loss")
    void whatIsGivenUpLosesNothing() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<String> rest = Promise.create();
            Promise<Boolean> drained = Promise.create();
            Server server = Net.serve(group, LOOPBACK, stream -> {
                Server mine = Server.current();
                assertThat(mine.untilDrain(() -> Async.checkpoint())).isTrue();
                stream.peek(4); // it is here, and stays
                group.start(() -> drained.succeed(mine.drain(LONG)));
                assertThat(mine.<byte[], IOException>untilDrain(() -> stream.readExactly(1000))).isNull();
                assertThat(mine.untilDrain(() -> Async.sleepForever())).as("it drains already").isFalse();
                rest.succeed(new String(stream.readExactly(4), java.nio.charset.StandardCharsets.US_ASCII));
            });
            SocketStream stream = Net.connect(server.address());
            stream.write("half");
            assertThat(drained.await()).isTrue();
            assertThat(server.isDraining()).isTrue();
            assertThat(rest.await()).isEqualTo("half");
            stream.close();
        }));
    }

    @Test
    @DisplayName("C3: handlers that go on are cancelled after the limit, and what they had sent arrives")
    void handlersAreCancelledAfterTheLimit() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Boolean> cancelled = Promise.create();
            Server server = Net.serve(group, LOOPBACK, stream -> {
                stream.writeLine("sent");
                try {
                    Async.sleepForever();
                } catch (CancelledError e) {
                    cancelled.succeed(true);
                    throw e;
                }
            });
            SocketStream stream = Net.connect(server.address());
            assertThat(stream.readLine()).isEqualTo("sent");
            assertThat(server.drain(SHORT)).isFalse();
            assertThat(cancelled.await()).isTrue();
            assertThat(stream.read(1)).isEmpty();
            stream.close();
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C3: a handler that does not end even then loses its connection, and the drain ends")
    void connectionsAreAbortedInTheEnd() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Boolean> goOn = Promise.create();
            Server server = Net.serve(group, LOOPBACK, stream -> {
                stream.writeLine("sent");
                Async.shield(Duration.ofMinutes(1), () -> goOn.await());
            });
            SocketStream stream = Net.connect(server.address());
            assertThat(stream.readLine()).isEqualTo("sent");
            assertThat(server.drain(Duration.ZERO)).isFalse(); // well before the shield lets go
            assertThat(server.statistics().active()).isOne();
            assertThatThrownBy(() -> stream.read(1)).isInstanceOf(SocketException.class).hasMessageContaining("reset");
            stream.close();
            goOn.succeed(true);
            server.join();
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    @DisplayName("C2: a cancelled drain still ends the server, at once")
    void cancelledDrainEndsTheServer() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, stream -> {
                stream.writeLine("sent");
                Async.sleepForever();
            });
            SocketStream stream = Net.connect(server.address());
            assertThat(stream.readLine()).isEqualTo("sent");
            assertThat(CancelScope.run(scope -> {
                        group.start(() -> scope.cancel("test")); // runs when we wait
                        server.drain(LONG);
                    }))
                    .isFalse();
            server.join();
            assertThat(stream.read(1)).isEmpty();
            stream.close();
        }));
        assertThat(driver.open()).isZero();
    }

    @Test
    void whoIsNoHandlerIsToldSo() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            assertThatThrownBy(Server::current).isInstanceOf(IllegalStateException.class).hasMessageContaining("no handler");
            Promise<Throwable> thrown = Promise.create();
            Server server = Net.serve(group, LOOPBACK, stream -> {
                try {
                    Server.current().drain(LONG);
                } catch (IllegalStateException e) {
                    thrown.succeed(e);
                }
                answer(stream);
            });
            SocketStream stream = Net.connect(server.address());
            assertThat(thrown.await()).hasMessageContaining("wait for ever");
            assertThat(stream.read(1)).as("it drains all the same").isEmpty();
            assertThatThrownBy(() -> server.drain(Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
            stream.close();
            server.join();
        }));
    }

    @Test
    void serverCounts() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, stream -> {
                if ("fail".equals(stream.readLine())) {
                    throw new IllegalStateException("as asked");
                }
            });
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(0, 0, 0, 0, 0, 0));
            SocketStream good = Net.connect(server.address());
            SocketStream bad = Net.connect(server.address());
            bad.writeLine("fail");
            assertThatThrownBy(bad::readLine).isInstanceOf(SocketException.class);
            bad.close();
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(2, 1, 0, 0, 0, 1));
            good.close();
            server.stop();
            server.join();
            assertThat(server.statistics()).isEqualTo(new Server.Statistics(2, 0, 0, 0, 0, 1));
        }));
        assertThat(reports.removeFirst().message()).contains("the handler of SocketStream[").contains("127.0.0.1:");
    }
}
