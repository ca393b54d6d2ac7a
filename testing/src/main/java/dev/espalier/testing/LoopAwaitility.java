package dev.espalier.testing;

import dev.espalier.core.Awaits;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;

/**
 * Awaitility in virtual time: between two looks at the condition the clock of a run moves on, and no real time passes. For code
 * that has such conditions already; {@link LoopTester#eventually} looks after each step and needs no interval.
 *
 * {@snippet class="dev.espalier.testing.LoopAwaitilityTest" region="await"}
 *
 * <p>The limits are virtual and belong to this class: {@link #atMost}, {@link #during}, {@link #pollInterval}. Awaitility itself has
 * no clock that could be replaced, so its own verbs of these names count real time and are not offered. Awaitility without this
 * class blocks the loop.
 *
 * <p><b>Threads.</b> It belongs to the tasks of its run; conditions run in the calling task, and must not await.
 */
@SuppressWarnings("exports") // Awaitility is optional, and "requires static transitive" would make it mandatory to compile
public final class LoopAwaitility {
    private final LoopTester tester;
    private final Duration atMost;
    private final Duration during;
    private final Duration interval;

    private LoopAwaitility(LoopTester tester, Duration atMost, Duration during, Duration interval) {
        this.tester = tester;
        this.atMost = atMost;
        this.during = during;
        this.interval = interval;
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("virtual time must move between two looks, so pollInterval is positive and not "
                    + interval);
        }
        if (atMost.isNegative() || during.isNegative()) {
            throw new IllegalArgumentException("time never goes back: atMost is " + atMost + ", during is " + during);
        }
    }

    /**
     * Makes a wait of at most ten seconds that looks every 100 ms, as Awaitility's own.
     *
     * @param tester of the run
     * @return the wait
     */
    public static LoopAwaitility await(LoopTester tester) {
        return new LoopAwaitility(tester, Duration.ofSeconds(10), Duration.ZERO, Duration.ofMillis(100));
    }

    /**
     * {@return this wait with another limit}
     *
     * @param virtual how long, not negative
     */
    public LoopAwaitility atMost(Duration virtual) {
        return new LoopAwaitility(tester, virtual, during, interval);
    }

    /**
     * {@return this wait for a condition that holds for a while}
     *
     * @param virtual how long it must hold without a break, not negative
     */
    public LoopAwaitility during(Duration virtual) {
        return new LoopAwaitility(tester, atMost, virtual, interval);
    }

    /**
     * {@return this wait with another time between two looks}
     *
     * @param virtual positive
     */
    public LoopAwaitility pollInterval(Duration virtual) {
        return new LoopAwaitility(tester, atMost, during, virtual);
    }

    /**
     * Waits until a condition holds.
     *
     * @param condition says whether it does
     * @throws ConditionTimeoutException if it does not within the limit
     */
    @Awaits
    public void until(Callable<Boolean> condition) {
        waitFor(() -> {
            if (!condition.call()) {
                throw new AssertionError("the condition does not hold");
            }
        });
    }

    /**
     * Waits until an assertion holds.
     *
     * @param assertion throws an {@link AssertionError} as long as it does not
     * @throws ConditionTimeoutException if it does not within the limit; its last failure is the cause
     */
    @Awaits
    public void untilAsserted(ThrowingRunnable assertion) {
        waitFor(assertion);
    }

    @Awaits
    private void waitFor(ThrowingRunnable assertion) {
        var last = new AtomicReference<@Nullable AssertionError>();
        long began = tester.clock().nanoTime();
        long end = tester.clock().momentIn(atMost);
        long[] since = {Long.MAX_VALUE}; // when it began to hold
        try {
            factory(end).untilAsserted(() -> look(assertion, last, since));
        } catch (TerminalFailureException e) {
            AssertionError why = last.get();
            throw new ConditionTimeoutException("the condition did not hold "
                    + (during.isZero() ? "" : "for " + during + " ") + "within " + atMost + " of virtual time, from "
                    + Duration.ofNanos(began) + " to " + Duration.ofNanos(tester.clock().nanoTime()) + " after the start"
                    + (why == null ? "" : ": " + why.getMessage()), why == null ? e : why);
        }
    }

    private void look(ThrowingRunnable assertion, AtomicReference<@Nullable AssertionError> last, long[] since)
            throws Throwable {
        long now = tester.clock().nanoTime();
        try {
            assertion.run();
        } catch (AssertionError e) {
            last.set(e);
            since[0] = Long.MAX_VALUE;
            throw e;
        }
        since[0] = Math.min(since[0], now);
        if (now - since[0] < during.toNanos()) {
            throw new AssertionError("it holds since " + Duration.ofNanos(now - since[0]) + " only");
        }
    }

    /** Polls in this thread; time moves where Awaitility asks how long to pause, and that pause is none. */
    private ConditionFactory factory(long end) {
        return Awaitility.await()
                .dontCatchUncaughtExceptions()
                .pollInSameThread()
                .forever()
                .pollDelay(Duration.ZERO)
                .pollInterval((_, _) -> {
                    long left = end - tester.clock().nanoTime();
                    tester.clock().advanceBy(left < 0 || interval.toNanos() < left ? interval : Duration.ofNanos(left + 1));
                    return Duration.ZERO;
                })
                .failFast("the virtual limit has passed", () -> tester.clock().nanoTime() - end > 0);
    }

    @Override
    public String toString() {
        return "LoopAwaitility[at most " + atMost + (during.isZero() ? "" : ", during " + during) + ", every " + interval + "]";
    }
}
