package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EchoTest extends OnBothEngines {
    @Test
    void echoServerSendsBackWhatItGets() throws IOException {
        run(OnBothEngines::echo, stream -> {
            stream.writeLine("hello");
            assertThat(stream.readLine()).isEqualTo("hello");
            stream.write("a\r\nb");
            stream.writeEnd();
            assertThat(stream.lines()).containsExactly("a", "b");
        });
    }

    @Test
    void echoOfMoreThanTheSocketsHoldArrivesWhole() throws IOException {
        byte[] sent = new byte[20 << 20];
        new Random(1).nextBytes(sent);
        run(OnBothEngines::echo, stream -> TaskGroup.<IOException>run(group -> {
            group.start(() -> {
                stream.write(sent);
                stream.writeEnd();
            });
            assertThat(stream.readAll(sent.length)).isEqualTo(sent);
        }));
    }

    @Test
    void manyClientsAreServedAtOnce() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, LOOPBACK, OnBothEngines::echo);
            TaskGroup.run(clients -> {
                for (int i = 0; i < 200; i++) {
                    String line = "client " + i;
                    clients.start(line, () -> {
                        try (SocketStream stream = Net.connect(server.address())) {
                            for (int round = 0; round < 5; round++) {
                                stream.writeLine(line);
                                assertThat(stream.readLine()).isEqualTo(line);
                            }
                        }
                    });
                }
            });
            server.stop();
            server.join();
        }));
    }
}
