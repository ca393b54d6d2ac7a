package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.Body;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.ContextVar;
import dev.espalier.core.ParkingLot;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBody;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A server over listening sockets of NIO: a task for the server, and under it one for each socket, which accepts, and one for each
 * connection.
 *
 * @param <S> what handlers get
 */
final class ChannelServer<S extends ByteStream> implements Server {
    /** In the tasks of a server. */
    static final ContextVar<Server> CURRENT = ContextVar.named("the server of a handler");

    private static final String DRAINS = "the server drains";

    /** How long cancelled handlers may clean up before a drain aborts their connections. */
    private static final Duration END_LIMIT = Duration.ofSeconds(2);

    /** Makes what handlers get of a connection, or fails and aborts it. */
    @FunctionalInterface
    interface Upgrade<S extends ByteStream> {
        @Awaits
        S of(SocketStream plain) throws IOException;
    }

    private final List<Listener> listeners;
    private final ServeOptions options;
    private final Upgrade<S> upgrade;
    private final VoidBodyWith<? super S, ?> handler;
    private final LoopShare share = LoopShare.current();
    private final LoopShare.Quiet failures = share.new Quiet();
    private final LoopShare.Quiet handshakes = share.new Quiet();
    private final LoopShare.Quiet admissions = share.new Quiet();
    private final LoopShare.Quiet slowPeers = share.new Quiet();
    private final AcceptPace pace;
    private final PerAddress perAddress;
    private final Task<Void> task;

    // By the holder of the turn.
    private final Set<ChannelStream> streams = new HashSet<>(); // of connections that have not ended
    private long received; // of those that have ended
    private long sent;
    private final Set<CancelScope> waits = new HashSet<>(); // what is given up when the server drains
    private final ParkingLot room = ParkingLot.create(); // tasks that accept wait here for the end of a connection
    private @Nullable TaskGroup connections; // set by the task
    private ContextVar.@Nullable Context context; // of the tasks that accept; set by the task
    private boolean stopped;
    private boolean draining;
    private long accepted;
    private long refused;
    private long failedAccepts;
    private long failedHandshakes;
    private long failedHandlers;

    /** Takes listeners, which stay the caller's if this fails. */
    ChannelServer(TaskGroup group, List<Listener> listeners, ServeOptions options, Upgrade<S> upgrade,
            VoidBodyWith<? super S, ?> handler) {
        this.listeners = listeners;
        this.options = options;
        this.upgrade = upgrade;
        this.handler = handler;
        this.perAddress = new PerAddress(options.maxPerAddress());
        this.pace = new AcceptPace(share.loop, options.acceptRate());
        this.task = group.start("server " + names(), this::serve);
    }

    private String names() {
        List<String> names = addresses().stream().map(SocketAddress::toString).toList();
        return String.join(" and ", names);
    }

    // ---- in the server's task

    private void serve() {
        try {
            CURRENT.<RuntimeException>with(this, () -> TaskGroup.run(group -> {
                connections = group;
                context = ContextVar.Context.capture();
                for (Listener listener : listeners) {
                    group.start("accept on " + listener.address, () -> listener.accept(this, group));
                }
            }));
        } finally {
            stopListening();
        }
    }

    // ---- in the tasks that accept

    boolean hasRoom() {
        return streams.size() < options.maxConnections();
    }

    boolean keepsPace() {
        return !pace.untilNext().isPositive();
    }

    void awaitRoom() {
        while (!hasRoom() && !stopped) {
            room.park();
        }
    }

    /** Waits until the pace allows one more. */
    void awaitPace() {
        for (Duration wait = pace.untilNext(); wait.isPositive() && !stopped; wait = pace.untilNext()) {
            Async.moveOnAfter(wait, room::park);
        }
    }

    void acceptFailed(IOException failure) {
        failedAccepts++;
        failures.report(this + " cannot accept connections; it goes on trying", failure, task);
    }

    void deliver(TaskGroup group, SocketChannel channel) {
        pace.count();
        ChannelStream stream;
        try {
            stream = Sockets.accepted(channel, share, options.linger());
        } catch (IOException e) {
            return; // the peer was gone before we came to it; the channel is closed
        }
        if (!isAdmitted(stream)) {
            refused++;
            stream.abort();
            return;
        }
        accepted++;
        streams.add(stream);
        perAddress.count(stream.remoteAddress(), 1);
        group.start("connection from " + stream.remoteAddress(), () -> connection(stream));
    }

    private boolean isAdmitted(ChannelStream stream) {
        try {
            return perAddress.allows(stream.remoteAddress()) && options.admission().test(stream.remoteAddress());
        } catch (RuntimeException e) {
            admissions.report("it could not be told whether " + stream.remoteAddress() + " is admitted, and so it was not", e, task);
            return false;
        }
    }

    // ---- in the task of a connection

    private void connection(ChannelStream plain) throws IOException {
        try {
            S stream = upgraded(plain);
            if (stream != null) {
                handle(stream);
            }
        } finally {
            streams.remove(plain);
            perAddress.count(plain.remoteAddress(), -1);
            received += plain.bytesReceived();
            sent += plain.bytesSent();
            room.unparkAll();
        }
    }

    private @Nullable S upgraded(ChannelStream plain) {
        try {
            return upgrade.of(options.limits().equals(StreamLimits.none()) ? plain : new LimitedSocket(plain, options.limits()));
        } catch (VirtualMachineError | CancelledError e) {
            throw e;
        } catch (Throwable e) { // also of a supplier of contexts, which must not end the server
            failedHandshakes++;
            handshakes.report("shaking hands with " + plain.remoteAddress() + " failed", e);
            return null;
        }
    }

    private void handle(S stream) throws IOException {
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
            failedHandlers++;
            tell("the handler of " + stream + " failed", e);
        }
    }

    private void tell(String message, Throwable failure) {
        if (failure instanceof StreamTimeoutException) {
            slowPeers.report(message, failure);
        } else {
            share.report(message, failure);
        }
    }

    // ---- for handlers

    @Override
    public boolean isDraining() {
        return draining;
    }

    @Override
    public <T extends @Nullable Object, X extends Throwable> @Nullable T untilDrain(Body<? extends T, ? extends X> body)
            throws X {
        var value = new @Nullable Object[1];
        this.<X>untilDrain(() -> {
            value[0] = body.run();
        });
        @SuppressWarnings("unchecked") // it came from the body
        T result = (T) value[0];
        return result;
    }

    @Override
    public <X extends Throwable> boolean untilDrain(VoidBody<? extends X> body) throws X {
        return CancelScope.<X>run(scope -> {
            if (draining) {
                scope.cancel(DRAINS);
            }
            waits.add(scope);
            try {
                body.run();
            } finally {
                waits.remove(scope);
            }
        });
    }

    // ---- for the owner

    @Override
    public SocketAddress address() {
        return listeners.getFirst().address;
    }

    @Override
    public List<SocketAddress> addresses() {
        return listeners.stream().map(listener -> listener.address).toList();
    }

    @Override
    public int port() {
        return address() instanceof InetSocketAddress inet ? inet.getPort() : -1;
    }

    @Override
    public Statistics statistics() {
        return new Statistics(accepted, streams.size(), refused, failedAccepts, failedHandshakes, failedHandlers);
    }

    @Override
    public long bytesReceived() {
        return received + streams.stream().mapToLong(ChannelStream::bytesReceived).sum();
    }

    @Override
    public long bytesSent() {
        return sent + streams.stream().mapToLong(ChannelStream::bytesSent).sum();
    }

    @Override
    public void stop() {
        TaskGroup group = connections;
        ContextVar.Context handlers = context;
        try {
            if (!stopped && handlers != null && group != null && !group.scope().isCancelled()) {
                handlers.<RuntimeException>run(() -> listeners.forEach(listener -> listener.acceptQueued(this, group)));
            }
        } finally {
            stopListening();
        }
    }

    private void stopListening() {
        if (!stopped) {
            stopped = true;
            listeners.forEach(Listener::stop);
            room.unparkAll();
        }
    }

    @Override
    public void join() {
        task.join();
    }

    @Override
    public boolean drain(Duration limit) {
        if (limit.isNegative()) {
            throw new IllegalArgumentException("the limit must not be negative: " + limit);
        }
        stop();
        draining = true;
        List.copyOf(waits).forEach(scope -> scope.cancel(DRAINS));
        try {
            if (Async.moveOnAfter(limit, this::join)) {
                return true;
            }
        } catch (CancelledError e) {
            cancelHandlers("the server was to drain, and whoever waited for that was cancelled");
            throw e;
        }
        cancelHandlers("the server has drained for " + limit);
        if (!Async.moveOnAfter(END_LIMIT, this::join)) {
            List.copyOf(streams).forEach(ChannelStream::abort);
            Async.moveOnAfter(END_LIMIT, this::join);
        }
        return false;
    }

    @Override
    public void close() {
        stopListening();
        cancelHandlers("the server was closed");
        share.pass(); // a handler that closes its server is cancelled itself by now, and need not wait for itself
        join();
    }

    private void cancelHandlers(String reason) {
        if (connections != null) {
            connections.cancel(reason);
        }
    }

    @Override
    public String toString() {
        return "Server[" + names() + (stopped ? ", stopped]" : "]");
    }
}
