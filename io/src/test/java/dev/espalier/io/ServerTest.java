package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.spi.ErrorReport;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ServerTest extends OnBothEngines {
    @Test
    void failingHandlerIsReportedAndTheOthersGoOn() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, peer -> {
                String line = peer.readLine();
                if ("fail".equals(line)) {
                    throw new IllegalStateException("as asked");
                }
                peer.writeLine("" + line);
                echo(peer);
            });
            try (SocketStream good = Net.connect(server.address());
                    SocketStream bad = Net.connect(server.address())) {
                good.writeLine("first");
                assertThat(good.readLine()).isEqualTo("first");
                bad.writeLine("fail");
                assertThatThrownBy(bad::readLine).isInstanceOf(SocketException.class).hasMessageContaining("reset");
                good.writeLine("second");
                assertThat(good.readLine()).isEqualTo("second");
            }
            server.close();
        }));
        ErrorReport report = reports.removeFirst();
        assertThat(report.message()).contains("the handler of SocketStream[");
        assertThat(report.task()).startsWith("connection from ");
        assertThat(report.exception()).hasMessage("as asked");
    }

    @Test
    void bytesAreCountedOfAStreamAndOfAllThatAServerHad() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, OnBothEngines::echo);
            byte[] large = new byte[200_000];
            try (SocketStream first = Net.connect(server.address()); SocketStream second = Net.connect(server.address())) {
                first.write("hello");
                assertThat(first.readExactly(5)).hasSize(5);
                assertThat(server.bytesReceived()).isEqualTo(5);
                assertThat(server.bytesSent()).isEqualTo(5);
                TaskGroup.run(both -> {
                    both.start(() -> second.write(large));
                    both.start(() -> second.readExactly(large.length));
                });
                assertThat(second.bytesSent()).isEqualTo(large.length);
                assertThat(second.bytesReceived()).isEqualTo(large.length);
                assertThat(first.bytesSent()).isEqualTo(5);
            }
            server.stop();
            server.join();
            assertThat(server.bytesReceived()).as("both have ended").isEqualTo(5 + large.length);
            assertThat(server.bytesSent()).isEqualTo(5 + large.length);
        }));
    }

    @Test
    @DisplayName("N4: a flood of connections is accepted in batches, and others run between")
    void floodIsAcceptedInBatches() throws IOException {
        int flood = 300;
        List<SocketChannel> clients = new ArrayList<>();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            int[] served = {0};
            Server server = Net.serve(group, LOOPBACK, _ -> served[0]++);
            for (int i = 0; i < flood; i++) {
                clients.add(SocketChannel.open(server.address())); // holds the loop: nothing is accepted meanwhile
            }
            int most = 0;
            for (int before = 0; before < flood; before = served[0]) {
                Async.checkpoint();
                most = Math.max(most, served[0] - before);
            }
            assertThat(most).isBetween(1, 64);
            for (SocketChannel client : clients) {
                client.close();
            }
            server.stop();
            server.join();
        }));
    }

    @Test
    @DisplayName("N6: a loop that is busy for a while loses no connection request")
    void backlogHoldsManyRequests() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, peer -> peer.write("x"));
            List<SocketChannel> clients = new ArrayList<>();
            for (int i = 0; i < 200; i++) { // the usual default is 50
                SocketChannel client = SocketChannel.open();
                client.socket().connect(server.address(), 2_000);
                clients.add(client);
            }
            assertThat(clients).allMatch(SocketChannel::isConnected);
            for (SocketChannel client : clients) {
                client.close();
            }
            server.close();
        }));
        reports.clear(); // of the clients that closed before they read
    }

    @Test
    @DisplayName("R7: a connection that is accepted while the server is cancelled is served or closed")
    void acceptRacingWithCancelLeaksNothing() throws IOException {
        for (int yields = 0; yields < 12; yields++) {
            int after = yields;
            this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
                CancelScope.run(scope -> TaskGroup.<IOException>run(inner -> {
                    Server server = Net.serve(inner, LOOPBACK, OnBothEngines::echo);
                    try (var _ = SocketChannel.open(server.address())) {
                        for (int i = 0; i < after; i++) {
                            Async.checkpoint();
                        }
                        scope.cancel("test");
                    }
                }));
            }));
            assertThat(driver.open()).isZero();
        }
    }

    @Test
    void handlerMayCloseItsServer() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Server> me = Promise.create();
            Server server = Net.serve(group, LOOPBACK, peer -> {
                peer.readLine();
                me.await().close();
            });
            me.succeed(server);
            try (SocketStream stream = Net.connect(server.address())) {
                stream.writeLine("close");
                assertThat(stream.readLine()).isNull();
            }
            server.join();
        }));
    }

    @Test
    void handlerThatWaitsForItsServerIsToldSo() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Promise<Server> me = Promise.create();
            Server server = Net.serve(group, LOOPBACK, _ -> me.await().join());
            me.succeed(server);
            try (SocketStream stream = Net.connect(server.address())) {
                assertThatThrownBy(stream::readLine).isInstanceOf(SocketException.class);
            }
            server.close();
        }));
        assertThat(reports.removeFirst().exception())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("wait for ever");
    }

    @Test
    void groupWaitsForItsServer() throws IOException {
        boolean[] served = {false};
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, peer -> served[0] = peer.readLine() != null);
            group.start(() -> {
                Async.sleep(Duration.ofMillis(20));
                try (SocketStream stream = Net.connect(server.address())) {
                    stream.writeLine("late");
                    assertThat(stream.atEnd()).isTrue();
                }
                server.close();
            });
        }));
        assertThat(served[0]).isTrue();
    }
}
