package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.CancelledError;
import dev.espalier.core.EventLoop;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tasks of a pool: encodes their calls and numbers them. Shared by all views of the pool.
 */
final class PoolCalls {
    private static final Duration MARGIN = Duration.ofSeconds(10);
    private static final @Nullable Object[] NOTHING = {};

    // Everything here belongs to the loop of the pool.
    private final EventLoop loop = EventLoop.current();
    private final PoolCore core;
    private final ArrayDeque<Encoder> encoders = new ArrayDeque<>();
    private long made;

    PoolCalls(PoolCore core) {
        this.core = core;
    }

    PoolCore core() {
        return core;
    }

    Dispatcher dispatcher() {
        return core.dispatcher();
    }

    /** The number of the next task. */
    long nextNumber() {
        return ++made;
    }

    void checkOpen() {
        checkTurn();
        core.checkOpen();
    }

    void checkTurn() {
        loop.checkTurn(this);
    }

    /** Submits a task, waiting for a place in the queue. */
    @Awaits
    void submit(PoolTask<?> task) {
        dispatcher().awaitPlace();
        enqueue(task);
    }

    /** A task for which a place was taken. */
    private void enqueue(PoolTask<?> task) {
        try {
            core.checkOpen();
        } catch (RuntimeException closed) {
            dispatcher().leavePlace();
            throw closed;
        }
        task.placed();
        dispatcher().enqueue(task);
    }

    /** Makes a task and submits it, if there is a place in the queue. */
    <T extends @Nullable Object> Optional<RemoteTask<T>> trySubmit(Supplier<PoolTask<T>> making) {
        checkOpen();
        if (!dispatcher().takePlace()) {
            return Optional.empty();
        }
        PoolTask<T> task;
        try {
            task = making.get();
        } catch (RuntimeException | Error unfit) {
            dispatcher().leavePlace();
            throw unfit;
        }
        enqueue(task);
        return Optional.of(task);
    }

    /** Makes a task, which is not yet submitted; {@code lent}: nobody changes large arrays of it before it has ended. */
    <T extends @Nullable Object> PoolTask<T> task(Lane lane, Serializable function, @Nullable Object[] arguments,
            boolean lent) {
        Parcels parcels = new Parcels();
        Call call = encode(function, arguments, parcels, lent ? LargeArrays::asTheyAre : LargeArrays::copied);
        return new PoolTask<T>(dispatcher(), lane, nextNumber(), function.getClass(), call.bytes()).with(parcels)
                .with(call.arrays());
    }

    /** Makes a task that gives many values, of which so many may be under way. */
    <T> ProducedTask<T> produced(Lane lane, RemoteProducer<T, ?> producer, int capacity) {
        Parcels parcels = new Parcels();
        Call call = encode(producer, new Object[] {capacity}, parcels, LargeArrays::copied);
        ProducedTask<T> task = new ProducedTask<>(this, lane, producer, call.bytes(), capacity);
        task.with(parcels).with(call.arrays());
        return task;
    }

    private record Call(byte[] bytes, List<LargeArray> arrays) {
    }

    /** Shared buffers go into the parcels; where there are none, they cannot be sent. */
    private Call encode(Serializable function, @Nullable Object[] arguments,
            @Nullable Parcels parcels, Consumer<LargeArrays> large) {
        Encoder found = encoders.poll();
        // Encoding runs code of the user, which may await and so come back here.
        Encoder out = found == null ? new Encoder(core.table()) : found;
        try {
            out.reset();
            large.accept(out.large());
            Departures departures = parcels == null ? out.staying() : out.departing();
            Calls.write(out, function, arguments);
            if (departures != null && parcels != null) {
                departures.leave(parcels);
            }
            List<LargeArray> arrays = out.large().drain();
            return new Call(out.take(), arrays);
        } catch (EncodingException bad) {
            throw new IllegalArgumentException("the task cannot be sent to a worker: " + bad.getMessage(), bad);
        } finally {
            encoders.push(out);
        }
    }

    // ---- many tasks

    /** Runs a body in every worker. */
    @Awaits
    <T extends @Nullable Object> List<ProcessPool.WorkerOutcome<T>> broadcast(TaskOptions options, Serializable body) {
        checkOpen();
        byte[] call = encode(body, NOTHING, null, LargeArrays::reset).bytes();
        List<PinnedTask<T>> tasks = new ArrayList<>();
        for (Seat seat : dispatcher().awaitAll(core::checkOpen)) {
            tasks.add(new PinnedTask<>(dispatcher(), seat, options, nextNumber(), body.getClass(), call));
        }
        tasks.forEach(dispatcher()::enqueue);
        try {
            tasks.forEach(PoolTask::join);
        } catch (CancelledError cancelled) {
            end(tasks, cancelled.reason().message());
            throw cancelled;
        }
        return tasks.stream().map(PinnedTask::outcome).toList();
    }

    /** Cancels tasks and waits for them. */
    @Awaits
    void end(List<? extends PoolTask<?>> tasks, String reason) {
        tasks.forEach(task -> task.cancel(reason));
        Async.shield(longestEnd(), () -> tasks.forEach(PoolTask::join));
    }

    /** How long a cancelled task may take to end: the grace, the kill, and what a busy machine adds. */
    private Duration longestEnd() {
        return core.options().cancelGrace().plus(MARGIN);
    }

    @Override
    public String toString() {
        return "ProcessPool[" + core + "]";
    }
}
