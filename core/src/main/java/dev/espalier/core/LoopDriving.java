package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Who drives a loop, and the phases of a run: the main task; then the tasks that are left, cancelled and waited for within a
 * bound; what refuses to end is reported. Closing then releases the offload threads, the timers and the channels, in this
 * order.
 */
final class LoopDriving {
    private final EventLoop loop;
    private final Engine engine;

    /** The thread that runs, drives by hand or closes now. Swapped in and out by it, read by any. */
    private final AtomicReference<@Nullable Thread> driver = new AtomicReference<>();

    /** Tasks that outlived a shutdown; while there are any, the loop cannot run again. By the driving thread. */
    private List<String> refused = List.of();

    private volatile @Nullable Integer exitStatus; // set by a task, read by the thread that waits in run

    LoopDriving(EventLoop loop, Engine engine) {
        this.loop = loop;
        this.engine = engine;
    }

    boolean isDriven() {
        return driver.get() != null;
    }

    // ---- tasks from any thread

    <T extends @Nullable Object> CompletableFuture<T> submit(@Nullable String name, Body<? extends T, ?> body) {
        var submission = new Submission<T>(loop, name, body);
        loop.send(submission);
        return submission.future;
    }

    /** A task on its way into the loop. */
    static final class Submission<T extends @Nullable Object> implements Droppable {
        private final EventLoop loop;
        private final @Nullable String name;
        private final Body<? extends T, ?> body;
        private final StackTraceElement[] startedAt;
        private final CompletableFuture<T> future;

        private Submission(EventLoop loop, @Nullable String name, Body<? extends T, ?> body) {
            this.loop = loop;
            this.name = name;
            this.startedAt = Task.traceIfWanted(loop);
            this.body = Inherited.body(loop, body);
            this.future = new LoopFuture<>(loop);
        }

        @Override
        public void run() {
            if (future.isDone()) {
                return; // cancelled before it began
            }
            var task = new Task<T>(loop.root(), null, name, body, startedAt);
            loop.taskStarted(task);
            task.completes(future);
            future.whenComplete((_, _) -> {
                if (future.isCancelled()) {
                    task.cancel("its future was cancelled");
                }
            });
        }

        @Override
        public void drop(RejectedExecutionException why) {
            future.completeExceptionally(why);
        }
    }

    // ---- a run

    <T extends @Nullable Object, X extends Throwable> T run(Body<? extends T, ? extends X> body) throws X {
        var main = new Main<T>(body); // asks context carriers, which may throw
        claim("run");
        try (var _ = loop.options().interrupts() ? CtrlC.onFirst(() -> main.cancel(CtrlC.REASON)) : CtrlC.NONE) {
            Thread thread = loopThread(main);
            thread.start();
            awaitEnd(thread, main);
        } finally {
            driver.set(null);
        }
        Integer status = exitStatus;
        if (status != null) {
            System.exit(status);
        }
        return main.<X>result();
    }

    private Thread loopThread(Runnable work) {
        return engine instanceof CarrierEngine
                ? Thread.ofPlatform().name("espalier-" + loop.name()).stackSize(loop.options().stackSize()).unstarted(work)
                : Thread.ofVirtual().name("espalier-" + loop.name()).unstarted(work);
    }

    private void awaitEnd(Thread thread, Main<?> main) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                main.cancel(new CancelReason(
                        CancelReason.Kind.INTERRUPT, "the thread that waits in run was interrupted", null));
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The main task of a run. */
    private final class Main<T extends @Nullable Object> implements Runnable {
        private final Body<? extends T, ?> body;
        private final StackTraceElement[] startedAt = Task.traceIfWanted(loop);

        // Written by the loop's thread, read by the waiting one after it has ended; `task` is read by callbacks too.
        private @Nullable Task<T> task;
        private @Nullable Throwable broken;

        private Main(Body<? extends T, ?> body) {
            this.body = Inherited.body(loop, body);
        }

        @Override
        public void run() {
            try {
                driver.set(Thread.currentThread());
                var main = new Task<T>(loop.root(), null, "main", () -> {
                    try {
                        return body.run();
                    } finally {
                        loop.scheduler.requestVisit();
                    }
                }, startedAt);
                task = main;
                loop.taskStarted(main);
                while (main.state() instanceof Awaitable.Pending) {
                    loop.scheduler.turn(-1, false);
                }
                windDown();
                if (refused.isEmpty()) {
                    loop.renewRoot();
                }
            } catch (Throwable e) {
                broken = e;
            }
        }

        void cancel(CancelReason reason) {
            loop.send(() -> {
                if (task != null) {
                    task.request(reason);
                }
            });
        }

        private <X extends Throwable> T result() throws X {
            if (task == null || broken != null) {
                throw new IllegalStateException(loop.name() + " did not come to its end: " + broken, broken);
            }
            return switch (task.state()) {
                case Awaitable.Succeeded<T>(var value) -> value;
                case Awaitable.Failed<T>(var failure) -> throw Sneaky.<X>as(failure);
                case Awaitable.Cancelled<T>(var reason) -> throw cancelled(reason);
                case Awaitable.Pending<T> _ -> throw new AssertionError("the run ended before its main task");
            };
        }

        private RuntimeException cancelled(CancelReason reason) {
            return switch (reason.kind()) {
                case SIGNAL, INTERRUPT -> throw CtrlC.exitingQuietly(new CancelledError("main", reason));
                default -> new TaskCancelledException("the main task was cancelled: " + reason);
            };
        }
    }

    /** Cancels what is left of the tasks and waits for it within the shutdown timeout. On the thread that drives. */
    private void windDown() {
        if (loop.taskCount() == 0) {
            return;
        }
        loop.root().request(new CancelReason(CancelReason.Kind.SHUTDOWN, loop.name() + " shuts down", null));
        // On both clocks: a virtual one may jump to the end at once, or never move.
        long bound = Nanos.of(loop.options().shutdownTimeout());
        long real = System.nanoTime() + bound;
        long limit = loop.now() + bound;
        loop.scheduler.visitOften(true);
        while (loop.taskCount() > 0) {
            long left = Math.min(limit - loop.now(), real - System.nanoTime());
            if (left <= 0) {
                reportRefused();
                break;
            }
            loop.scheduler.turn(left, false);
        }
        loop.scheduler.visitOften(false);
    }

    private void reportRefused() {
        var left = new ArrayList<String>();
        loop.root().eachTask(task -> left.add(task.toString()));
        refused = left;
        String message = left.size() + " task(s) did not end within " + loop.options().shutdownTimeout()
                + " of being cancelled at the end of " + loop.name() + ": " + left;
        loop.scheduler.post(new EventLoop.Handle(
                loop,
                () -> loop.report(new ErrorReport(
                        ErrorReport.Kind.SHUTDOWN, "shutdown incomplete", new IllegalStateException(message), null))));
        loop.scheduler.turn(0, true);
    }

    void exit(int status) {
        exitStatus = status;
        loop.root().request(new CancelReason(CancelReason.Kind.SHUTDOWN, "exit with status " + status, null));
    }

    // ---- by hand

    boolean runOnce(long maxWait) {
        claim("runOnce");
        try {
            onDrivingThread(() -> loop.scheduler.turn(maxWait, true));
            return !loop.scheduler.isQuiet();
        } finally {
            driver.set(null);
        }
    }

    void close() {
        claim("close");
        try {
            onDrivingThread(() -> {
                windDown();
                loop.scheduler.endIdle();
            });
        } finally {
            loop.refuse();
            driver.set(null);
        }
    }

    /** Only a platform thread can carry coroutines, so on the carrier engine a virtual thread has one do it. */
    private void onDrivingThread(Runnable work) {
        boolean flag = Thread.interrupted(); // carrying a virtual thread clears the flag, and so does polling
        try {
            if (engine instanceof CarrierEngine && Thread.currentThread().isVirtual()) {
                onThreadOfItsOwn(work);
            } else {
                work.run();
            }
        } finally {
            if (flag) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void onThreadOfItsOwn(Runnable work) {
        var failure = new AtomicReference<@Nullable Throwable>();
        Thread thread = loopThread(work);
        thread.setUncaughtExceptionHandler((_, e) -> failure.set(e));
        thread.start();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw Sneaky.<RuntimeException>as(thrown);
        }
    }

    static void checkOutside(String what) {
        Coroutine inside = Coroutine.current();
        if (inside != null) {
            throw new IllegalStateException(what + " was called inside " + inside + " of " + inside.scheduler
                    + ", which it would hold; await, or start a task in a TaskGroup");
        }
    }

    private void claim(String what) {
        checkOutside("EventLoop." + what);
        if (loop.isClosed()) {
            throw new IllegalStateException(loop.name() + " is closed");
        }
        if (!refused.isEmpty() && !what.equals("close")) {
            throw new IllegalStateException(loop.name() + " cannot run again: tasks refused to end: " + refused);
        }
        Thread other = driver.compareAndExchange(null, Thread.currentThread());
        if (other != null) {
            throw new IllegalStateException(loop.name() + " is driven by thread '" + other.getName() + "' already");
        }
    }

    String describe() {
        Thread by = driver.get();
        if (by == null) {
            return loop.isClosed() ? "closed" : "not driven";
        }
        Coroutine pinned = engine.pinned();
        if (pinned != null) {
            return "stuck: " + pinned + " awaits while a class initialiser or a native frame on its stack pins its thread"
                    + Traces.innermost(pinned.thread);
        }
        Coroutine holder = loop.scheduler.running();
        if (holder == null) {
            return "waits for events on thread '" + by.getName() + "'";
        }
        Thread.State state = holder.thread.getState();
        return switch (state) {
            case BLOCKED, WAITING, TIMED_WAITING -> "held by " + holder + ", whose thread is " + state
                    + " outside the library" + Traces.innermost(holder.thread);
            default -> "runs " + holder;
        };
    }
}
