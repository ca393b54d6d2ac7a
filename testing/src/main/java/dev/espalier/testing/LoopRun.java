package dev.espalier.testing;

import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.core.spi.ReadyOrder;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.core.spi.TimerSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One run as its tasks see it: the loop, the body, and what the body may ask of the {@link LoopTester}. A {@link
 * Driver} turns the loop.
 *
 * <p>State without a word to the contrary is written and read by the holder of the loop's turn, and by the driver while
 * nobody holds it.
 */
final class LoopRun {
    private static final EventLoop.Local<LoopRun> CURRENT = EventLoop.Local.named("the run of a test");

    private final LoopTester tester;
    private final LoopTester.Options options;
    private final VirtualClock clock;
    private final @Nullable Schedule schedule; // null: the order is that of the options
    private final Draws draws;

    private @Nullable EventLoop loop; // written by begin, before the driver starts
    private final Waits waits = new Waits(this);
    private final Steps steps;
    private final Flags flags = new Flags();
    private final HeldSteps heldSteps;
    private final TestBody main = new TestBody(this);
    private int holds;
    private volatile long begunAt; // in real time; written by begin, read by any thread

    private boolean byRealTime; // by the one who makes the run, before it begins
    private RunOutput.@Nullable Page page; // for what is printed; null: it passes. Written before the run begins

    LoopRun(LoopTester tester, LoopTester.Options options, @Nullable Schedule schedule, Draws draws) {
        this.tester = tester;
        this.options = options;
        this.schedule = schedule;
        this.draws = draws;
        this.clock = new VirtualClock(options.start(), this);
        this.heldSteps = new HeldSteps(options.loop().warningSink());
        this.steps = new Steps(schedule == null ? orderOf(options) : schedule, clock, options.stepCost());
    }

    private static ReadyOrder orderOf(LoopTester.Options options) {
        // A stream of its own: the numbers that the tested code draws are the same with and without.
        return options.shuffle()
                ? Steps.shuffled(new SplittableRandom(options.seed()).split())
                : options.loop().order();
    }

    /** The run whose loop is the current one; empty on other loops. */
    static Optional<LoopRun> current() {
        return CURRENT.find();
    }

    /** Makes the loop and the task of the body; a driver is needed to run it. */
    EventLoop begin(VoidBodyWith<? super LoopTester, ?> body) {
        if (loop != null) {
            throw new IllegalStateException("a LoopTester runs one body");
        }
        begunAt = System.nanoTime();
        LoopOptions ours = options.loop()
                .withClock(clock)
                .withRandom(draws)
                .withOrder(steps)
                .withErrorSink(main::report)
                .withWarningSink(heldSteps)
                .withSpawnTraces(schedule == null || schedule.isShown())
                .withInterrupts(false)
                .withName(nameOf(options.loop(), body));
        EventLoop made = EventLoop.create(ours);
        heldSteps.of(made);
        if (schedule != null) {
            made.addInstrument(schedule);
        }
        loop = made;
        made.submit("test", () -> perform(body));
        return made;
    }

    /** A lambda is called after the class it stands in, which is the test class as a rule. */
    private static String nameOf(LoopOptions asked, Object body) {
        String type = body.getClass().getName();
        int lambda = type.indexOf("$$Lambda");
        return asked.name().isEmpty() ? "test of " + (lambda < 0 ? type : type.substring(0, lambda)) : asked.name();
    }

    /** The body, in its task. */
    @Awaits
    private void perform(VoidBodyWith<? super LoopTester, ?> body) {
        CURRENT.set(this);
        if (page != null) {
            page.takeFromLoop();
        }
        if (byRealTime) {
            clock.flow();
        }
        main.perform(tester, body);
    }

    void goesByRealTime() {
        byRealTime = true;
    }

    void printsTo(RunOutput.@Nullable Page output) {
        page = output;
    }

    // ---- for the tester and the clock, in tasks

    TaskGroup background() {
        TaskGroup group = main.background();
        if (group == null) {
            throw outside("background");
        }
        return group;
    }

    @Awaits
    void settle() {
        checkTurn("settle");
        waits.settle();
    }

    @Awaits
    Optional<String> step() {
        checkTurn("step");
        if (schedule != null) {
            throw new IllegalStateException("step was called in an exploration, which decides itself which step is next; use "
                    + "it in LoopTester.run");
        }
        return waits.step();
    }

    @Awaits
    void settleAll(Duration limit) {
        checkTurn("settleAll");
        waits.settleAll(limit);
    }

    @Awaits
    void eventually(Duration limit, Runnable assertion) {
        checkTurn("eventually");
        waits.eventually(limit, assertion);
    }

    /** An await of what is there already: others may come first, if the order wants them to. */
    @Awaits
    void racePoint(String label) {
        Promise<Boolean> there = Promise.create("race point");
        there.succeed(true);
        if (schedule == null) {
            there.await();
            return;
        }
        schedule.arrive(label);
        try {
            there.await();
        } finally {
            schedule.arrive(null);
        }
    }

    Flag flag(String name, int times) {
        checkTurn("flag");
        return flags.ask(name, times);
    }

    List<TaskSnapshot> tasks() {
        checkTurn("tasks");
        return loop().tasks();
    }

    List<TimerSnapshot> timers() {
        checkTurn("timers");
        return loop().timers();
    }

    Optional<Duration> nextDeadline() {
        checkTurn("nextDeadline");
        OptionalLong next = loop().nextTimer();
        return next.isEmpty() ? Optional.empty() : Optional.of(Duration.ofNanos(next.getAsLong() - clock.nanoTime()));
    }

    Duration realElapsed() {
        if (loop == null) {
            throw outside("realElapsed");
        }
        return Duration.ofNanos(System.nanoTime() - begunAt);
    }

    LoopTester.Hold holdTime() {
        checkTurn("holdTime");
        holds++;
        var open = new AtomicBoolean(true);
        return () -> {
            if (open.getAndSet(false)) {
                release();
            }
        };
    }

    private void release() {
        try {
            loop().callSoonThreadsafe(() -> holds--);
        } catch (RejectedExecutionException e) {
            assert main.ended() : e; // the run is over, and its time with it
        }
    }

    String dump() {
        checkTurn("dump");
        return describe(loop().tasks());
    }

    String dumpJson() {
        checkTurn("dumpJson");
        return Json.dump(clock, outside(), loop().tasks());
    }

    Draws draws() {
        checkTurn("a random number");
        return draws;
    }

    Tape tape() {
        checkTurn("tape");
        Map<Long, String> names = schedule == null ? Map.of() : schedule.names();
        List<Strategy.Deviation> deviations = schedule == null ? List.of() : schedule.deviations();
        Map<Strategy.Step, String> points = schedule == null ? Map.of() : schedule.points();
        return new Tape("test", draws.seed(), names, points, deviations, draws.fixed(), "by request of the body");
    }

    void checkTurn(String method) {
        if (loop == null || EventLoop.currentIfAny() != loop) {
            throw outside(method);
        }
    }

    private static IllegalStateException outside(String method) {
        return new IllegalStateException(method + " was called outside the run: a LoopTester and its clock work in the "
                + "tasks of the body they were given to, while it runs");
    }

    // ---- for the driver and the watchdog

    void rest() {
        if (schedule != null) {
            schedule.rest();
        }
    }

    LoopTester.Options options() {
        return options;
    }

    VirtualClock clock() {
        return clock;
    }

    EventLoop loop() {
        EventLoop made = loop;
        if (made == null) {
            throw outside("a method of LoopTester");
        }
        return made;
    }

    /** What is run. */
    TestBody body() {
        return main;
    }

    /** How many things outside the loop may still call back. */
    int outside() {
        return loop().statistics().external() + holds;
    }

    Waits waits() {
        return waits;
    }

    HeldSteps heldSteps() {
        return heldSteps;
    }

    Steps steps() {
        return steps;
    }

    /** What the run fails with; null if it is well. Only after the driver has ended. */
    @Nullable Throwable failure(@Nullable Throwable verdict, @Nullable Throwable leaked) {
        Throwable first = main.failure(verdict, leaked);
        return first == null ? flags.missing() : first; // a failure explains what it has kept from happening
    }

    /** From here on only clean-up runs, which may take time, and real time. */
    void close() {
        main.close();
        clock.flow();
    }

    // ---- words

    String describe(List<TaskSnapshot> tasks) {
        return Report.of(clock, loop().statistics(), holds, tasks, main.taskId());
    }

    StackTraceElement[] bodyStack(List<TaskSnapshot> tasks) {
        return tasks.stream()
                .filter(task -> task.id() == main.taskId())
                .findFirst()
                .map(Report::stack)
                .orElse(new StackTraceElement[0]);
    }

    @Override
    public String toString() {
        return clock + (loop == null ? ", not started" : main.ended() ? ", ended" : ", " + loop);
    }
}
