package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.ChannelReadiness;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import jdk.net.ExtendedSocketOptions;

/**
 * A connection that is being made: accepted, then greeted.
 */
record WorkerChannel(SocketChannel channel, ChannelReadiness readiness, FrameReader reader) {
    private static final int BUFFER = 512 * 1024;

    /** Waits for the child. Only a process of the same user is let in. */
    @Awaits
    static WorkerChannel accept(ServerSocketChannel server, Path ownDirectory) throws IOException {
        try (ChannelReadiness waiting = ChannelReadiness.of(server)) {
            SocketChannel channel = server.accept();
            while (channel == null) {
                waiting.awaitReadable();
                channel = server.accept();
            }
            try {
                checkUser(channel, ownDirectory);
                channel.configureBlocking(false);
                channel.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 20);
                return new WorkerChannel(channel, ChannelReadiness.of(channel),
                        new FrameReader(ByteBuffer.allocate(BUFFER), Frames.MAX_CHUNK));
            } catch (IOException | RuntimeException refused) {
                channel.close();
                throw refused;
            }
        }
    }

    private static void checkUser(SocketChannel channel, Path ownDirectory) throws IOException {
        if (!(channel.getLocalAddress() instanceof UnixDomainSocketAddress)
                || !channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)) {
            return;
        }
        var peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
        var self = Files.getOwner(ownDirectory);
        if (!peer.equals(self)) {
            throw new ProtocolException("a process of user " + peer.getName() + " connected where one of "
                    + self.getName() + " was due");
        }
    }

    /** Proves to the child that we know the token, and lets it prove the same. */
    @Awaits
    Greeting.Hello greet(byte[] token) throws IOException {
        byte[] challenge = receive(FrameKind.CHALLENGE);
        byte[] own = Handshake.random();
        byte[] proof = Arrays.copyOf(Handshake.proof(token, "parent", challenge, own), 2 * Handshake.SIZE);
        System.arraycopy(own, 0, proof, Handshake.SIZE, Handshake.SIZE);
        send(FrameKind.PROOF, proof);
        byte[] hello = receive(FrameKind.HELLO);
        byte[] expected = Handshake.proof(token, "child", own, challenge);
        if (!Handshake.matches(expected, Arrays.copyOf(hello, Handshake.SIZE))) {
            throw new ProtocolException("the process that connected does not know the token");
        }
        Symbols none = new Symbols(_ -> java.io.ObjectInputFilter.Status.REJECTED, ClassLoader.getSystemClassLoader());
        Greeting.Hello said = read(new Decoder(none).over(hello, Handshake.SIZE, hello.length));
        if (said.protocol() != Frames.PROTOCOL) {
            throw new ProtocolException("the child speaks protocol " + said.protocol() + ", this process "
                    + Frames.PROTOCOL + "; is another version of espalier-process first on its class path?");
        }
        reader.limit(Frames.MAX_MESSAGE);
        return said;
    }

    private static Greeting.Hello read(Decoder in) throws ProtocolException {
        try {
            return Greeting.Hello.read(in);
        } catch (EncodingException garbled) {
            throw new ProtocolException("it introduced itself with something else: " + garbled.getMessage());
        }
    }

    @Awaits
    void send(FrameKind kind, byte[] payload) throws IOException {
        FrameWriter writer = new FrameWriter();
        writer.append(kind, 0, payload, 0, payload.length);
        while (!writer.writeTo(channel)) {
            readiness.awaitWritable();
        }
    }

    private byte[] receive(FrameKind expected) throws IOException {
        ArrayDeque<byte[]> came = new ArrayDeque<>(1);
        while (came.isEmpty()) {
            readiness.awaitReadable();
            if (channel.read(reader.input()) < 0) {
                throw new EOFException("it closed the connection instead of sending " + expected);
            }
            reader.drain((kind, _, bytes, from, to) -> {
                if (kind != expected || !came.isEmpty()) {
                    throw new ProtocolException("it sent " + kind + " where " + expected + " was due");
                }
                came.add(Arrays.copyOfRange(bytes, from, to));
            });
        }
        return came.remove();
    }

    void close() throws IOException {
        readiness.close();
        channel.close();
    }
}
