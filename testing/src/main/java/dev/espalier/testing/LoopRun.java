package dev.espalier.testing;

import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.LoopRandom;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.testing.VirtualClock.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/*
 * One run: the body as a task of a loop, and the driver that turns the loop by hand on a thread of its own.
 *
 * After each tick the driver looks whether anything is left to do at this moment. If not, the first of these happens:
 *
 *   something outside is awaited   the driver waits for real, and time stands still
 *   somebody settles               he goes on
 *   a timer is set                 time jumps to it
 *   none of these                  a deadlock
 *
 * So a task that settles comes before a jump, and no jump happens while the world outside may still call back. After the body
 * time does not jump any more: what is still alive after the ticks of this moment has leaked.
 *
 * State without a word to the contrary is written and read by the holder of the loop's turn, and by the driver while nobody
 * holds it.
 */
final class LoopRun implements Runnable {
    /** How many ticks what is left may take to end after the body, all at one moment. */
    private static final int DRAIN = 1000;

    private final LoopTester tester;
    private final LoopTester.Options options;
    private final VirtualClock clock;

    private @Nullable EventLoop loop; // written by begin, before the driver starts
    private final List<Promise<@Nullable Object>> settling = new ArrayList<>();
    private int holds;

    // The body.
    private @Nullable Task<?> main;
    private @Nullable TaskGroup background;
    private boolean ended;
    private @Nullable Throwable thrown; // by the body
    private @Nullable Throwable outcome; // of the body with its background
    private List<TaskSnapshot> orphans = List.of(); // children of groups that the body left open
    private final List<Throwable> reported = new ArrayList<>(); // failures without a caller

    // The driver. `verdict` and `leaked` are read by the waiting thread, after `judged`.
    private long instant;
    private int steps;
    private @Nullable Throwable verdict; // why the run was given up
    private @Nullable Error leaked;
    private final CountDownLatch judged = new CountDownLatch(1);

    private volatile @Nullable String stop; // why to give up; written by the waiting thread, read by the driver

    LoopRun(LoopTester tester, LoopTester.Options options) {
        this.tester = tester;
        this.options = options;
        this.clock = new VirtualClock(options.start(), this);
    }

    // ---- the waiting thread

    /** Makes the loop and the task of the body; {@link #run()} then drives it. */
    EventLoop begin(VoidBodyWith<? super LoopTester, ?> body) {
        if (loop != null) {
            throw new IllegalStateException("a LoopTester runs one body");
        }
        var random = new SplittableRandom(options.seed());
        EventLoop made = EventLoop.create(options.loop()
                .withClock(clock)
                .withRandom(random::nextLong)
                .withErrorSink(this::report)
                .withSpawnTraces(true)
                .withInterrupts(false));
        loop = made;
        made.submit("test", () -> main(body));
        return made;
    }

    LoopTester.Options options() {
        return options;
    }

    /** Tells the driver to give up; it does so after the present step. */
    void stop(String why) {
        stop = why;
        try {
            loop().callSoonThreadsafe(() -> {});
        } catch (RejectedExecutionException e) {
            assert judged.getCount() == 0 : e; // it has come to its end by itself
        }
    }

    /** Whether the driver has come to its verdict, and only the end of the loop is left. */
    CountDownLatch judged() {
        return judged;
    }

    /** After the driver has ended: what the run fails with; null if it is well. */
    @Nullable Throwable failure() {
        var all = new ArrayList<@Nullable Throwable>();
        all.add(verdict);
        if (!orphans.isEmpty()) {
            // The open group spoils the end of the groups around it, so their complaint comes last.
            all.add(thrown);
            all.add(leaked);
        }
        all.add(outcome);
        all.addAll(reported);
        all.add(leaked);
        return Failures.first(all);
    }

    // ---- the body, in its task

    private void main(VoidBodyWith<? super LoopTester, ?> body) {
        main = Task.current();
        try {
            TaskGroup.run(group -> {
                background = group;
                try {
                    body.run(tester);
                } catch (Throwable e) {
                    thrown = e;
                    throw e;
                } finally {
                    orphans = orphans(group);
                    group.cancel("the test body has ended");
                }
            });
        } catch (Throwable e) {
            outcome = e;
        } finally {
            ended = true;
        }
    }

    /** The tasks below the body's own that are not in the background: no open group remains when a body is well. */
    private List<TaskSnapshot> orphans(TaskGroup group) {
        if (loop().statistics().tasks() <= 1) {
            return List.of();
        }
        Set<Long> serving = new HashSet<>();
        group.children().forEach(child -> serving.add(child.id()));
        Set<Long> left = new HashSet<>(Set.of(mainId()));
        var found = new ArrayList<TaskSnapshot>();
        for (TaskSnapshot task : loop().tasks()) {
            if (serving.contains(task.parentId())) {
                serving.add(task.id());
            } else if (left.contains(task.parentId()) && !serving.contains(task.id())) {
                left.add(task.id());
                found.add(task);
            }
        }
        return found;
    }

    private void report(ErrorReport report) {
        reported.add(Failures.of(report));
        Task<?> body = main;
        if (body != null && !ended) {
            body.cancel("a failure without a caller fails the test: " + report.exception());
        }
    }

    // ---- for the tester and the clock, in tasks

    VirtualClock clock() {
        return clock;
    }

    LoopRandom random() {
        return loop().random();
    }

    TaskGroup background() {
        TaskGroup group = background;
        if (group == null || ended) {
            throw outside("background");
        }
        return group;
    }

    @Awaits
    void settle() {
        checkTurn("settle");
        Promise<@Nullable Object> idle = Promise.create("all else to be idle (settle)");
        settling.add(idle);
        try {
            idle.await();
        } finally {
            settling.remove(idle);
        }
    }

    OptionalLong nextTimer() {
        return loop().nextTimer();
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
            assert judged.getCount() == 0 : e; // the run is over, and its time with it
        }
    }

    String dump() {
        checkTurn("dump");
        return describe(loop().tasks());
    }

    void checkTurn(String method) {
        if (loop == null || EventLoop.currentIfAny() != loop) {
            throw outside(method);
        }
    }

    private static IllegalStateException outside(String method) {
        return new IllegalStateException(method + " was called outside the run: a LoopTester and its clock work in the tasks of "
                + "the body they were given to, while it runs");
    }

    private EventLoop loop() {
        EventLoop made = loop;
        if (made == null) {
            throw outside("a method of LoopTester");
        }
        return made;
    }

    // ---- the driver

    @Override
    public void run() {
        try {
            drive();
            drain();
        } catch (RuntimeException | Error e) {
            verdict = e;
        }
        judged.countDown();
        end();
    }

    private void end() {
        try (var _ = loop()) {
            Task<?> body = main;
            if (body != null && !ended) {
                body.cancel("the test was given up");
            }
            clock.flow();
        } catch (RuntimeException | Error e) {
            reported.add(e);
        }
    }

    private void drive() {
        while (!ended) {
            String why = stop;
            if (why != null) {
                throw new BlockedLoopError(why + "\n" + describe(loop().tasks()), bodyStack());
            }
            boolean more = loop().runOnce(Duration.ZERO);
            countStep();
            if (!more && !ended && !timerIsDue()) {
                idle();
            }
        }
    }

    private void idle() {
        if (outside() > 0) {
            steps = 0;
            loop().runOnce(Duration.ofDays(1)); // whoever calls back or stops the run ends it
        } else if (!settling.isEmpty()) {
            settling.forEach(idle -> idle.trySucceed(null));
        } else if (nextTimer().isPresent() && clock.mode() == Mode.AUTO) {
            clock.moveTo(nextTimer().getAsLong());
        } else {
            throw new DeadlockError(deadlock() + "\n" + describe(loop().tasks()), bodyStack());
        }
    }

    private int outside() {
        return loop().statistics().external() + holds;
    }

    private boolean timerIsDue() {
        OptionalLong next = nextTimer();
        return next.isPresent() && next.getAsLong() - clock.nanoTime() <= 0;
    }

    private void countStep() {
        long now = clock.nanoTime();
        if (now != instant || outside() > 0) {
            instant = now;
            steps = 0;
        } else if (++steps >= options.maxStepsPerInstant()) {
            List<TaskSnapshot> spinning = loop().tasks().stream()
                    .filter(task -> task.waitingFor().equals("its turn"))
                    .toList();
            throw new LivelockError(
                    steps + " ticks have passed and virtual time cannot move, because something is always ready\n"
                            + describe(spinning),
                    spinning.isEmpty() ? bodyStack() : Report.stack(spinning.get(0)));
        }
    }

    /** After the body: what can end at this moment ends; the rest has leaked. */
    private void drain() {
        int ticks = 0;
        while (loop().runOnce(Duration.ZERO) && ticks < DRAIN) {
            ticks++;
        }
        var left = new ArrayList<>(orphans);
        loop().tasks().stream()
                .filter(task -> task.id() != mainId() && orphans.stream().noneMatch(orphan -> orphan.id() == task.id()))
                .forEach(left::add);
        if (!left.isEmpty()) {
            leaked = new LeakedTaskError(left.size() + (left.size() == 1 ? " task is" : " tasks are")
                    + " still alive after the test body has ended; await or cancel what the body starts, or start it in "
                    + "background()\n" + describe(left), new StackTraceElement[0]);
        }
    }

    // ---- words

    private String deadlock() {
        OptionalLong next = nextTimer();
        return "nothing can ever run again: no task is ready, nothing outside the loop is awaited, and "
                + (next.isEmpty()
                        ? "no timer is set"
                        : "the clock is in mode MANUAL, where only advanceBy and jumpBy reach the next timer, in "
                                + Duration.ofNanos(next.getAsLong() - clock.nanoTime()));
    }

    private String describe(List<TaskSnapshot> tasks) {
        return Report.of(clock, loop().statistics(), holds, tasks, mainId());
    }

    private long mainId() {
        Task<?> body = main;
        return body == null ? 0 : body.id();
    }

    private StackTraceElement[] bodyStack() {
        return loop().tasks().stream()
                .filter(task -> task.id() == mainId())
                .findFirst()
                .map(Report::stack)
                .orElse(new StackTraceElement[0]);
    }

    @Override
    public String toString() {
        return clock + (loop == null ? ", not started" : ended ? ", ended" : ", " + loop);
    }
}
