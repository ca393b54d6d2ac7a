package dev.espalier.process;

import java.io.IOException;
import java.io.ObjectInputFilter;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The child's end of the socket. The main thread reads it and nothing else: control frames are obeyed at any time, work
 * is handed to the task thread, and the end of the stream ends the process.
 */
final class ChildConnection {
    private static final int BUFFER = 256 * 1024;

    //   PROOF    -> WELCOME   the parent has proved that it knows the token; HELLO is sent
    //   WELCOME  -> SERVING   what was agreed has come
    //   any      -> (end)     end of stream, or a frame that is not due
    private enum Stage { PROOF, WELCOME, SERVING }

    // All of this belongs to the main thread.
    private final SocketChannel channel;
    private final Ticket ticket;
    private final ChildOutbox outbox;
    private final byte[] challenge = Handshake.random();
    private final FrameReader reader = new FrameReader(ByteBuffer.allocate(BUFFER), Frames.MAX_CHUNK);
    private Stage stage = Stage.PROOF;
    private @Nullable ChildTasks tasks;

    private ChildConnection(SocketChannel channel, Ticket ticket) {
        this.channel = channel;
        this.ticket = ticket;
        this.outbox = new ChildOutbox(channel);
    }

    static ChildConnection open(Ticket ticket) throws IOException {
        return new ChildConnection(SocketChannel.open(ticket.address()), ticket);
    }

    /** Greets, then reads until the parent is gone. Does not return normally. */
    void serve() throws IOException {
        outbox.send(FrameKind.CHALLENGE, 0, challenge, challenge.length);
        try {
            while (channel.read(reader.input()) >= 0) {
                reader.drain(this::message);
            }
        } catch (ProtocolException | EncodingException broken) {
            System.err.println("espalier worker " + ProcessHandle.current().pid() + ": " + broken.getMessage());
            System.err.flush();
            Runtime.getRuntime().halt(RemoteMain.REFUSED);
        } finally {
            SelfKill.now();
        }
    }

    private void message(FrameKind kind, long id, byte[] bytes, int from, int to) throws IOException {
        if (stage == Stage.SERVING && tasks != null) {
            work(tasks, kind, id, bytes, from, to);
        } else if (stage == Stage.PROOF && kind == FrameKind.PROOF) {
            proof(Arrays.copyOfRange(bytes, from, to));
        } else if (stage == Stage.WELCOME && kind == FrameKind.WELCOME) {
            Symbols none = new Symbols(_ -> ObjectInputFilter.Status.REJECTED, ClassLoader.getSystemClassLoader());
            welcome(Greeting.Welcome.read(new Decoder(none).over(bytes, from, to)));
        } else {
            throw new ProtocolException("the parent sent " + kind + " where " + stage + " was due");
        }
    }

    private void work(ChildTasks tasks, FrameKind kind, long id, byte[] bytes, int from, int to)
            throws IOException {
        switch (kind) {
            case TASK -> tasks.add(ChildWork.task(id, Arrays.copyOfRange(bytes, from, to), reader.arrays(id)));
            case DEFINE -> tasks.add(ChildWork.definition(id, Arrays.copyOfRange(bytes, from, to)));
            case REVOKE -> tasks.revoke(id, true);
            case RECALL -> tasks.revoke(id, false);
            case BYE -> tasks.add(ChildWork.bye());
            case BELL -> tasks.wake();
            case LOOK -> tasks.look();
            case ROOM -> tasks.room(id, ByteBuffer.wrap(bytes, from, to - from));
            case PROGRESS -> tasks.progress().wanted();
            case ASK -> ChildRuntime.ask(bytes, from, to);
            case INTERRUPT -> ChildRuntime.interrupt();
            case PERMIT -> RemotePermits.message(bytes, from, to);
            case CHANNEL, CHANNEL_BACK -> ChildRuntime.channel(kind, id, Arrays.copyOfRange(bytes, from, to));
            default -> throw new ProtocolException("the parent sent " + kind);
        }
    }

    private void proof(byte[] proof) throws IOException {
        byte[] theirs = Arrays.copyOfRange(proof, Math.min(Handshake.SIZE, proof.length), proof.length);
        byte[] expected = Handshake.proof(ticket.token(), "parent", challenge, theirs);
        if (!Handshake.matches(expected, Arrays.copyOf(proof, Handshake.SIZE))) {
            throw new ProtocolException("the process at " + ticket.place()
                    + " is not the parent: it does not know the token");
        }
        Encoder hello = new Encoder(new SymbolTable());
        hello.putBytes(Handshake.proof(ticket.token(), "child", theirs, challenge), 0, Handshake.SIZE);
        Greeting.Hello.of(ticket).write(hello);
        outbox.send(FrameKind.HELLO, 0, hello.array(), hello.size());
        stage = Stage.WELCOME;
    }

    private void welcome(Greeting.Welcome welcome) throws IOException {
        WorkerMemory memory = welcome.memory().isEmpty() ? WorkerMemory.alone()
                : WorkerMemory.take(Path.of(welcome.memory()));
        WorkerRings rings = welcome.rings().isEmpty() ? null : WorkerRings.take(Path.of(welcome.rings()));
        if (rings == null) {
            // Then all payloads go this way; and the first option that is set loads twenty classes.
            channel.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 20);
        }
        outbox.use(memory);
        RemoteMain.buffers(welcome.buffers());
        ChildRuntime.install(ticket.parent(), outbox, welcome.filter(), Path.of(welcome.directory()));
        tasks = new ChildTasks(outbox, new Symbols(welcome.objectFilter(), ClassLoader.getSystemClassLoader()), memory,
                rings == null ? null : new ChildRings(rings, outbox));
        outbox.startFlusher();
        tasks.start();
        reader.limit(Frames.MAX_MESSAGE);
        stage = Stage.SERVING;
    }
}
