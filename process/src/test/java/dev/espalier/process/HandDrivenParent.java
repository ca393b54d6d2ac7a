package dev.espalier.process;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * A parent of one child, written with blocking calls, that sends exactly the frames a test wants.
 */
final class HandDrivenParent implements AutoCloseable {
    record Message(FrameKind kind, long id, byte[] payload) {
    }

    final PoolDirectory directory = PoolDirectory.create();
    final byte[] token = Handshake.random();
    final SymbolTable table = new SymbolTable();
    final Symbols symbols = new Symbols(_ -> java.io.ObjectInputFilter.Status.UNDECIDED,
            HandDrivenParent.class.getClassLoader());
    final WorkerProcess child;
    private final ServerSocketChannel server;
    private final FrameReader reader = new FrameReader(ByteBuffer.allocate(256 * 1024));
    private final ArrayDeque<Message> came = new ArrayDeque<>();
    private final FrameWriter writer = new FrameWriter();
    SocketChannel channel;
    WorkerMemory memory;
    private int told;

    HandDrivenParent() throws IOException {
        var address = UnixDomainSocketAddress.of(directory.file("worker.sock"));
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
        Files.writeString(directory.file("args"), LaunchLine.file(LaunchLine.arguments(PoolOptions.defaults(),
                directory.path())));
        child = WorkerProcess.start(1, directory, line -> { });
        child.tell(new Ticket(token, ProcessHandle.current().pid(), 1, Ticket.placeOf(address)));
        channel = server.accept();
    }

    static HandDrivenParent greeted() throws IOException {
        var parent = new HandDrivenParent();
        parent.prove(parent.token);
        parent.receive();
        Encoder welcome = new Encoder(parent.table);
        Path file = parent.directory.file("memory");
        parent.memory = WorkerMemory.create(file);
        new Greeting.Welcome("*", parent.directory.path().toString(), file.toString(), "", "").write(welcome);
        parent.send(FrameKind.WELCOME, 0, welcome.toBytes());
        return parent;
    }

    void prove(byte[] with) throws IOException {
        byte[] challenge = receive().payload();
        byte[] own = Handshake.random();
        byte[] proof = Arrays.copyOf(Handshake.proof(with, "parent", challenge, own), 2 * Handshake.SIZE);
        System.arraycopy(own, 0, proof, Handshake.SIZE, Handshake.SIZE);
        send(FrameKind.PROOF, 0, proof);
    }

    void send(FrameKind kind, long id, byte[] payload) throws IOException {
        writer.append(kind, id, payload, 0, payload.length);
        writer.writeTo(channel);
    }

    void task(long id, RemoteBody<?, ?> body) throws IOException {
        Encoder call = new Encoder(table);
        Calls.write(call, body);
        while (told < table.size()) {
            send(FrameKind.DEFINE, told, table.definition(told));
            told++;
        }
        send(FrameKind.TASK, id, call.toBytes());
    }

    Message receive() throws IOException {
        while (came.isEmpty()) {
            if (channel.read(reader.input()) < 0) {
                throw new EOFException();
            }
            reader.drain((kind, id, bytes, from, to) -> {
                byte[] copy = Arrays.copyOfRange(bytes, from, to);
                if (kind == FrameKind.DEFINE) {
                    symbols.define(id, copy);
                } else {
                    came.add(new Message(kind, id, copy));
                }
            });
        }
        return came.remove();
    }

    Object value(Message message) {
        return new Decoder(symbols).over(message.payload(), 0, message.payload().length).value();
    }

    @Override
    public void close() throws IOException {
        channel.close();
        server.close();
        ProcessHandle.of(child.pid()).ifPresent(ProcessHandle::destroyForcibly);
        directory.delete();
    }
}
