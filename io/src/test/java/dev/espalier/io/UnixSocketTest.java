package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sockets in the file system (F5, C14). */
class UnixSocketTest extends OnBothEngines {
    @TempDir
    private Path folder;

    private UnixDomainSocketAddress address;

    @BeforeEach
    void address() {
        address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    }

    @Test
    void echoOverAPath() throws IOException {
        byte[] sent = new byte[1 << 20];
        new Random(1).nextBytes(sent);
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server server = Net.serve(group, address, OnBothEngines::echo);
            assertThat(server.address()).isEqualTo(address);
            assertThat(server.port()).isEqualTo(-1);
            try (SocketStream stream = Net.connect(server.address())) {
                assertThat(stream.remoteAddress()).isEqualTo(address);
                assertThat(stream.option(ExtendedSocketOptions.SO_PEERCRED).user().getName())
                        .isEqualTo(System.getProperty("user.name"));
                group.start(() -> {
                    stream.write(sent);
                    stream.writeEnd();
                });
                assertThat(stream.readAll(sent.length)).isEqualTo(sent);
            }
            server.close();
            assertThat(address.getPath()).doesNotExist();
        }));
    }

    @Test
    void whatADeadServerLeftBehindIsReplaced() throws IOException {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(address);
        }
        assertThat(address.getPath()).exists();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (var _ = Net.serve(group, address, OnBothEngines::echo);
                    var client = Net.connect(address)) {
                client.writeLine("alive");
                assertThat(client.readLine()).isEqualTo("alive");
            }
        }));
    }

    @Test
    void aLivingServerAndOtherFilesAreLeftAlone() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (var _ = Net.serve(group, address, OnBothEngines::echo)) {
                assertThatThrownBy(() -> Net.serve(group, address, OnBothEngines::echo))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("somebody listens at");
            }
            Files.writeString(address.getPath(), "precious");
            assertThatThrownBy(() -> Net.serve(group, address, OnBothEngines::echo))
                    .isInstanceOf(BindException.class)
                    .hasMessageContaining("is no socket");
            assertThat(address.getPath()).hasContent("precious");
        }));
    }

    @Test
    void theSocketOfASuccessorIsNotDeleted() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            Server first = Net.serve(group, address, OnBothEngines::echo);
            Files.delete(address.getPath());
            Server second = Net.serve(group, address, OnBothEngines::echo);
            first.close();
            assertThat(address.getPath()).exists();
            second.close();
        }));
    }

    @Test
    void nobodyThereIsAConnectException() throws IOException {
        this.<IOException>run(() -> assertThatThrownBy(() -> Net.connect(address))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining(address.getPath().toString()));
    }

    @Test
    void anAbortedConnectionIsSeenByThePeer() throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (var _ = Net.serve(group, address, SocketStream::abort);
                    var client = Net.connect(address)) {
                assertThat(client.read(1)).isEmpty();
            }
        }));
    }
}
