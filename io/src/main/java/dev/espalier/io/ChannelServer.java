package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.CancelledError;
import dev.espalier.core.ChannelReadiness;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A server over a listening socket of NIO: one task that accepts, and under it a group with a task for each connection.
 */
final class ChannelServer implements Server {
    /** Connections accepted at once, before others run. */
    private static final int BATCH = 64;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration REPORT_INTERVAL = Duration.ofMinutes(1);

    private final ServerSocketChannel listener;
    private final SocketAddress address;
    private final SocketPath path; // of a socket in the file system
    private final VoidBodyWith<? super SocketStream, ?> handler;
    private final LoopShare share;
    private final ChannelReadiness readiness;
    private final Task<Void> task;

    // By the holder of the turn.
    private @Nullable TaskGroup connections; // set by the task
    private boolean stopped;
    private Duration pause = FIRST_PAUSE; // after the next failure to accept
    private long quietUntil; // the next report, on the loop's clock

    /** Takes a bound channel in non-blocking mode. */
    ChannelServer(TaskGroup group, ServerSocketChannel listener, VoidBodyWith<? super SocketStream, ?> handler)
            throws IOException {
        this.listener = listener;
        this.address = listener.getLocalAddress();
        this.path = SocketPath.of(address);
        this.handler = handler;
        this.share = LoopShare.current();
        this.quietUntil = share.loop.now();
        this.readiness = ChannelReadiness.of(listener);
        try {
            this.task = group.start("server " + address, this::serve);
        } catch (RuntimeException e) {
            readiness.close();
            throw e;
        }
    }

    // ---- in the server's task

    private void serve() {
        try {
            TaskGroup.run(group -> {
                connections = group;
                accept(group);
            });
        } finally {
            stop();
        }
    }

    private void accept(TaskGroup group) {
        while (!stopped) {
            try {
                readiness.awaitReadable();
                acceptBatch(group);
                pause = FIRST_PAUSE;
            } catch (ClosedChannelException e) {
                assert stopped : e;
            } catch (IOException e) {
                rest(e);
            }
        }
    }

    private void acceptBatch(TaskGroup group) throws IOException {
        for (int i = 0; i < BATCH; i++) {
            SocketChannel channel = listener.accept();
            if (channel == null) {
                return;
            }
            deliver(group, channel);
        }
    }

    /**
     * The system has no file or memory for one more connection, which stays queued. The socket would be reported as ready
     * for ever, so it is not looked at for a while.
     */
    private void rest(IOException failure) {
        long now = share.loop.now();
        if (now - quietUntil >= 0) {
            quietUntil = now + REPORT_INTERVAL.toNanos();
            share.report(this + " cannot accept connections; it goes on trying, and is quiet about it for a minute", failure);
        }
        Async.sleep(pause);
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    private void deliver(TaskGroup group, SocketChannel channel) {
        ChannelStream stream;
        try {
            stream = Sockets.accepted(channel, share);
        } catch (IOException e) {
            return; // the peer was gone before we came to it; the channel is closed
        }
        group.start("connection from " + stream.remoteAddress(), () -> handle(stream));
    }

    // ---- in the task of a connection

    private void handle(ChannelStream stream) throws IOException {
        try {
            handler.run(stream);
            stream.close();
        } catch (CancelledError e) {
            stream.close(); // at once, but what was sent still leaves
            throw e;
        } catch (Throwable e) {
            stream.abort(); // not the end in good order that the peer could take for a whole answer
            if (e instanceof VirtualMachineError broken) {
                throw broken;
            }
            share.report("the handler of " + stream + " failed", e);
        }
    }

    // ---- for the owner

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public int port() {
        return address instanceof InetSocketAddress inet ? inet.getPort() : -1;
    }

    @Override
    public void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        readiness.close();
        try {
            path.delete(); // before the close, so that whoever listens there next does not lose its own
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing " + this + " failed", e);
        }
    }

    @Override
    public void join() {
        task.join();
    }

    @Override
    public void close() {
        stop();
        if (connections != null) {
            connections.cancel("the server was closed");
        }
        share.pass(); // a handler that closes its server is cancelled itself by now, and need not wait for itself
        join();
    }

    @Override
    public String toString() {
        return "Server[" + address + (stopped ? ", stopped]" : "]");
    }
}
