package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HandshakeTest {
    @TempDir
    Path folder;

    @Test
    void proofsOfTheTwoRolesDiffer() {
        byte[] token = Handshake.random();
        byte[] a = Handshake.random();
        byte[] b = Handshake.random();
        assertThat(Handshake.proof(token, "parent", a, b)).isNotEqualTo(Handshake.proof(token, "child", a, b));
    }

    @Test
    void theTicketSurvivesItsLine() {
        Ticket ticket = new Ticket(Handshake.random(), 42, 1, "unix:/tmp/a b/c.sock");
        Ticket read = Ticket.parse(ticket.line().strip());
        assertThat(read.token()).isEqualTo(ticket.token());
        assertThat(read.place()).isEqualTo(ticket.place());
        assertThat(read.address()).isEqualTo(ticket.address());
    }

    @Test
    void anythingElseIsNoTicket() {
        assertThatThrownBy(() -> Ticket.parse("hello")).hasMessageContaining("started by a ProcessPool");
    }

    @Test
    @DisplayName("3.28: a child that does not know the token is refused")
    void aFalseChildIsRefused() throws IOException {
        Async.run(() -> {
            WorkerDoor door = WorkerDoor.unix(folder.resolve("s"));
            try {
                assertThatThrownBy(() -> admit(door, Handshake.random(), Handshake.random()))
                        .isInstanceOf(ProtocolException.class).hasMessageContaining("does not know the token");
            } finally {
                door.close();
            }
        });
    }

    @Test
    @DisplayName("3.27: the same handshake works over the loopback address")
    void loopbackWorks() throws IOException {
        Async.run(() -> {
            WorkerDoor door = WorkerDoor.loopback();
            try {
                byte[] token = Handshake.random();
                assertThat(admit(door, token, token).depth()).isEqualTo(1);
            } finally {
                door.close();
            }
        });
    }

    @Test
    @DisplayName("3.28: when one has connected, a second one is refused, and the socket has no name any more")
    void secondConnectionIsRefused() throws IOException {
        Async.run(() -> {
            WorkerDoor door = WorkerDoor.unix(folder.resolve("s"));
            var address = Ticket.parse("00 1 1 " + door.place()).address();
            try (SocketChannel first = SocketChannel.open(address)) {
                WorkerChannel connected = WorkerChannel.accept(door.server(), folder);
                door.close();
                assertThatThrownBy(() -> SocketChannel.open(address)).isInstanceOf(IOException.class);
                assertThat(folder.resolve("s")).doesNotExist();
                assertThat(first.isConnected()).isTrue();
                connected.close();
            }
        });
    }

    /** The parent's side on the loop, with a child that is written here and believes in a token of its own. */
    private Greeting.Hello admit(WorkerDoor door, byte[] parents, byte[] childs) throws IOException {
        var address = Ticket.parse("00 1 1 " + door.place()).address();
        try (SocketChannel channel = Async.offload(() -> SocketChannel.open(address))) {
            WorkerChannel connected = WorkerChannel.accept(door.server(), folder);
            try {
                return TaskGroup.<Greeting.Hello, IOException>call(group -> {
                    group.start(() -> Async.offload(() -> playChild(channel, childs)));
                    return connected.greet(parents);
                });
            } finally {
                connected.close();
            }
        }
    }

    private static void playChild(SocketChannel channel, byte[] token) throws IOException {
        byte[] challenge = Handshake.random();
        FrameWriter writer = new FrameWriter();
        writer.append(FrameKind.CHALLENGE, 0, challenge, 0, challenge.length);
        writer.writeTo(channel);
        ByteBuffer frame = ByteBuffer.allocate(Frames.HEADER + 2 * Handshake.SIZE);
        while (frame.hasRemaining()) {
            if (channel.read(frame) < 0) {
                throw new EOFException();
            }
        }
        byte[] theirs = Arrays.copyOfRange(frame.array(), Frames.HEADER + Handshake.SIZE, frame.capacity());
        Encoder hello = new Encoder(new SymbolTable());
        hello.putBytes(Handshake.proof(token, "child", theirs, challenge), 0, Handshake.SIZE);
        Greeting.Hello.of(new Ticket(token, 1, 1, "unix:/s")).write(hello);
        writer.append(FrameKind.HELLO, 0, hello.array(), 0, hello.size());
        writer.writeTo(channel);
    }
}
