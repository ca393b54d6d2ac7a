package dev.espalier.testing;

import dev.espalier.core.EventLoop;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.testing.VirtualClock.Mode;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/*
 * Turns the loop of a run by hand, on a thread of its own.
 *
 * After each tick it looks whether anything is left to do at this moment. If not, the first of these happens:
 *
 *   something outside is awaited   it waits for real, and time stands still
 *   somebody settles               he goes on
 *   a timer is set                 time jumps to it, or is waited for where it flows
 *   none of these                  a deadlock
 *
 * So a task that settles comes before a jump, and no jump happens while the world outside may still call back. After
 * the body time does not jump any more: what is still alive after the ticks of this moment has leaked.
 */
final class Driver implements Runnable {
    /** How many ticks what is left may take to end after the body, all at one moment. */
    private static final int DRAIN = 1000;

    private final LoopRun run;
    private final EventLoop loop;
    private final VirtualClock clock;
    private final long limit; // of virtual time

    // Written by the driver; the last two are read by the waiting thread, after the driver has ended.
    private long instant;
    private int steps;
    private @Nullable Throwable verdict; // why the run was given up
    private @Nullable Throwable leaked;

    private final CountDownLatch judged = new CountDownLatch(1);
    private volatile @Nullable String stop; // why to give up; written by the waiting thread

    Driver(LoopRun run, EventLoop loop) {
        this.run = run;
        this.loop = loop;
        this.clock = run.clock();
        this.limit = VirtualClock.nanosOf(run.options().virtualTimeout());
    }

    // ---- the waiting thread

    /** Tells the driver to give up; it does so after the present step. */
    void stop(String why) {
        stop = why;
        try {
            loop.callSoonThreadsafe(() -> {});
        } catch (RejectedExecutionException e) {
            assert judged.getCount() == 0 : e; // it has come to its end by itself
        }
    }

    /** Whether it has come to its verdict, and only the end of the loop is left. */
    CountDownLatch judged() {
        return judged;
    }

    /** What the run fails with; null if it is well. Only after the driver has ended. */
    @Nullable Throwable failure() {
        return run.failure(verdict, leaked);
    }

    // ---- the driver

    @Override
    public void run() {
        try {
            drive();
            run.rest(); // what is left is given its end in order, in a failed run too
            drain();
        } catch (Throwable e) {
            verdict = e;
        }
        run.rest();
        judged.countDown();
        end();
    }

    private void drive() {
        while (!run.body().ended()) {
            String why = stop;
            if (why != null) {
                List<TaskSnapshot> tasks = loop.tasks();
                throw new BlockedLoopError(why + "\n" + run.describe(tasks), run.bodyStack(tasks));
            }
            try {
                turn();
            } catch (DeadlockError | LivelockError e) {
                if (!run.body().survives(e)) {
                    throw e;
                }
                steps = 0;
            }
        }
    }

    private void turn() {
        boolean more = loop.runOnce(Duration.ZERO);
        countStep();
        if (!run.body().ended()) {
            checkLimit(clock.nanoTime());
        }
        more |= run.waits().ticked();
        if (!more && !run.body().ended() && !timerIsDue()) {
            idle();
        }
    }

    private void idle() {
        if (run.outside() > 0) {
            sleep(); // whoever calls back or stops the run ends it
        } else if (!run.waits().settled()) {
            OptionalLong next = loop.nextTimer();
            if (next.isEmpty() || clock.mode() == Mode.MANUAL) {
                List<TaskSnapshot> tasks = loop.tasks();
                throw new DeadlockError(deadlock(next) + "\n" + new WaitGraph(tasks).describe() + "\n"
                        + run.describe(tasks), run.bodyStack(tasks));
            }
            if (clock.mode() == Mode.REAL) {
                sleep();
            } else {
                jump(next.getAsLong());
            }
        }
    }

    /** Waits for real: for the world outside, and for the next timer if time flows. */
    private void sleep() {
        OptionalLong next = loop.nextTimer();
        loop.runOnce(next.isEmpty() ? Duration.ofDays(1) : clock.realTimeTo(next.getAsLong()));
    }

    private void jump(long moment) {
        checkLimit(moment);
        if (moment > limit / 2) { // those that run into the limit get there, and all others need not pay for the trace
            run.steps().jumped();
        }
        clock.moveTo(moment);
    }

    private void checkLimit(long moment) {
        if (moment > limit) {
            List<TaskSnapshot> tasks = loop.tasks();
            throw new LivelockError("the test goes on without end: its limit of " + run.options().virtualTimeout()
                    + " of virtual time is over, and the body still waits\nthe next timers:"
                    + Report.of(loop.timers(), clock)
                    + "\nwhat ran first after the last jumps of the clock:\n  "
                    + String.join("\n  ", run.steps().trace()) + "\n" + run.describe(tasks), run.bodyStack(tasks));
        }
    }

    private String deadlock(OptionalLong next) {
        return "nothing can ever run again: no task is ready, nothing outside the loop is awaited, and "
                + (next.isEmpty()
                        ? "no timer is set"
                        : "the clock is in mode MANUAL, where only advanceBy and jumpBy reach the next timer, in "
                                + Duration.ofNanos(next.getAsLong() - clock.nanoTime()));
    }

    private boolean timerIsDue() {
        OptionalLong next = loop.nextTimer();
        return next.isPresent() && next.getAsLong() - clock.nanoTime() <= 0;
    }

    private void countStep() {
        long now = clock.nanoTime();
        if (now != instant || run.outside() > 0) {
            instant = now;
            steps = 0;
        } else if (++steps >= run.options().maxStepsPerInstant()) {
            List<TaskSnapshot> tasks = loop.tasks();
            List<TaskSnapshot> spinning = tasks.stream()
                    .filter(task -> task.waitingFor().equals("its turn"))
                    .toList();
            throw new LivelockError(
                    steps + " ticks have passed and virtual time cannot move, because something is always ready\n"
                            + run.describe(spinning),
                    spinning.isEmpty() ? run.bodyStack(tasks) : Report.stack(spinning.get(0)));
        }
    }

    /** After the body: what can end at this moment ends; the rest has leaked. */
    private void drain() {
        int ticks = 0;
        while (loop.runOnce(Duration.ZERO) && ticks < DRAIN) {
            ticks++;
        }
        List<TaskSnapshot> left = run.body().left();
        if (!left.isEmpty() && run.options().leaks() == LoopTester.Leaks.FAIL) {
            leaked = new LeakedTaskError(left.size() + (left.size() == 1 ? " task is" : " tasks are")
                    + " still alive after the test body has ended; await or cancel what the body starts, or start it "
                    + "in background()\n" + run.describe(left), new StackTraceElement[0]);
        }
    }

    /** Cancels what is left and closes the loop; clean-up may take time, which is real from here on. */
    private void end() {
        try (loop) {
            Throwable why = verdict;
            if (why != null) {
                run.body().giveUp("the test was given up: " + why.getClass().getSimpleName());
                loop.runOnce(Duration.ZERO); // so that this reason comes before that of the closing loop
            }
            run.close();
        } catch (Throwable e) {
            run.body().late(e);
        } finally {
            clock.stop();
        }
    }
}
