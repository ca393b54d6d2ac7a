package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.Channel;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Calls of one function for many arguments, a bounded number of them at a time.
 */
final class PoolStream<A extends @Nullable Object, T extends @Nullable Object> implements AutoCloseable {
    private static final int BUFFERED = 64;

    // By the task that runs the stream.
    private final ProcessPool pool;
    private final Iterator<? extends A> arguments;
    private final RemoteFunction<? super A, ? extends T, ?> function;
    private final int limit;
    /** Submitted and not yet handed out, in the order of the arguments. */
    private final Set<PoolTask<T>> inFlight = new LinkedHashSet<>();
    /** Of those, the ones that have ended, as they did; null in an ordered stream. */
    private final @Nullable Channel<PoolTask<T>> ended;

    PoolStream(ProcessPool pool, MapOptions options, Iterable<? extends A> arguments,
            RemoteFunction<? super A, ? extends T, ?> function) {
        this.pool = pool;
        this.arguments = arguments.iterator();
        this.function = function;
        this.limit = options.lookahead();
        this.ended = options.ordered() ? null : Channel.open(limit);
    }

    /** Starts a task that feeds a channel. What the channel holds counts as look-ahead, too. */
    static <A extends @Nullable Object, T> Receiver<T> start(ProcessPool pool, TaskGroup group, MapOptions options,
            Iterable<? extends A> arguments, RemoteFunction<? super A, ? extends T, ?> function) {
        int buffered = Math.min(BUFFERED, options.lookahead() / 2);
        Channel<T> channel = Channel.open(buffered);
        MapOptions rest = options.withLookahead(options.lookahead() - buffered);
        group.start("stream of " + function.getClass().getName(), () -> {
            try (Sender<T> out = channel.sender(); var calls = new PoolStream<A, T>(pool, rest, arguments, function)) {
                calls.feed(out);
            } catch (ChannelClosedException receiverClosed) {
                // Nobody wants the rest, and it is cancelled.
            }
        });
        return channel.receiver();
    }

    @Awaits
    private void feed(Sender<T> out) {
        while (hasNext()) {
            PoolTask<T> task = take();
            if (task.state() instanceof Awaitable.Succeeded<T>(var value)) {
                out.send(Objects.requireNonNull(value, "the values of a stream must not be null"));
            } else {
                out.fail(task.failure());
                return;
            }
        }
    }

    /** Takes as many arguments as allowed; false when there is no value to come. */
    boolean hasNext() {
        while (inFlight.size() < limit && arguments.hasNext()) {
            PoolTask<T> task = pool.task(function, true, arguments.next());
            inFlight.add(task);
            if (ended != null) {
                task.onEnd(() -> ended.sender().trySend(task));
            }
        }
        return !inFlight.isEmpty();
    }

    /** Waits for the next value, or throws the failure of its task. */
    @Awaits
    <X extends Throwable> T next() throws X {
        return ProcessPool.<T, X>valueOf(take());
    }

    @Awaits
    private PoolTask<T> take() {
        PoolTask<T> next;
        if (ended == null) {
            next = inFlight.iterator().next();
            next.join();
        } else {
            next = ended.receiver().receive();
        }
        inFlight.remove(next);
        return next;
    }

    /** Cancels what is left and waits for it. */
    @Awaits
    @Override
    public void close() {
        if (!inFlight.isEmpty()) {
            inFlight.forEach(task -> task.cancel("the stream of calls has ended"));
            Async.shield(pool.longestEnd(), () -> inFlight.forEach(PoolTask::join));
        }
    }
}
