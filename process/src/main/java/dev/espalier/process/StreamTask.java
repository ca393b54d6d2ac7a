package dev.espalier.process;

import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.Channel;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a channel with what a {@link PoolStream} gives, in a task of the user's group.
 */
final class StreamTask {
    private static final int BUFFERED = 64;

    /** Hands out what a chunk has to read; false when that ends the stream. */
    private interface Feeder<A extends @Nullable Object, T extends @Nullable Object, E> {
        @Awaits
        boolean feed(Chunk<A, T> chunk, Sender<? super E> out);
    }

    private StreamTask() {
    }

    /** How far ahead the chunks may be where the channel holds the rest. */
    private static int buffered(MapOptions options) {
        return Math.min(BUFFERED, options.lookahead() / 2);
    }

    static MapOptions withoutBuffer(MapOptions options) {
        return options.withLookahead(options.lookahead() - buffered(options));
    }

    static <A extends @Nullable Object, T> Receiver<T> values(TaskGroup group, PoolStream<A, T> calls,
            MapOptions options, Iterable<? extends A> arguments) {
        return start(group, calls, options, arguments, StreamTask::values);
    }

    static <A extends @Nullable Object, T extends @Nullable Object> Receiver<ProcessPool.Outcome<A, T>> outcomes(
            TaskGroup group, PoolStream<A, T> calls, MapOptions options, Iterable<? extends A> arguments) {
        return start(group, calls, options, arguments, StreamTask::outcomes);
    }

    private static <A extends @Nullable Object, T extends @Nullable Object, E> Receiver<E> start(TaskGroup group,
            PoolStream<A, T> calls, MapOptions options, Iterable<? extends A> arguments, Feeder<A, T, E> feeder) {
        return Channel.produce(group, buffered(options), out -> {
            try (calls) {
                calls.from(arguments, Long.MAX_VALUE);
                run(calls, out, feeder);
            }
        });
    }

    // Two tasks: arguments that are long in coming do not keep back the outcomes of those before them.
    @Awaits
    private static <A extends @Nullable Object, T extends @Nullable Object, E> void run(PoolStream<A, T> calls,
            Sender<? super E> out, Feeder<A, T, E> feeder) {
        TaskGroup.run(group -> {
            Task<Void> filling = group.start("the arguments of " + calls.function().getName(), calls::fillAll);
            try {
                feed(calls, out, feeder);
            } finally {
                filling.cancel("the stream has ended");
            }
        });
    }

    @Awaits
    private static <A extends @Nullable Object, T extends @Nullable Object, E> void feed(PoolStream<A, T> calls,
            Sender<? super E> out, Feeder<A, T, E> feeder) {
        Chunk<A, T> chunk = calls.readyOfFilled();
        while (chunk != null) {
            if (!feeder.feed(chunk, out)) {
                return;
            }
            chunk = calls.readyOfFilled();
        }
        if (calls.argumentsFailed() != null) {
            out.fail(calls.argumentsFailed());
        }
    }

    @Awaits
    private static <A extends @Nullable Object, T> boolean values(Chunk<A, T> chunk, Sender<? super T> out) {
        while (chunk.hasUnread()) {
            Awaitable.State<T> state = chunk.nextState();
            if (!(state instanceof Awaitable.Succeeded<T>(var value))) {
                out.fail(chunk.failureOf(state));
                return false;
            }
            out.send(Objects.requireNonNull(value, "the values of a stream must not be null; use outcomes"));
        }
        return true;
    }

    @Awaits
    private static <A extends @Nullable Object, T extends @Nullable Object> boolean outcomes(Chunk<A, T> chunk,
            Sender<? super ProcessPool.Outcome<A, T>> out) {
        while (chunk.hasUnread()) {
            A argument = chunk.nextArgument();
            out.send(new ProcessPool.Outcome<>(argument, chunk.nextState()));
        }
        return true;
    }
}
