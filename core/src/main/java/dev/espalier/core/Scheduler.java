package dev.espalier.core;

import dev.espalier.core.spi.IoDriver;
import dev.espalier.core.spi.LoopClock;
import dev.espalier.core.spi.ReadyOrder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;

/*
 * The scheduler of one loop: who gets the turn next.
 *
 * The turn. At any moment one thread holds the turn of a loop: a coroutine, or the loop's own thread while it polls. All
 * state of the loop without a word to the contrary is written and read by the holder of the turn. Passing the turn orders
 * memory: on the carrier engine because one platform thread runs everything, on the hand-off engine by the volatile
 * `granted` flags.
 *
 * The step. next() decides what runs next, and the coroutine that gives up its turn runs it on its own stack, in both
 * engines. So the order of a program is the same on both by construction, and a coroutine that is its own successor does
 * not switch at all. next() returns null when the loop's thread must be visited: nothing is ready, or a poll is due.
 *
 * A tick. A tick takes the inbox (what foreign threads sent), then the timers that are due, and then runs exactly the items
 * that are ready at this moment; what becomes ready meanwhile waits for the next tick. (With an order that explores it runs as
 * many, of all that are ready when each is chosen.) Before it, polled channels have been
 * made ready. So within one tick: channels, inbox, timers, and a result that has arrived beats a deadline that is due. A
 * poll happens when nothing is ready; with channels registered also after 64 ticks or 100 µs, whichever comes first, because a
 * poll in each tick would double the cost of a switch, and a later one would starve channels.
 *
 * Runners. Fresh items, that is callbacks and tasks that have not begun, need a stack of their own only if they suspend. A
 * coroutine whose item ended takes the next fresh item at once, without a switch, if that is what next() chose. If an item
 * suspends, its coroutine stays with it, and an idle or new one becomes the runner. A thread is reused after a task only
 * where its thread-locals can be cleared.
 *
 * Waking. Foreign threads offer to the inbox and wake the loop's thread only if it sleeps. Offer, full fence, read
 * `sleeping`, swap it to 0, wake; on the other side: `sleeping` = 1, full fence, look into the inbox again, sleep. One of
 * the two sees the other.
 */
final class Scheduler {
    private static final int TICKS_PER_POLL = 64;
    private static final long NANOS_PER_POLL = 100_000;
    private static final int MOST_IDLE = 32;

    /** How many of the innermost frames of a stack overflow tell where it hit. */
    private static final int OVERFLOW_FRAMES = 64;

    /** The classes whose changes must not be left half made. */
    private static final Set<String> STATEFUL = Stream.of(
                    Scheduler.class, Coroutine.class, CarrierEngine.class, HandoffEngine.class, ReadyQueue.class,
                    TimerHeap.class, WaitQueue.class, Outcome.class, Task.class, TaskGroup.class, Members.class, ScopeNode.class,
                    CancelScope.class, Limits.class, ResourceScope.class, AsyncSemaphore.class, ChannelBuffer.class,
                    ChannelSender.class, Broadcast.class, Watch.class, AsyncQueue.class, EventLoop.class, Select.class,
                    Completions.class, Crossings.class, Lookouts.class, MemoryReadiness.class, Bell.class, CrossingBuffer.class,
                    CrossingSender.class, Mutex.class, Mutex.Condition.class, Holding.class,
                    SelectQueue.class, Gate.class, Notify.class, ReadWriteMutex.class, ReadWriteMutex.Side.class,
                    CapacityLimiter.class, Barrier.class, ParkingLot.class)
            .map(Class::getName)
            .collect(Collectors.toUnmodifiableSet());

    private static final VarHandle SLEEPING;

    static {
        try {
            SLEEPING = MethodHandles.lookup().findVarHandle(Scheduler.class, "sleeping", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final ReadyQueue ready = new ReadyQueue();
    final TimerHeap timers = new TimerHeap();
    final Crossings crossings = new Crossings();
    final Lookouts lookouts;

    private final EventLoop loop;
    private final Engine engine;
    private final IoDriver driver;
    private final LoopClock clock;
    private final ReadyOrder order;
    private final boolean explores; // the order has all that is ready to choose from
    private final Fairness fairness;
    private final MpscUnboundedVarHandleArrayQueue<Schedulable> inbox = new MpscUnboundedVarHandleArrayQueue<>(256);
    private final ArrayDeque<Coroutine> idle = new ArrayDeque<>();

    /** 1 while the loop's thread sleeps or is about to. Set by it, cleared by it or by the first thread that wakes it. */
    @SuppressWarnings("unused") // through the handle
    private volatile int sleeping;

    /** The coroutine that holds the turn; null while the loop's thread does. Others may read it, to find themselves in it. */
    private @Nullable Coroutine running;

    private int tickLeft;
    private int ticksToPoll;
    private long ticks;
    private long lastPoll;
    private long steps; // also read by the watchdog, whenever it likes: it looks only whether it changed
    private int handOvers; // in this tick
    private boolean visit; // the loop's thread has something to decide
    private boolean oneTick; // driven by hand
    private boolean often; // the loop's thread watches a time limit, also while something is always ready
    private @Nullable Throwable broken; // what broke the scheduler itself; nothing runs any more

    Scheduler(EventLoop loop, Engine engine, IoDriver driver, LoopOptions options) {
        this.loop = loop;
        this.engine = engine;
        this.lookouts = new Lookouts(engine instanceof HandoffEngine);
        this.driver = driver;
        this.clock = options.clock();
        this.order = options.order();
        this.explores = order.explores();
        this.fairness = new Fairness(options, ready);
    }

    // ---- any thread

    EventLoop loop() {
        return loop;
    }

    @Nullable Coroutine running() {
        return running;
    }

    /** Sends an item from outside the turn. */
    void post(Schedulable item) {
        inbox.offer(item);
        VarHandle.fullFence();
        if ((int) SLEEPING.getOpaque(this) == 1 && SLEEPING.compareAndSet(this, 1, 0)) {
            driver.wakeup();
        }
    }

    void becameRunnable(Coroutine coroutine) {
        engine.becameRunnable(coroutine);
    }

    /** The thread of a coroutine that waits for its turn was interrupted: a cancellation of its task from outside. */
    void interrupted(Coroutine coroutine) {
        Task<?> task = coroutine.task;
        if (task != null) {
            post(new EventLoop.Handle(task.loop, () -> task.request(
                    new CancelReason(CancelReason.Kind.INTERRUPT, "its thread was interrupted", null))));
        }
    }

    // ---- the holder of the turn

    void setRunning(@Nullable Coroutine coroutine) {
        running = coroutine;
    }

    Coroutine holder() {
        Coroutine holder = running;
        if (holder == null) {
            throw new AssertionError("no coroutine holds the turn");
        }
        return holder;
    }

    Fairness fairness() {
        return fairness;
    }

    /** The step: what runs next, or null if the loop's thread must be visited. */
    @Nullable Schedulable next() {
        steps++;
        if (tickLeft == 0 && !beginTick()) {
            return null;
        }
        fairness.beginStep();
        int ofThisTick = tickLeft--;
        return ready.take(order, explores ? ready.count() : ofThisTick);
    }

    private boolean beginTick() {
        if (visit || broken != null || (--ticksToPoll < 0 && pollIsDue())) {
            return false;
        }
        if (!lookouts.isEmpty()) {
            lookouts.look(ready);
        }
        boolean channels = driver.registrations() > 0;
        if (channels || timers.size() > 0) {
            long now = clock.nanoTime();
            if (channels && !oneTick && now - lastPoll > NANOS_PER_POLL && ticksToPoll < TICKS_PER_POLL - 1) {
                return false;
            }
            takeInbox();
            for (Schedulable due = timers.pollDue(now); due != null; due = timers.pollDue(now)) {
                due.timerFired();
            }
        } else {
            takeInbox();
        }
        ticks++;
        handOvers = 0;
        if (crossings.isWatching()) {
            lookAcross();
        }
        tickLeft = ready.count();
        return tickLeft > 0;
    }

    /** For what other loops have done, or are about to do. */
    private void lookAcross() {
        crossings.look();
        if (ready.isEmpty() && !oneTick && crossings.glance(this)) {
            takeInbox();
            crossings.look();
        }
    }

    private boolean pollIsDue() {
        // What another loop may send any moment is looked for in the tick itself.
        if (!oneTick && !often && driver.registrations() == 0 && (!ready.isEmpty() || crossings.isWatching())) {
            ticksToPoll = TICKS_PER_POLL;
            return false;
        }
        return true;
    }

    private void takeInbox() {
        for (Schedulable item = inbox.relaxedPoll(); item != null; item = inbox.relaxedPoll()) {
            item.arrived(ready);
        }
    }

    /**
     * The running coroutine gives up its turn; returns when its task was made ready and chosen.
     *
     * @param ready its task is ready already
     */
    void suspend(Coroutine me, boolean ready) {
        try {
            Schedulable next = next();
            if (next != null && next.coroutine == me) {
                return;
            }
            if (ready) {
                engine.transferReady(me, holderOf(next));
            } else {
                engine.transfer(me, holderOf(next));
            }
        } catch (Throwable e) {
            breakDown(e);
            throw e;
        }
    }

    /**
     * The running coroutine gives its turn to a fresh item at once and is next itself, before all that is ready. It joins the
     * items of this tick, so the order may choose another all the same. One tick takes a bounded number of these: a task
     * that does nothing else must not make it endless, so further ones go on in the next tick.
     */
    void handOver(Coroutine me, Task<?> mine, Task<?> fresh) {
        try {
            if (handOvers < fairness.operations()) {
                handOvers++;
                tickLeft++;
                ready.addFirst(mine);
            } else {
                ready.add(mine);
            }
            steps++;
            fairness.beginStep();
            if (explores) {
                order.handedOver(fresh.id());
            }
            engine.transferReady(me, holderOf(fresh));
        } catch (Throwable e) {
            breakDown(e);
            throw e;
        }
    }

    /** After an item ended on {@code me}: the thread goes on with the next, or idles; false if it ends, its turn given away. */
    boolean proceed(Coroutine me) {
        Schedulable next = next();
        if (next != null && next.coroutine == null && me.mayRun(next)) {
            me.item = next;
            return true;
        }
        Coroutine target = holderOf(next);
        if (me.used || idle.size() >= MOST_IDLE) {
            engine.leave(me, target);
            return false;
        }
        idle.push(me);
        engine.transfer(me, target);
        return true;
    }

    void leave(Coroutine me, @Nullable Coroutine next) {
        engine.leave(me, next);
    }

    /** After an item: the next one on the same thread must not find its thread-locals. */
    void clean(Coroutine me, Schedulable ended) {
        JdkDoor door = JdkDoor.OPEN;
        if (engine.reusesThreads() && door != null) {
            door.clearThreadLocals(me.thread);
        } else if (ended instanceof Task<?>) {
            me.used = true;
        } else {
            me.ranCallbacks = true;
        }
    }

    /** The coroutine that will run an item; null for null. Keeps a runner in reserve for the loop's thread. */
    private @Nullable Coroutine holderOf(@Nullable Schedulable item) {
        if (item == null) {
            reserveRunner();
            return null;
        }
        Coroutine holder = item.coroutine;
        if (holder == null) {
            Coroutine resting = idle.peek();
            holder = resting != null && resting.mayRun(item) ? idle.pop() : new Coroutine(this, engine);
            holder.item = item;
        }
        return holder;
    }

    /** Threads are started here, by a coroutine or by the creator of the loop, because the loop's thread must not. */
    void reserveRunner() {
        if (idle.isEmpty()) {
            var runner = new Coroutine(this, engine);
            engine.prepare(runner);
            idle.push(runner);
        }
    }

    /** The scheduler itself failed, by a stack overflow, lack of memory or a faulty order: no state is sure any more, and nothing runs on. */
    void breakDown(Throwable cause) {
        if (broken == null) {
            broken = cause;
        }
    }

    /**
     * Looks at a failure on its way out. A stack overflow that hit inside the library may have left a change half made, and
     * going on could hang; one that hit in a user's own recursion is that user's failure and nothing more.
     */
    void inspect(Throwable thrown) {
        if (thrown instanceof StackOverflowError
                && Arrays.stream(thrown.getStackTrace())
                        .limit(OVERFLOW_FRAMES)
                        .anyMatch(frame -> STATEFUL.contains(frame.getClassName()))) {
            breakDown(thrown);
        }
    }

    // ---- the loop's thread

    /** Makes the next step visit the loop's thread. */
    void requestVisit() {
        visit = true;
    }

    /** Makes the loop's thread visited as often as with channels, though there may be none. */
    void visitOften(boolean value) {
        often = value;
    }

    /**
     * Polls once and runs what is ready.
     *
     * @param maxWait how long to wait at most if nothing is ready, in nanoseconds; negative: until something is
     * @param byHand run one tick and return
     */
    void turn(long maxWait, boolean byHand) {
        oneTick = byHand;
        visit = false;
        checkWhole();
        sleep(maxWait);
        ticksToPoll = byHand ? 1 : TICKS_PER_POLL;
        lastPoll = clock.nanoTime();
        Schedulable first = next();
        if (first != null) {
            Coroutine holder = holderOf(first);
            if (holder != null) {
                engine.dispatch(holder);
            }
        }
        checkWhole();
    }

    private void checkWhole() {
        if (broken != null) {
            throw new IllegalStateException(
                    loop.name() + " broke down: its scheduler was hit by " + broken + ", so its tasks cannot go on", broken);
        }
    }

    private void sleep(long maxWait) {
        long wait = ready.isEmpty() ? maxWait : 0;
        if (wait != 0 && timers.size() > 0) {
            long untilTimer = Math.max(0, timers.earliest() - clock.nanoTime());
            wait = wait < 0 ? untilTimer : Math.min(wait, untilTimer);
        }
        boolean looks = wait != 0 && !lookouts.isEmpty();
        if (looks && !oneTick && lookouts.spin(this, driver, wait)) {
            return;
        }
        if (wait != 0 && crossings.isWatching() && crossings.watchForNews(this, clock)) {
            wait = 0;
        }
        if (wait != 0) {
            SLEEPING.setVolatile(this, 1);
            if (looks) {
                lookouts.park();
            }
            VarHandle.fullFence();
            crossings.arm();
            if (!inbox.isEmpty() || !ready.isEmpty() || (looks && lookouts.hasNews())) {
                wait = 0;
            }
        }
        if (wait != 0 || driver.registrations() > 0) {
            long before = crossings.isWaiting() ? clock.nanoTime() : 0;
            poll(wait);
            if (crossings.isWaiting() && !inbox.isEmpty()) {
                crossings.slept(clock.nanoTime() - before);
            }
        }
        sleeping = 0;
        Watchdog.awake();
        if (looks) {
            lookouts.unpark(wait > 0 && ready.isEmpty() && inbox.isEmpty());
        }
    }

    /** Whether the loop's thread sleeps, and nobody has woken it. Any thread may ask. */
    boolean isAsleep() {
        return sleeping == 1;
    }

    /** What is neither a channel's nor a timer's: a look from the loop's thread, while it is awake. */
    boolean hasNewsFromOthers() {
        return !inbox.isEmpty() || (crossings.isWatching() && crossings.hasNews());
    }

    private void poll(long wait) {
        Instruments watching = loop.instruments;
        if (watching == null) {
            driver.poll(wait);
            return;
        }
        long began = clock.nanoTime();
        driver.poll(wait);
        watching.polled(began, clock.nanoTime());
    }

    /** Ends the idle threads. */
    void endIdle() {
        for (Coroutine runner = idle.poll(); runner != null; runner = idle.poll()) {
            runner.item = null;
            engine.dispatch(runner);
        }
    }

    /** Takes what was sent or ready and has not run, at the end of the loop. */
    @Nullable Schedulable pollUnrun() {
        takeInbox();
        return ready.isEmpty() ? null : ready.take(ReadyOrder.FIFO, 1);
    }

    boolean isInboxEmpty() {
        return inbox.isEmpty();
    }

    boolean isQuiet() {
        return ready.isEmpty() && inbox.isEmpty();
    }

    long ticks() {
        return ticks;
    }

    long steps() {
        return steps;
    }

    @Override
    public String toString() {
        return loop.name();
    }
}
