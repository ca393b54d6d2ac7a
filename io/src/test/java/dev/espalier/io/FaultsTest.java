package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Peers that misbehave: resets, half closes, slow and silent ones, full buffers. Nothing is lost, hangs or leaks: each test counts the
 * descriptors of the process before and after.
 */
class FaultsTest extends OnBothEngines {
    private static final Duration SHORT = Duration.ofMillis(30);

    private int before;

    @BeforeEach
    void countDescriptors() throws IOException {
        Descriptors.assumeKnown();
        among(OnBothEngines::echo, server -> { // opens what is opened once
            try (SocketChannel client = SocketChannel.open(server.address())) {
                client.write(ByteBuffer.wrap(new byte[1]));
                reset(client);
            }
            Net.connect(server.address()).abort();
        });
        before = Descriptors.ofConnections();
    }

    @AfterEach
    void nothingLeaks() {
        Descriptors.assertAsBefore(before);
        assertThat(driver.open()).isZero();
    }

    /** A server whose handlers may fail as connections do, and a well-behaved client of it at the end. */
    private void among(VoidBodyWith<SocketStream, IOException> handler, VoidBodyWith<Server, IOException> faults) throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, handler);
            faults.run(server);
            try (SocketStream good = Net.connect(server.address())) {
                good.writeLine("good");
                assertThat(good.readLine()).isEqualTo("good");
            }
            assertThat(server.drain(Duration.ofSeconds(10))).as("all handlers end by themselves").isTrue();
        }));
        assertThat(reports).allSatisfy(report -> assertThat(report.exception()).isInstanceOf(IOException.class));
        reports.clear();
    }

    private static void reset(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.close();
    }

    @Test
    @DisplayName("connections that are reset before they are accepted are no failure")
    void resetBeforeAccept() throws IOException {
        among(OnBothEngines::echo, server -> {
            for (int i = 0; i < 100; i++) { // holds the loop: nothing is accepted meanwhile
                SocketChannel client = SocketChannel.open(server.address());
                if (i % 2 == 0) {
                    client.write(ByteBuffer.wrap(new byte[100]));
                }
                reset(client);
            }
        }); // the next one comes after them
    }

    @Test
    @DisplayName("a reset wakes who reads, who writes, and who closes")
    void resetWakesEverybody() throws IOException {
        List<String> begun = new ArrayList<>();
        List<String> ended = new ArrayList<>();
        among(stream -> {
            String line = stream.readLine();
            if ("good".equals(line)) {
                stream.writeLine("good");
                return;
            }
            begun.add(line);
            try {
                switch ("" + line) {
                    case "read" -> stream.read(1);
                    case "write" -> stream.write(new byte[64 << 20]);
                    case "close" -> stream.close();
                    default -> throw new AssertionError(line);
                }
                ended.add(line);
            } catch (IOException e) {
                ended.add(line + " failed");
                assertThatThrownBy(() -> stream.write("x")).isInstanceOf(IOException.class); // and goes on failing
                throw e;
            }
        }, server -> {
            for (String what : List.of("read", "write", "close")) {
                SocketChannel client = SocketChannel.open(server.address());
                client.write(ByteBuffer.wrap((what + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
                while (!begun.contains(what)) {
                    Async.sleep(Duration.ofMillis(1));
                }
                reset(client);
                while (ended.stream().noneMatch(end -> end.startsWith(what))) {
                    Async.sleep(Duration.ofMillis(1));
                }
            }
            assertThat(ended).containsExactly("read failed", "write failed", "close");
        });
    }

    @Test
    @DisplayName("what came before a reset can be read, if it was asked for in time, and an answer before it too")
    void whatCameBeforeAResetWasNotLost() throws IOException {
        among(stream -> {
            for (String line = stream.readLine(); line != null; line = stream.readLine()) {
                stream.writeLine(line);
            }
        }, server -> {
            for (int i = 0; i < 50; i++) {
                try (SocketStream client = Net.connect(server.address())) {
                    client.writeLine("line " + i);
                    assertThat(client.readLine()).isEqualTo("line " + i);
                    client.abort();
                    assertThatThrownBy(() -> client.read(1)).isInstanceOf(StreamClosedException.class);
                }
            }
        });
    }

    @Test
    @DisplayName("C7: half closes in all orders lose nothing")
    void halfCloses() throws IOException {
        byte[] much = new byte[3 << 20];
        new Random(5).nextBytes(much);
        among(stream -> {
            String line = stream.readLine();
            switch ("" + line) {
                case "client first" -> {
                    byte[] all = stream.readAll(much.length);
                    stream.write(all);
                }
                case "server first" -> {
                    stream.write(much);
                    stream.writeEnd();
                    assertThat(stream.readAll(much.length)).isEqualTo(much);
                }
                default -> stream.writeLine("" + line);
            }
        }, server -> {
            for (String order : List.of("client first", "server first")) {
                try (SocketStream client = Net.connect(server.address())) {
                    client.writeLine(order);
                    if (order.startsWith("server")) {
                        assertThat(client.readAll(much.length)).isEqualTo(much);
                    }
                    client.write(much);
                    client.writeEnd();
                    client.writeEnd();
                    assertThatThrownBy(() -> client.write("more")).isInstanceOf(StreamClosedException.class);
                    assertThat(client.readAll(much.length)).isEqualTo(order.startsWith("server") ? new byte[0] : much);
                }
            }
        });
    }

    @Test
    @DisplayName("a slow reader slows its writer down and nobody else, and gets everything")
    void slowReader() throws IOException {
        int size = 8 << 20;
        among(stream -> {
            if ("much".equals(stream.readLine())) {
                stream.write(new byte[size]);
            } else {
                stream.writeLine("good");
            }
        }, server -> {
            SocketStream slow = Net.connect(server.address());
            slow.setOption(StandardSocketOptions.SO_RCVBUF, 64 << 10);
            slow.writeLine("much");
            int got = slow.readExactly(10_000).length;
            Async.sleep(SHORT);
            assertThat(server.statistics().active()).as("the writer waits").isOne();
            for (int i = 0; i < 20; i++) {
                try (SocketStream quick = Net.connect(server.address())) {
                    quick.writeLine("x");
                    assertThat(quick.readLine()).isEqualTo("good");
                }
                got += slow.readExactly(1_000).length;
            }
            assertThat(slow.readExactly(size - got)).hasSize(size - got);
            assertThat(slow.atEnd()).isTrue();
            slow.close();
        });
    }

    @Test
    @DisplayName("two that write and do not read wait for each other, until one reads: then all arrives")
    void fullBuffersOnBothSides() throws IOException {
        byte[] much = new byte[16 << 20];
        new Random(6).nextBytes(much);
        among(stream -> {
            if ("good".equals(stream.readLine())) {
                stream.writeLine("good");
                return;
            }
            stream.write(much); // before it reads
            assertThat(stream.readExactly(much.length)).isEqualTo(much);
        }, server -> {
            try (SocketStream client = Net.connect(server.address())) {
                client.writeLine("bad");
                TaskGroup.<IOException>run(group -> {
                    Task<Void> writer = group.start(() -> client.write(much));
                    Async.sleep(SHORT);
                    assertThat(writer.state()).as("both wait").isInstanceOf(Task.Pending.class);
                    assertThat(client.readExactly(much.length)).isEqualTo(much);
                    writer.join();
                });
            }
        });
    }

    @Test
    @DisplayName("a write that waits for a silent peer is cancelled, says so, and the connection is torn")
    void silentPeer() throws IOException {
        among(stream -> {
            if ("good".equals(stream.readLine())) {
                stream.writeLine("good");
            }
        }, server -> {
            TaskGroup.<IOException>run(group -> {
                Promise<Boolean> enough = Promise.create();
                Server silent = Net.serve(group, LOOPBACK, stream -> enough.await());
                SocketStream client = Net.connect(silent.address());
                assertThat(CancelScope.<IOException>run(scope -> {
                            group.start(() -> {
                                Async.sleep(SHORT);
                                scope.cancel("the peer is silent");
                            });
                            client.write(new byte[64 << 20]);
                        }))
                        .isFalse();
                assertThatThrownBy(() -> client.write("x")).isInstanceOf(StreamClosedException.class).hasMessageContaining("torn");
                client.close();
                enough.succeed(true);
                silent.stop();
                silent.join();
            });
        });
    }

    @Test
    @DisplayName("clients that do anything at random moments harm nobody, and every byte of the others arrives")
    void storm() throws IOException {
        for (long seed = 1; seed <= 3; seed++) {
            var random = new Random(seed);
            among(OnBothEngines::echo, server -> TaskGroup.<IOException>run(group -> {
                for (int i = 0; i < 120; i++) {
                    var own = new Random(random.nextLong());
                    boolean good = i % 3 == 0;
                    group.start("client " + i, () -> client(server, own, good));
                }
            }));
        }
    }

    private static void client(Server server, Random random, boolean good) throws IOException {
        SocketStream stream = Net.connect(server.address());
        try {
            for (int i = random.nextInt(6); i >= 0; i--) {
                byte[] sent = new byte[random.nextInt(100_000)];
                random.nextBytes(sent);
                int fault = good ? -1 : random.nextInt(8);
                if (fault == 0) {
                    stream.abort();
                    return;
                } else if (fault == 1) {
                    stream.writeEnd();
                    assertThat(stream.readAll(1)).isEmpty();
                    return;
                } else if (fault == 2) {
                    Async.sleep(Duration.ofMillis(random.nextInt(10)));
                }
                exchange(stream, sent, fault == 3);
                if (fault == 3) {
                    return;
                }
            }
            stream.close();
        } finally {
            stream.abort();
        }
    }

    private static void exchange(SocketStream stream, byte[] sent, boolean leaves) throws IOException {
        TaskGroup.<IOException>run(group -> {
            Task<Void> writer = group.start(() -> stream.write(sent));
            int part = leaves ? sent.length / 2 : sent.length;
            assertThat(stream.readExactly(part)).isEqualTo(Arrays.copyOf(sent, part));
            if (leaves) {
                writer.cancel("leaves in the middle");
            }
        });
    }
}
