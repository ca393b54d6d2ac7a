package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.Instrument;
import dev.espalier.core.spi.IoDriver;
import dev.espalier.core.spi.LoopRandom;
import dev.espalier.core.spi.LoopStatistics;
import dev.espalier.core.spi.OffloadStatistics;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.core.spi.TimerSnapshot;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One event loop: the callback level under tasks, for authors of frameworks. Applications need {@link Async#run(Body)}.
 *
 * <p>Exactly one task or callback of a loop runs at a time. A loop is driven by {@link #run(Body)}, again and again if wished,
 * or by hand with {@link #runOnce(Duration)}, and is closed by its creator.
 *
 * <p><b>Threads.</b> {@link #callSoonThreadsafe}, {@link #execute}, {@link #submit(Body)}, {@link #setDebug}, {@link
 * #name()} and {@link #toString()} may be called by any thread; {@link #run(Body)} and {@link #runOnce} by any thread outside the loop, one at a
 * time; everything else by tasks and callbacks of the loop, or by anyone while nobody drives it.
 *
 * <p><b>Ordering.</b> What a thread does before sending a callback happens-before the callback. Callbacks of one thread run
 * in the order in which it sent them.
 */
public final class EventLoop implements Executor, AutoCloseable {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final String name;
    private final LoopOptions options;
    private final IoDriver driver;
    final Scheduler scheduler;
    private final Engine engine;
    private final OffloadPool offload;
    private final LoopDriving driving;
    private final LoopWatch watch;
    private final Swallowed swallowed = new Swallowed(this);
    private volatile boolean closed; // set by close, read by any thread that sends
    private volatile boolean debug; // set and read by any thread; never read on the path of a switch

    // By the holder of the turn.
    private LoopRoot root;
    private long taskIds;
    private long tasks;
    private final Set<Unread> unread = new LinkedHashSet<>(0);
    @Nullable Instruments instruments; // null without any
    int external; // waits for something outside the loop
    private @Nullable Map<Local<?>, Object> locals; // mostly not needed

    private EventLoop(LoopOptions options) {
        String number = "loop-" + NUMBERS.incrementAndGet();
        this.name = options.name().isEmpty() ? number : number + " (" + options.name() + ")";
        this.options = options;
        this.debug = options.debug();
        this.engine = EngineChoice.of(options.engine());
        this.driver = options.driver().get();
        this.scheduler = new Scheduler(this, engine, driver, options);
        this.offload = new OffloadPool(name, options.offloadThreads());
        this.driving = new LoopDriving(this, engine);
        this.watch = new LoopWatch(this, engine);
        this.root = new LoopRoot(this);
    }

    // ---- finding and making

    /**
     * {@return the loop whose task or callback runs on this thread}
     *
     * @throws IllegalStateException if there is none
     */
    public static EventLoop current() {
        EventLoop loop = currentIfAny();
        if (loop == null) {
            throw new IllegalStateException("thread '" + Thread.currentThread().getName()
                    + "' runs no task and no callback of a loop; enter one with Async.run");
        }
        return loop;
    }

    /**
     * {@return the loop whose task or callback runs on this thread; null if there is none}
     */
    public static @Nullable EventLoop currentIfAny() {
        Coroutine holder = Coroutine.current();
        return holder == null ? null : holder.scheduler.loop();
    }

    /**
     * Makes a loop.
     *
     * @param options how
     * @return the loop, to be closed by the caller
     * @throws IllegalStateException if the options ask for the carrier engine and it cannot run here
     */
    public static EventLoop create(LoopOptions options) {
        Preload.exceptions();
        var loop = new EventLoop(options);
        loop.scheduler.reserveRunner();
        LiveLoops.add(loop);
        Watchdog.watch();
        return loop;
    }

    // ---- callbacks

    /**
     * Runs a callback in the next tick. Callbacks run in the order of these calls.
     *
     * <p>Where {@code java.lang} is not open to the library, callbacks may see thread-locals that other callbacks left behind;
     * tasks never do.
     *
     * @param callback what to run; it must not block and cannot await; what it throws goes to the error sink
     * @return cancels it
     * @throws RejectedExecutionException if the loop is closed
     */
    public Handle callSoon(Runnable callback) {
        checkTurn(callback);
        checkTakes();
        return soon(Inherited.callback(this, callback));
    }

    /** As {@link #callSoon}, for the library's own callbacks and those of users that were registered before: they take nothing along. */
    Handle soon(Runnable callback) {
        var handle = new Handle(this, callback);
        scheduler.ready.add(handle);
        return handle;
    }

    /**
     * Runs a callback later. Callbacks of one moment run in the order in which they were set.
     *
     * @param delay from now; zero or negative: in the next tick
     * @param callback as {@link #callSoon}
     * @return cancels it
     * @throws RejectedExecutionException if the loop is closed
     */
    public Handle callLater(Duration delay, Runnable callback) {
        return callAt(new Deadline(now() + Nanos.of(delay)), callback);
    }

    /**
     * Runs a callback at a moment of the loop's clock, never before it.
     *
     * @param moment when; one that has passed: in the next tick
     * @param callback as {@link #callSoon}
     * @return cancels it
     * @throws RejectedExecutionException if the loop is closed
     */
    public Handle callAt(Deadline moment, Runnable callback) {
        checkTurn(callback);
        checkTakes();
        var handle = new Handle(this, Inherited.callback(this, callback));
        scheduler.timers.add(handle, moment.nanos());
        return handle;
    }

    /**
     * Runs a callback soon; may be called by any thread and wakes the loop.
     *
     * @param callback as {@link #callSoon}
     * @return cancels it
     * @throws RejectedExecutionException if the loop is closed
     */
    public Handle callSoonThreadsafe(Runnable callback) {
        return send(Inherited.callback(this, callback));
    }

    /** As {@link #callSoonThreadsafe}, for the library's own callbacks: they take nothing along. */
    Handle send(Runnable callback) {
        var handle = new Handle(this, callback);
        if (!closed) {
            scheduler.post(handle);
        }
        if (closed && handle.cancel()) {
            checkTakes();
        }
        return handle;
    }

    /** Refuses callbacks once the loop is closed. */
    void checkTakes() {
        if (closed) {
            throw new RejectedExecutionException(name + " is closed and takes no callbacks");
        }
    }

    /**
     * Makes an action that sends a callback to this loop, at most once at a time: while the callback is on its way, running the
     * action again does nothing. For producers that say "there is work" far more often than the loop can look.
     *
     * {@snippet class="dev.espalier.core.LoopSnippetsTest" region="coalescing"}
     *
     * <p><b>Threads.</b> Any thread may call this and run the action. <b>Ordering.</b> What a thread does before it runs the
     * action happens-before a run of the callback that begins after it. There is no order with other callbacks.
     *
     * @param callback as {@link #callSoon}
     * @return the action; it throws {@link RejectedExecutionException} if the loop is closed
     */
    public Runnable coalescing(Runnable callback) {
        return new Coalesced(this, Inherited.callback(this, callback));
    }

    /**
     * As {@link #callSoonThreadsafe}: a loop is an executor.
     *
     * @param command what to run; it must not block and cannot await
     * @throws RejectedExecutionException if the loop is closed
     */
    @Override
    public void execute(Runnable command) {
        callSoonThreadsafe(command);
    }

    /** A scheduled callback. */
    public static final class Handle extends Schedulable {
        private static final VarHandle CALLBACK;

        static {
            try {
                CALLBACK = MethodHandles.lookup().findVarHandle(Handle.class, "callback", Runnable.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final EventLoop loop;
        private final StackTraceElement @Nullable [] createdAt; // only in debug mode

        /** Null once it ran or was cancelled. Swapped to null by whoever comes first, of any thread. */
        private volatile @Nullable Runnable callback;

        Handle(EventLoop loop, Runnable callback) {
            this.loop = loop;
            this.callback = callback;
            this.createdAt = loop.isDebug() ? Traces.ofCaller() : null;
        }

        /**
         * Cancels the callback. Any thread may call this.
         *
         * @return true if it will not run because of this call; false if it ran, runs, or was cancelled before
         */
        public boolean cancel() {
            if (take() == null) {
                return false;
            }
            if (loop.holdsTurn()) {
                loop.scheduler.timers.remove(this);
            } else if (!loop.closed) {
                loop.scheduler.post(new Handle(loop, () -> loop.scheduler.timers.remove(this)));
            }
            return true;
        }

        private @Nullable Runnable take() {
            return (Runnable) CALLBACK.getAndSet(this, null);
        }

        @Override
        void runFresh() {
            Runnable code = take();
            if (code == null) {
                return;
            }
            Instruments watching = loop.instruments;
            if (watching != null) {
                watching.flush();
            }
            try {
                code.run();
            } catch (Throwable e) {
                loop.report(new ErrorReport(ErrorReport.Kind.CALLBACK, "a callback failed", e, null, code.toString(),
                        createdAt == null ? List.of() : List.of(createdAt)));
            }
            if (watching != null) {
                watching.flush(); // what it started is told as its doing, before another step begins
            }
        }

        @Override
        TimerSnapshot timer() {
            return new TimerSnapshot(
                    new Deadline(when), "callback " + callback, null, createdAt == null ? List.of() : List.of(createdAt));
        }

        @Override
        void timerFired() {
            loop.scheduler.ready.add(this);
        }

        @Override
        public String toString() {
            Runnable code = callback;
            return code == null ? "Handle[done]" : "Handle[" + code + "]";
        }
    }

    /**
     * A value of which each loop has its own, for as long as the loop lives: a cache, a counter, a pool.
     *
     * {@snippet class="dev.espalier.core.ContextSnippetsTest" region="local"}
     *
     * <p><b>Threads.</b> Used by tasks and callbacks; each sees the value of its loop.
     *
     * @param <T> the value
     */
    public static final class Local<T> {
        private final String name;

        private Local(String name) {
            this.name = name;
        }

        /**
         * {@return a loop-local that has no value in any loop yet}
         *
         * @param <T> the value
         * @param name its name in error messages
         */
        public static <T> Local<T> named(String name) {
            return new Local<>(name);
        }

        /**
         * {@return the value in the current loop}
         *
         * @throws IllegalStateException if it has none, or outside a loop
         */
        public T get() {
            return find().orElseThrow(() -> new IllegalStateException("loop-local '" + name + "' has no value in "
                    + current().name() + "; give it one with set or computeIfAbsent"));
        }

        /**
         * {@return the value in the current loop; empty if it has none}
         *
         * @throws IllegalStateException outside a loop
         */
        @SuppressWarnings("unchecked") // only set puts values under this key
        public Optional<T> find() {
            var locals = current().locals;
            return locals == null ? Optional.empty() : Optional.ofNullable((T) locals.get(this));
        }

        /**
         * Sets the value in the current loop.
         *
         * @param value the value
         * @throws IllegalStateException outside a loop
         */
        public void set(T value) {
            EventLoop loop = current();
            Map<Local<?>, Object> locals = loop.locals == null ? new IdentityHashMap<>() : loop.locals;
            loop.locals = locals;
            locals.put(this, Objects.requireNonNull(value, name));
        }

        /**
         * Returns the value in the current loop, and makes it first if there is none.
         *
         * @param maker makes the value; it must not await
         * @return the value
         * @throws IllegalStateException outside a loop
         */
        public T computeIfAbsent(Supplier<? extends T> maker) {
            return find().orElseGet(() -> {
                T made = maker.get();
                set(made);
                return made;
            });
        }

        @Override
        public String toString() {
            return "EventLoop.Local[" + name + "]";
        }
    }

    // ---- tasks

    /**
     * Starts a task from any thread.
     *
     * @param <T> its value
     * @param body what it runs
     * @return ends as the task does; cancelling it cancels the task
     * @throws RejectedExecutionException if the loop is closed
     */
    public <T extends @Nullable Object> CompletableFuture<T> submit(Body<? extends T, ?> body) {
        return driving.submit(null, body);
    }

    /**
     * Starts a task from any thread.
     *
     * @param body what it runs
     * @return ends as the task does; cancelling it cancels the task
     * @throws RejectedExecutionException if the loop is closed
     */
    @SuppressWarnings("NullAway") // Void has no other value
    public CompletableFuture<Void> submit(VoidBody<?> body) {
        return driving.submit(null, () -> {
            body.run();
            return null;
        });
    }

    /**
     * Starts a task with a name from any thread.
     *
     * @param <T> its value
     * @param taskName its name in errors, dumps and thread lists
     * @param body what it runs
     * @return ends as the task does; cancelling it cancels the task
     * @throws RejectedExecutionException if the loop is closed
     */
    public <T extends @Nullable Object> CompletableFuture<T> submit(String taskName, Body<? extends T, ?> body) {
        return driving.submit(taskName, body);
    }

    /**
     * Starts a task with a name from any thread.
     *
     * @param taskName its name in errors, dumps and thread lists
     * @param body what it runs
     * @return ends as the task does; cancelling it cancels the task
     * @throws RejectedExecutionException if the loop is closed
     */
    @SuppressWarnings("NullAway") // Void has no other value
    public CompletableFuture<Void> submit(String taskName, VoidBody<?> body) {
        return driving.submit(taskName, () -> {
            body.run();
            return null;
        });
    }

    /**
     * Drives the loop until a main task has ended, then cancels what is left of its tasks and waits for them.
     *
     * <p><b>Threads.</b> The loop runs on a thread of its own; the caller waits. Interrupting the caller cancels the main task.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body the main task
     * @return its value
     * @throws X as the body does
     * @throws CancelledError if the run was cancelled from outside: by Ctrl-C or an interrupt
     * @throws TaskCancelledException if the main task cancelled itself
     * @throws IllegalStateException on a thread of this or another loop, and while somebody drives this loop
     */
    public <T extends @Nullable Object, X extends Throwable> T run(Body<? extends T, ? extends X> body) throws X {
        return driving.run(body);
    }

    /**
     * Drives the loop until a main task has ended; as {@link #run(Body)}.
     *
     * @param <X> what the body throws
     * @param body the main task
     * @throws X as the body does
     */
    @SuppressWarnings("NullAway") // Void has no other value
    public <X extends Throwable> void run(VoidBody<? extends X> body) throws X {
        driving.<Void, X>run(() -> {
            body.run();
            return null;
        });
    }

    /**
     * Drives the loop by hand: polls once, then runs one tick, what is ready at its beginning.
     *
     * @param maxWait how long to wait if nothing is ready; zero or negative does not wait
     * @return whether something is ready to run now
     * @throws IllegalStateException on a thread of this or another loop, and while somebody drives this loop
     */
    public boolean runOnce(Duration maxWait) {
        return driving.runOnce(Math.max(0, Nanos.of(maxWait)));
    }

    /**
     * Drives the loop until {@link #stop} is called. Its tasks, timers and callbacks stay as they are, for whoever drives it next
     * or closes it.
     *
     * <p><b>Threads.</b> As {@link #run(Body)}. Interrupting the caller stops the loop.
     *
     * @throws CancelledError if Ctrl-C stopped it, where the options ask for that
     * @throws IllegalStateException as {@link #run(Body)}
     */
    public void runForever() {
        driving.runForever();
    }

    /**
     * Lets {@link #runForever} return after the present tick; the next call of it, if nobody is in it now and nobody drives the
     * loop. It does not end a {@link #run(Body)}: cancel the main task for that.
     *
     * <p><b>Threads.</b> Any.
     */
    public void stop() {
        onLoop(_ -> driving.stop());
    }

    /**
     * {@return whether somebody drives the loop now, or closes it}
     *
     * <p><b>Threads.</b> Any. The answer may be out of date when it arrives.
     */
    public boolean isRunning() {
        return driving.isDriven();
    }

    /**
     * {@return whether the loop is closed}
     *
     * <p><b>Threads.</b> Any.
     */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Ends the loop, in phases: no task begins from here on; its tasks are cancelled and waited for; offloaded bodies that were
     * abandoned are interrupted and waited for; nothing is taken any more; timers and callbacks that have not run are dropped;
     * the driver is closed. Each wait lasts at most the shutdown timeout, and what has not ended by then is reported to the
     * error sink, with its stack. Does nothing the second time.
     *
     * @throws IllegalStateException on a thread of this loop, and while somebody drives it
     */
    @Override
    public void close() {
        if (!closed) {
            driving.close();
        }
    }

    /** Called while closing, by the thread that does it: nothing can be sent from here on. */
    void refuse() {
        closed = true;
        int callbacks = 0;
        for (Schedulable item = scheduler.pollUnrun(); item != null; item = scheduler.pollUnrun()) {
            Runnable callback = item instanceof Handle handle ? handle.take() : null;
            if (callback instanceof Droppable awaited) {
                awaited.drop(new RejectedExecutionException(name + " was closed before its turn came"));
            } else if (callback != null) {
                callbacks++;
            }
        }
        driving.dropped(callbacks, scheduler.timers.size());
        root.eachTask(task -> task.giveUp(new RejectedExecutionException(name + " was closed, and " + task + " has not ended")));
        locals = null;
        offload.close();
        driver.close();
        LiveLoops.remove(this);
    }

    // ---- reading

    /**
     * {@return the loop's name: its number in this JVM, as {@code loop-1}, and the {@linkplain LoopOptions#name() name} it was given,
     * as {@code loop-1 (billing)}}
     */
    public String name() {
        return name;
    }

    /**
     * {@return how the coroutines of this loop take turns; never {@code AUTO}}
     */
    public LoopOptions.Engine engine() {
        return engine instanceof CarrierEngine ? LoopOptions.Engine.CARRIER : LoopOptions.Engine.HANDOFF;
    }

    /**
     * {@return the thread of the task or callback that has the turn now; null while the loop waits or nobody drives it}
     *
     * <p><b>Threads.</b> Any; for watchdogs. The answer may be out of date when it arrives.
     */
    public @Nullable Thread turnHolder() {
        Coroutine holder = scheduler.running();
        return holder == null ? null : holder.thread;
    }

    /**
     * {@return the time, in nanoseconds of the loop's clock}
     */
    public long now() {
        return options.clock().nanoTime();
    }

    /**
     * {@return the loop's random numbers}
     */
    public LoopRandom random() {
        return options.random();
    }

    /**
     * {@return when the next timer fires, in nanoseconds of the loop's clock; empty without timers}
     */
    public OptionalLong nextTimer() {
        return scheduler.timers.size() == 0 ? OptionalLong.empty() : OptionalLong.of(scheduler.timers.earliest());
    }

    /**
     * {@return the timers that are set, in the order in which they will fire}
     */
    public List<TimerSnapshot> timers() {
        checkTurn(this);
        return scheduler.timers.inOrder().stream().map(Schedulable::timer).toList();
    }

    /**
     * {@return counts}
     */
    public LoopStatistics statistics() {
        Hogs hogs = scheduler.fairness().hogs;
        return new LoopStatistics(tasks, scheduler.ready.count(), scheduler.timers.size(), external, scheduler.ticks(),
                scheduler.steps(), hogs.total(), hogs.worst(), watch.slowSteps(), watch.slowest());
    }

    /**
     * {@return counts of the threads for bodies that block}
     */
    public OffloadStatistics offloadStatistics() {
        checkTurn(this);
        return offload.statistics();
    }

    /**
     * {@return what the living tasks do now, parents before their children}
     *
     * <p><b>Threads.</b> Any. A thread outside the loop looks while the loop goes on: it need not see a task that begins or ends
     * meanwhile.
     */
    public List<TaskSnapshot> tasks() {
        if (holdsTurn() || !driving.isDriven()) {
            var snapshots = new ArrayList<TaskSnapshot>();
            root.eachTask(task -> snapshots.add(task.snapshot()));
            return snapshots;
        }
        return new OutsideView(root).tasks();
    }

    /**
     * {@return the tasks and scopes of this loop as a tree in text: what each waits for, where it is, and in debug mode where it
     * was started}
     *
     * <p><b>Threads.</b> Any. A loop that is held is looked at from outside, after a tenth of a second in which it did not answer;
     * the text then says so, and may miss what begins or ends at that moment.
     */
    public String dump() {
        return LoopDump.of(this);
    }

    /**
     * {@return the dumps of all loops of this JVM that are not closed}
     *
     * <p><b>Threads.</b> Any.
     */
    public static String dumpAll() {
        return Arrays.stream(LiveLoops.all()).map(EventLoop::dump).collect(Collectors.joining("\n"));
    }

    // ---- instruments

    /**
     * Lets an instrument watch this loop from now on. Does nothing if it does so already.
     *
     * <p><b>Threads.</b> Any. From outside the loop it takes effect when the loop gets to it.
     *
     * @param instrument is told what the tasks do
     */
    public void addInstrument(Instrument instrument) {
        changeInstruments(() -> {
            Instruments all = instruments == null ? new Instruments(this) : instruments;
            instruments = all;
            all.add(instrument);
        });
    }

    /**
     * Ends the watching of an instrument. Does nothing if it does not watch this loop.
     *
     * <p><b>Threads.</b> Any. From outside the loop it takes effect when the loop gets to it.
     *
     * @param instrument what was added
     */
    public void removeInstrument(Instrument instrument) {
        changeInstruments(() -> {
            if (instruments != null && !instruments.remove(instrument)) {
                instruments = null;
            }
        });
    }

    private void changeInstruments(Runnable change) {
        if (driving.isDriven()) {
            onLoop(_ -> change.run());
        } else {
            change.run();
        }
    }

    // ---- debug mode

    /**
     * Switches debug mode on or off. In debug mode tasks and callbacks remember where they were started, and their failures tell
     * it; a task that catches its cancellation and goes on is told to the warning sink; slow steps are logged.
     *
     * <p><b>Threads.</b> Any. It applies to what happens from then on.
     *
     * @param on whether debug mode is on
     */
    public void setDebug(boolean on) {
        debug = on;
    }

    /**
     * {@return whether debug mode is on}
     *
     * <p><b>Threads.</b> Any.
     */
    public boolean isDebug() {
        return debug;
    }

    @Override
    public String toString() {
        return "EventLoop[" + name + ", " + engine.name() + ", " + driving.describe() + "]";
    }

    // ---- for the other classes of the package

    LoopOptions options() {
        return options;
    }

    IoDriver driver() {
        return driver;
    }

    /** The failures that nobody has looked at. */
    Set<Unread> unread() {
        return unread;
    }

    Swallowed swallowed() {
        return swallowed;
    }

    LoopWatch watch() {
        return watch;
    }

    OffloadPool offload() {
        return offload;
    }

    LoopRoot root() {
        return root;
    }

    /** After a run its root is cancelled; the next run needs a new one. */
    void renewRoot() {
        root = new LoopRoot(this);
    }

    long nextTaskId() {
        return ++taskIds;
    }

    LoopDriving driving() {
        return driving;
    }

    long taskCount() {
        return tasks;
    }

    void taskStarted(Task<?> task) {
        tasks++;
        tellStarted(task);
        makeReady(task);
    }

    private void tellStarted(Task<?> task) {
        if (instruments != null) {
            instruments.later(instrument -> instrument.taskStarted(task));
        }
    }

    /** The task can run; its turn comes in order. */
    void makeReady(Task<?> task) {
        if (instruments != null) {
            instruments.scheduled(task);
        }
        scheduler.ready.add(task);
    }

    /** The new task has the turn first; the one that starts it goes on when it waits or has ended. */
    void taskStartedNow(Task<?> task, Task<?> starter) {
        tasks++;
        tellStarted(task);
        if (instruments != null) {
            instruments.scheduled(starter);
        }
        starter.handOver(task);
    }

    void taskEnded() {
        if (--tasks == 0) {
            scheduler.requestVisit();
        }
    }

    boolean holdsTurn() {
        Coroutine holder = scheduler.running();
        return holder != null && holder.thread == Thread.currentThread();
    }

    /**
     * Checks that the caller may touch an object of this loop: it is one of its tasks or callbacks, or nobody drives the loop.
     *
     * @param touched the object, for the message
     * @throws ForeignLoopException if it may not
     */
    public void checkTurn(Object touched) {
        if (!holdsTurn() && driving.isDriven()) {
            throw new ForeignLoopException(touched + " belongs to " + name + " and was touched by " + caller()
                    + ", which runs none of its tasks and callbacks now; cross with EventLoop.submit or callSoonThreadsafe");
        }
    }

    private static String caller() {
        EventLoop other = currentIfAny();
        if (other == null) {
            return "thread '" + Thread.currentThread().getName() + "'";
        }
        Task<?> task = Task.holdingTurnOf(other);
        return (task == null ? "a callback" : "task '" + task.name() + "'") + " of " + other.name;
    }

    /** Runs an action with the turn: now, or soon if another thread calls. It gets the name of the task that asked. */
    void onLoop(Consumer<@Nullable String> action) {
        if (holdsTurn()) {
            Task<?> asking = scheduler.holder().task;
            action.accept(asking == null ? null : asking.name());
        } else if (!closed) {
            scheduler.post(new Handle(this, () -> action.accept(null)));
        }
    }

    /**
     * Runs code of a user at once, as a callback: in the midst of a task it cannot await. What it throws goes to the error sink. The
     * caller has made all its changes.
     */
    void runAsCallback(String failed, Runnable code) {
        Coroutine holder = holdsTurn() ? scheduler.holder() : null;
        Task<?> task = holder == null ? null : holder.task;
        try {
            if (holder != null) {
                holder.task = null;
            }
            code.run();
        } catch (Throwable e) {
            report(new ErrorReport(ErrorReport.Kind.CALLBACK, failed, e, task == null ? null : task.name()));
        } finally {
            if (holder != null) {
                holder.task = task;
            }
        }
    }

    void report(String message, Throwable failure, @Nullable String task) {
        report(new ErrorReport(ErrorReport.Kind.TASK, message, failure, task));
    }

    /**
     * Tells the loop's error sink of a failure that has no caller. What the sink itself throws goes to the uncaught-exception
     * handler of the thread.
     *
     * @param report what failed
     */
    public void report(ErrorReport report) {
        checkTurn(report);
        tell(options.errorSink(), report);
    }

    /** Tells the warning sink of a finding; any thread may call it. */
    void warn(ErrorReport finding) {
        tell(options.warningSink(), finding);
    }

    private static void tell(Consumer<? super ErrorReport> sink, ErrorReport report) {
        try {
            sink.accept(report);
        } catch (Throwable e) {
            e.addSuppressed(report.exception());
            Thread me = Thread.currentThread();
            me.getUncaughtExceptionHandler().uncaughtException(me, e);
        }
    }
}
