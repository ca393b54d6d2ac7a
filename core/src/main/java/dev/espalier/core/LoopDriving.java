package dev.espalier.core;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Who drives a loop: a run to the end of a main task or until it is stopped, a step by hand, the close. One at a time. */
final class LoopDriving {
    private final EventLoop loop;
    private final Engine engine;

    /** The thread that runs, drives by hand or closes now. Swapped in and out by it, read by any. */
    private final AtomicReference<@Nullable Thread> driver = new AtomicReference<>();

    private final LoopThreads threads;
    private final Shutdown shutdown;
    private boolean stopped; // set with the turn, read and cleared by the thread that drives
    private volatile boolean closing; // set by close, read by any thread that sends a task
    private volatile String dropped = ""; // in words; by the thread that closes, read by any
    private volatile @Nullable Integer exitStatus; // set by a task, read by the thread that waits in run

    LoopDriving(EventLoop loop, Engine engine) {
        this.loop = loop;
        this.engine = engine;
        this.threads = new LoopThreads(loop, engine);
        this.shutdown = new Shutdown(loop);
    }

    void dropped(int callbacks, int timers) {
        dropped = callbacks + " callback(s) and " + timers + " timer(s) dropped";
    }

    boolean holdBack(Submission<?> submission) {
        return shutdown.holdBack(submission);
    }

    boolean isDriven() {
        return driver.get() != null;
    }

    // ---- tasks from any thread

    <T extends @Nullable Object> CompletableFuture<T> submit(@Nullable String name, Body<? extends T, ?> body) {
        if (closing) {
            throw new RejectedExecutionException(loop.name() + " is closed, or being closed, and begins no task");
        }
        var submission = new Submission<T>(loop, name, body);
        loop.send(submission);
        return submission.future();
    }

    // ---- a run

    <T extends @Nullable Object, X extends Throwable> T run(Body<? extends T, ? extends X> body) throws X {
        var main = new Main<T>(body); // asks context carriers, which may throw
        drive("run", main);
        return main.<X>result();
    }

    void runForever() {
        var forever = new Forever();
        drive("runForever", forever);
        CancelReason reason = forever.stoppedBy;
        if (reason != null && reason.kind() == CancelReason.Kind.SIGNAL) {
            throw CtrlC.exitingQuietly(new CancelledError("runForever", reason));
        }
    }

    private void drive(String what, Drive drive) {
        claim(what);
        try (var _ = CtrlC.during(loop, () -> cancelFromOutside(drive, CtrlC.REASON));
                var _ = JvmEnd.during(loop, reason -> cancelFromOutside(drive, reason))) {
            Thread thread = threads.unstarted(drive);
            thread.start();
            awaitEnd(thread, drive);
        } finally {
            driver.set(null);
        }
        Integer status = exitStatus;
        if (status != null) {
            System.exit(status);
        }
        if (drive.broken != null) {
            throw new IllegalStateException(loop.name() + " did not come to its end: " + drive.broken, drive.broken);
        }
    }

    /** By a thread that nobody waits for: the run may be over, and the loop closed. */
    private void cancelFromOutside(Drive drive, CancelReason reason) {
        try {
            drive.cancel(reason);
        } catch (RejectedExecutionException e) {
            assert loop.isClosed() : e;
        }
    }

    private void awaitEnd(Thread thread, Drive drive) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                drive.cancel(new CancelReason(
                        CancelReason.Kind.INTERRUPT, "the thread that waits in run was interrupted", null));
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the thread of the loop does while another one waits for its end. */
    private abstract class Drive implements Runnable {
        private @Nullable Throwable broken; // by the loop's thread, read by the waiting one after it has ended

        @Override
        public final void run() {
            try {
                driver.set(Thread.currentThread());
                driveToEnd();
            } catch (Throwable e) {
                broken = e;
            }
        }

        abstract void driveToEnd();

        /** Any thread. */
        abstract void cancel(CancelReason reason);
    }

    private final class Main<T extends @Nullable Object> extends Drive {
        private final Body<? extends T, ?> body;
        private final StackTraceElement[] startedAt = Task.traceIfWanted(loop);

        /** By the loop's thread; read by callbacks, and by the waiting thread after the end. */
        private @Nullable Task<T> task;

        private Main(Body<? extends T, ?> body) {
            this.body = Inherited.body(loop, body);
        }

        @Override
        void driveToEnd() {
            var main = new Task<T>(loop.root(), null, "main", () -> {
                try {
                    return body.run();
                } finally {
                    loop.scheduler.requestVisit();
                }
            }, startedAt);
            task = main;
            runStarted();
            loop.taskStarted(main);
            while (main.state() instanceof Awaitable.Pending) {
                loop.scheduler.turn(-1, false);
            }
            endRun();
        }

        @Override
        void cancel(CancelReason reason) {
            loop.send(() -> {
                if (task != null) {
                    task.request(reason);
                }
            });
        }

        private <X extends Throwable> T result() throws X {
            if (task == null) {
                throw new AssertionError("a drive that is whole has had its task");
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

    private final class Forever extends Drive {
        private @Nullable CancelReason stoppedBy; // by the holder of the turn, read by the waiting thread after the end

        @Override
        void driveToEnd() {
            stopped = false;
            runStarted();
            while (!stopped) {
                loop.scheduler.turn(-1, false);
            }
            if (exitStatus != null || (stoppedBy != null && stoppedBy.kind() == CancelReason.Kind.SIGNAL)) {
                endRun(); // nobody may have the time to close the loop
            } else {
                runEnded();
            }
        }

        @Override
        void cancel(CancelReason reason) {
            loop.send(() -> {
                stoppedBy = reason;
                stop();
            });
        }
    }

    /** With the turn. */
    void stop() {
        stopped = true;
        loop.scheduler.requestVisit();
    }

    private void runStarted() {
        if (loop.instruments != null) {
            loop.instruments.later(instrument -> instrument.runStarted(loop));
        }
    }

    private void runEnded() {
        if (loop.instruments != null) {
            loop.instruments.later(instrument -> instrument.runEnded(loop));
            loop.soon(() -> {});
            loop.scheduler.turn(0, true);
        }
    }

    private void endRun() {
        shutdown.ofRun();
        runEnded();
        if (shutdown.refused().isEmpty()) {
            loop.renewRoot();
        }
    }

    void exit(int status) {
        exitStatus = status;
        loop.root().request(new CancelReason(CancelReason.Kind.SHUTDOWN, "exit with status " + status, null));
        stop();
    }

    // ---- by hand

    boolean runOnce(long maxWait) {
        claim("runOnce");
        try {
            threads.run(() -> loop.scheduler.turn(maxWait, true));
            return !loop.scheduler.isQuiet();
        } finally {
            driver.set(null);
        }
    }

    void close() {
        claim("close");
        closing = true;
        try {
            threads.run(shutdown::ofLoop);
        } finally {
            shutdown.letGo();
            loop.refuse();
            driver.set(null);
        }
    }

    static void checkOutside(String what) {
        Coroutine inside = Coroutine.current();
        if (inside != null) {
            Task<?> task = inside.task;
            throw Place.misuse(what + " was called inside " + inside + " of " + inside.scheduler
                    + ", which it would hold; await, or start a task in a TaskGroup",
                    inside + " was started here", task == null ? List.of() : List.of(task.startedAt()));
        }
    }

    private void claim(String what) {
        checkOutside("EventLoop." + what);
        if (loop.isClosed()) {
            throw new IllegalStateException(loop.name() + " is closed");
        }
        if (!shutdown.refused().isEmpty() && !what.equals("close")) {
            throw new IllegalStateException(loop.name() + " cannot run again: tasks refused to end: " + shutdown.refused());
        }
        Thread other = driver.compareAndExchange(null, Thread.currentThread());
        if (other != null) {
            throw new IllegalStateException(loop.name() + " is driven by thread '" + other.getName() + "' already");
        }
    }

    String describe() {
        Thread by = driver.get();
        if (by == null) {
            return loop.isClosed() ? "closed, " + dropped : "not driven";
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
