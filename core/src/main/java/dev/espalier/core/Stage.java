package dev.espalier.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stage between receivers that needs tasks of its own: it takes from its sources and sends into a channel whose receiver it
 * gives out.
 *
 * <p>What ends it, and what follows:
 *
 * <pre>
 *   the sources have ended       what is under way is sent; then the channel ends
 *   a source has failed          what is under way is sent; then the channel fails with the same cause
 *   the receiver is closed       what is under way is cancelled; the sources are closed
 *   the stage's own code fails   the channel fails with it, the sources are closed, and the group hears of it
 *   the group is cancelled       the channel fails with the cancellation, the sources are closed
 * </pre>
 */
final class Stage<R> {
    private final Sender<R> out;
    private final List<? extends Receiver<?>> sources;

    // By the holder of the turn.
    private boolean abandoned; // nobody receives any more
    private @Nullable Throwable sourceFailure;

    private Stage(Sender<R> out, List<? extends Receiver<?>> sources) {
        this.out = out;
        this.sources = sources;
    }

    private static <R> Receiver<R> start(
            TaskGroup group, String name, int room, List<? extends Receiver<?>> sources, VoidBodyWith<Stage<R>, ?> body) {
        Channel<R> channel = Channel.open(room);
        var stage = new Stage<R>(channel.sender(), sources);
        Task<Void> task = group.start(name, () -> stage.run(body));
        if (channel.receiver() instanceof ChannelBuffer<R> buffer) {
            buffer.fedBy(task);
        }
        return channel.receiver();
    }

    private void run(VoidBodyWith<Stage<R>, ?> body) throws Throwable {
        try {
            body.run(this);
            if (sourceFailure != null && !abandoned) {
                out.fail(sourceFailure);
            }
        } catch (CancelledError e) {
            out.fail(new TaskCancelledException("a stage of the stream was cancelled: " + e.reason()));
            throw e;
        } catch (Throwable e) {
            Throwable failure = e instanceof GroupException group && group.failures().size() == 1
                    ? group.failures().get(0)
                    : e;
            out.fail(failure);
            throw failure;
        } finally {
            out.close();
            sources.forEach(Receiver::close);
        }
    }

    /** Whether a source has another value; a failure of the source is kept for later and counts as its end. */
    private boolean hasNext(Iterator<?> source) {
        try {
            return source.hasNext();
        } catch (ChannelClosedException e) {
            sourceFailure = e.getCause() == null ? e : e.getCause();
            return false;
        }
    }

    /** Sends a value on; once nobody receives any more, what is under way is cancelled. */
    private void emit(R value, TaskGroup underWay) {
        try {
            out.send(value);
        } catch (ChannelClosedException e) {
            abandoned = true;
            underWay.cancel("nobody receives from the stream any more");
        }
    }

    // ---- the stages

    static <R> Receiver<R> produce(TaskGroup group, int capacity, VoidBodyWith<? super Sender<R>, ?> body) {
        return Stage.<R>start(group, "producer", capacity, List.of(), stage -> {
            try {
                body.run(stage.out);
            } catch (ChannelClosedException e) {
                Task.running().checkCancelled(); // as the receiver was closed
                throw e;
            }
        });
    }

    static <A, R> Receiver<R> mapUnordered(
            TaskGroup group, Receiver<A> source, int limit, BodyWith<? super A, ? extends R, ?> mapping) {
        checkLimit(limit);
        return Stage.<R>start(group, "mapUnordered", 1, List.of(source), stage -> TaskGroup.run(workers -> {
            AsyncSemaphore idle = AsyncSemaphore.of(limit);
            Iterator<A> values = source.iterator();
            for (idle.acquire(); stage.hasNext(values); idle.acquire()) {
                A value = values.next();
                workers.start(() -> {
                    stage.emit(mapping.run(value), workers);
                    idle.release();
                });
            }
        }));
    }

    static <A, R> Receiver<R> map(
            TaskGroup group, Receiver<A> source, int limit, BodyWith<? super A, ? extends R, ?> mapping) {
        checkLimit(limit);
        return Stage.<R>start(group, "mapParallel", 1, List.of(source), stage -> TaskGroup.run(workers -> {
            AsyncSemaphore idle = AsyncSemaphore.of(limit);
            Channel<Task<R>> started = Channel.open(limit);
            workers.start(() -> {
                for (Task<R> next : started.receiver()) {
                    stage.emit(next.await(), workers);
                    idle.release();
                }
            });
            Iterator<A> values = source.iterator();
            for (idle.acquire(); stage.hasNext(values); idle.acquire()) {
                A value = values.next();
                started.sender().send(workers.<R>start(() -> mapping.run(value)));
            }
            started.sender().close();
        }));
    }

    static <T> Receiver<List<T>> batch(TaskGroup group, Receiver<T> source, int size, Duration within) {
        if (size < 1) {
            throw new IllegalArgumentException("a batch holds at least 1 value, not " + size);
        }
        return Stage.<List<T>>start(group, "batch", 0, List.of(source), stage -> TaskGroup.run(scope -> {
            Iterator<T> values = source.iterator();
            while (stage.hasNext(values)) {
                var batch = new ArrayList<T>();
                batch.add(values.next());
                Async.moveOnAfter(within, () -> {
                    while (batch.size() < size && stage.hasNext(values)) {
                        batch.add(values.next());
                    }
                });
                stage.emit(List.copyOf(batch), scope);
            }
        }));
    }

    static <T> Receiver<T> merge(TaskGroup group, List<? extends Receiver<? extends T>> sources) {
        return Stage.<T>start(group, "merge", 0, sources, stage -> TaskGroup.run(forwarders -> {
            for (Receiver<? extends T> source : sources) {
                forwarders.start(() -> {
                    for (Iterator<? extends T> values = source.iterator(); stage.hasNext(values); ) {
                        stage.emit(values.next(), forwarders);
                    }
                    if (stage.sourceFailure != null) {
                        forwarders.cancel("a source of the merged stream has failed");
                    }
                });
            }
        }));
    }

    private static void checkLimit(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("at least 1 value must be mapped at a time, not " + limit);
        }
    }
}
