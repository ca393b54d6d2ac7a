package dev.espalier.core;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Several loops, each on a thread of its own, for work that one core cannot do. Within a loop nothing changes: one task runs at a
 * time. Between loops nothing is shared: touching an object of another loop is a {@link ForeignLoopException}.
 *
 * <p>Two ways lead across. {@link EventLoop#submit(Body)} starts a task in another loop, and {@link Async#await} waits for its
 * future: cancelling the waiting task cancels that one. {@link Channel#crossing} makes a channel between loops.
 *
 * {@snippet class="dev.espalier.core.LoopGroupSnippetsTest" region="group"}
 *
 * <p><b>Threads.</b> All methods but {@link #close()} may be called by any thread, tasks included.
 */
public final class LoopGroup implements AutoCloseable {
    private final List<EventLoop> loops;
    private final List<Thread> drivers;
    private final AtomicInteger turn = new AtomicInteger();

    private LoopGroup(List<EventLoop> loops) {
        this.loops = loops;
        // Each waits for the thread that its loop starts, so it needs no thread of the system.
        this.drivers = loops.stream()
                .map(loop -> Thread.ofVirtual().name("driver of " + loop.name()).start(loop::runForever))
                .toList();
    }

    /**
     * Opens a group with a loop for each processor.
     *
     * @return the group, to be closed by the caller
     */
    public static LoopGroup open() {
        return open(Runtime.getRuntime().availableProcessors());
    }

    /**
     * Opens a group with the default options.
     *
     * @param size how many loops, at least 1
     * @return the group, to be closed by the caller
     */
    public static LoopGroup open(int size) {
        return open(size, LoopOptions.defaults());
    }

    /**
     * Opens a group.
     *
     * @param size how many loops, at least 1
     * @param options how each of them is made; a clock, an order or random numbers given here are used by all of them at once
     * @return the group, to be closed by the caller
     */
    public static LoopGroup open(int size, LoopOptions options) {
        if (size < 1) {
            throw new IllegalArgumentException("a group has at least 1 loop, not " + size);
        }
        var loops = new ArrayList<EventLoop>(size);
        try {
            while (loops.size() < size) {
                loops.add(EventLoop.create(options));
            }
        } catch (Throwable e) {
            loops.forEach(EventLoop::close);
            throw e;
        }
        return new LoopGroup(List.copyOf(loops));
    }

    /**
     * {@return the loops, always in the same order}
     */
    public List<EventLoop> loops() {
        return loops;
    }

    /**
     * {@return the loops in turn, one at each call: the simplest way to spread work}
     */
    public EventLoop next() {
        return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
    }

    /**
     * Starts a task in the {@linkplain #next() next} loop.
     *
     * @param <T> its value
     * @param body what it runs
     * @return ends as the task does; cancelling it cancels the task
     * @throws RejectedExecutionException if the group is closed
     */
    public <T extends @Nullable Object> CompletableFuture<T> submit(Body<? extends T, ?> body) {
        return next().submit(body);
    }

    /**
     * Starts a task in the {@linkplain #next() next} loop.
     *
     * @param body what it runs
     * @return ends as the task does; cancelling it cancels the task
     * @throws RejectedExecutionException if the group is closed
     */
    public CompletableFuture<Void> submit(VoidBody<?> body) {
        return next().submit(body);
    }

    /**
     * Stops all loops at once, and then closes each: what is left of its tasks is cancelled and waited for within the shutdown
     * timeout of its options. All loops wind down at the same time, so that is the limit for the group. Does nothing the second
     * time.
     *
     * @throws IllegalStateException in a task or callback of any loop, which would be held meanwhile
     */
    @Override
    public void close() {
        LoopDriving.checkOutside("LoopGroup.close");
        loops.stream().filter(loop -> !loop.isClosed()).forEach(EventLoop::stop);
        drivers.forEach(LoopGroup::join);
        List<Thread> closing = loops.stream()
                .map(loop -> Thread.ofVirtual().name("closing " + loop.name()).start(loop::close))
                .toList();
        closing.forEach(LoopGroup::join);
    }

    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true; // the end of a loop is bounded, and half of a group must not stay
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "LoopGroup" + loops;
    }
}
