package dev.espalier.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Several loops that run at the same time, one for each processor: real parallelism, for what one loop cannot do in
 * time.
 *
 * <p>Each object belongs to its loop as ever, and touching it from another one is a {@link ForeignLoopException}. Cross
 * with {@link #call(Body)}, {@link EventLoop#submit(Body)} and channels made by {@link Channel#crossing}.
 *
 * {@snippet class="dev.espalier.core.LoopGroupSnippetsTest" region="group"}
 *
 * <p><b>Threads.</b> Any, but for closing.
 */
public final class LoopGroup implements AutoCloseable {
    /** Longer than any program: a wait that must see its end. */
    private static final Duration AGES = Duration.ofNanos(Nanos.MAX);

    private final List<EventLoop> loops;
    private final List<Member> members;
    private final AtomicInteger turn = new AtomicInteger();

    private LoopGroup(List<EventLoop> loops) {
        this.loops = loops;
        this.members = loops.stream().map(Member::new).toList();
        members.forEach(Member::start);
    }

    /**
     * {@return a group of one loop for each processor, with default options}
     */
    public static LoopGroup open() {
        return open(Runtime.getRuntime().availableProcessors());
    }

    /**
     * {@return a group with default options}
     *
     * @param size how many loops, from 1
     */
    public static LoopGroup open(int size) {
        return open(size, LoopOptions.defaults());
    }

    /**
     * Opens a group.
     *
     * @param size how many loops, from 1
     * @param options of each loop; the driver is made anew for each, everything else is shared and must bear that
     * @return the group; its loops run until it is closed
     */
    public static LoopGroup open(int size, LoopOptions options) {
        if (size < 1) {
            throw new IllegalArgumentException("a group cannot have " + size + " loops; from 1");
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
     * {@return its loops in turn, one at each call}
     */
    public EventLoop next() {
        return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
    }

    /**
     * Starts a task in the {@linkplain #next() next} loop, from any thread.
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
     * Starts a task in the {@linkplain #next() next} loop, from any thread.
     *
     * @param body what it runs
     * @return ends as the task does; cancelling it cancels the task
     * @throws RejectedExecutionException if the group is closed
     */
    public CompletableFuture<Void> submit(VoidBody<?> body) {
        return next().submit(body);
    }

    /**
     * Runs a body on the next loop and waits for it, in a task of another loop.
     *
     * <p><b>Cancellation.</b> Cancels the body and waits until it has ended; one that has not begun never runs.
     * <b>Threads.</b> What the body shares with the caller must bear two threads.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body runs as a task of its own on that loop, with the context of the caller
     * @return its value
     * @throws X as the body does
     * @throws TaskCancelledException if the body, and not the caller, was cancelled
     */
    @Awaits
    public <T extends @Nullable Object, X extends Throwable> T call(Body<? extends T, ? extends X> body) throws X {
        return LoopGroup.<T, X>callOn(next(), body);
    }

    /**
     * Runs a body on the next loop and waits for it; as {@link #call(Body)}.
     *
     * @param <X> what the body throws
     * @param body runs as a task of its own on that loop, with the context of the caller
     * @throws X as the body does
     */
    @Awaits
    public <X extends Throwable> void call(VoidBody<? extends X> body) throws X {
        this.<@Nullable Object, X>call(() -> {
            body.run();
            return null;
        });
    }

    /**
     * Runs a body on each loop, all at the same time, and waits for all. A failure cancels the others.
     *
     * <p><b>Cancellation.</b> Cancels the bodies and waits until they have ended.
     *
     * @param <T> the values
     * @param body runs once on each loop
     * @return the values, in the order of the loops
     * @throws GroupException if a body failed
     */
    @Awaits
    public <T extends @Nullable Object> List<T> callOnEach(Body<? extends T, ?> body) {
        var calls = new ArrayList<Body<T, ?>>(loops.size());
        for (EventLoop loop : loops) {
            calls.add(() -> LoopGroup.<T, Throwable>callOn(loop, body));
        }
        return Async.gather(calls);
    }

    /**
     * Runs a body on each loop, all at the same time, and waits for all; as {@link #callOnEach(Body)}.
     *
     * @param body runs once on each loop
     * @throws GroupException if a body failed
     */
    @Awaits
    public void callOnEach(VoidBody<?> body) {
        this.<@Nullable Object>callOnEach(() -> {
            body.run();
            return null;
        });
    }

    private static <T extends @Nullable Object, X extends Throwable> T callOn(
            EventLoop loop, Body<? extends T, ? extends X> body) throws X {
        Task.running().checkCancelled();
        var remote = new Remote<T>(body);
        CompletableFuture<T> result = loop.submit(remote::run);
        try {
            return Async.await(result, Throwable.class);
        } catch (CancelledError e) {
            remote.awaitEnd();
            throw e;
        } catch (Throwable e) {
            throw Sneaky.<X>as(e);
        }
    }

    /** A body on its way to another loop. */
    private static final class Remote<T extends @Nullable Object> {
        // By whoever comes first, of two loops.
        //
        //   0 -> BEGUN     the other loop runs it
        //   0 -> DROPPED   it was cancelled before
        private static final int BEGUN = 1;
        private static final int DROPPED = 2;

        private final Body<? extends T, ?> body;
        private final AtomicInteger state = new AtomicInteger();
        private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

        private Remote(Body<? extends T, ?> body) {
            this.body = body;
        }

        @SuppressWarnings("NullAway") // nobody gets that null: the future was cancelled
        private T run() throws Throwable {
            if (!state.compareAndSet(0, BEGUN)) {
                return null;
            }
            try {
                return body.run();
            } finally {
                ended.complete(null);
            }
        }

        private void awaitEnd() {
            if (!state.compareAndSet(0, DROPPED)) {
                Async.shield(AGES, () -> {
                    Async.await(ended);
                });
            }
        }
    }

    /**
     * Ends all loops at the same time, each as {@link EventLoop#close()} does: what is left of its tasks is cancelled
     * and waited for within the shutdown timeout of the options. Outside of loops the caller is held until all have
     * ended; a task waits.
     *
     * <p><b>Cancellation.</b> The loops end all the same; the caller does not wait for them.
     *
     * @throws IllegalStateException inside one of its loops, which would wait for itself; and if a loop broke down
     */
    @Awaits
    @Override
    public void close() {
        EventLoop here = EventLoop.currentIfAny();
        if (here != null && loops.contains(here)) {
            throw new IllegalStateException(this + " was closed inside " + here
                    + ", which would wait for itself; close it where it was opened");
        }
        members.forEach(member -> member.stop.complete(null));
        var all = CompletableFuture.allOf(
                members.stream().map(member -> member.ended).toArray(CompletableFuture<?>[]::new));
        if (here == null) {
            all.join();
        } else {
            Async.await(all);
        }
        throwFailures();
    }

    private void throwFailures() {
        IllegalStateException failed = null;
        for (Member member : members) {
            Throwable failure = member.failure;
            if (failure == null) {
                continue;
            }
            if (failed == null) {
                failed = new IllegalStateException(member.loop.name() + " of a group broke down: " + failure, failure);
            } else {
                failed.addSuppressed(failure);
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    @Override
    public String toString() {
        return "LoopGroup" + loops;
    }

    /** One loop and the thread that waits in its run. */
    private static final class Member implements Runnable {
        private final EventLoop loop;
        private final CompletableFuture<@Nullable Void> stop = new CompletableFuture<>();
        private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
        private volatile @Nullable Throwable failure; // by its thread, before `ended`

        private Member(EventLoop loop) {
            this.loop = loop;
        }

        private void start() {
            Thread.ofVirtual().name(loop.name() + " of a group").inheritInheritableThreadLocals(false).start(this);
        }

        @Override
        public void run() {
            try (loop) {
                loop.run(() -> {
                    Async.await(stop);
                });
            } catch (Throwable e) {
                failure = e;
            } finally {
                ended.complete(null);
            }
        }
    }
}
