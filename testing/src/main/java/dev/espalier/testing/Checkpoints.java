package dev.espalier.testing;

import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Task;
import dev.espalier.core.VoidBody;
import dev.espalier.core.spi.Instrument;
import java.util.ArrayList;
import java.util.List;

/**
 * Assertions on how often code gives up its turn, so on where others may come in between; and marks of places where it is worth
 * a look what happens if they do.
 *
 * {@snippet class="dev.espalier.testing.CheckpointsTest" region="checkpoints"}
 *
 * <p>What counts is that the running task really gives up its turn. An await that need not wait does so only when the
 * budget of the task is spent; {@link dev.espalier.core.LoopOptions#withOperationBudget} with zero makes each await
 * give way. Turns of other tasks do not count, those that the code starts included.
 *
 * <p>The idea is Trio's.
 */
public final class Checkpoints {
    private Checkpoints() {}

    /**
     * Runs a body that must give up its turn at least once.
     *
     * @param <X> what the body throws
     * @param body the body
     * @throws X as the body does
     * @throws AssertionError if it has not given up its turn
     * @throws IllegalStateException outside a task
     */
    @Awaits
    public static <X extends Throwable> void assertYields(VoidBody<? extends X> body) throws X {
        if (Counter.<X>during(body).turns.isEmpty()) {
            throw new AssertionError("the body was to give up its turn, and did not");
        }
    }

    /**
     * Runs a body that must keep its turn: nothing else may run on the loop from its beginning to its end.
     *
     * @param <X> what the body throws
     * @param body the body
     * @throws X as the body does
     * @throws AssertionError if it has given up its turn; its message tells where
     * @throws IllegalStateException outside a task
     */
    @Awaits
    public static <X extends Throwable> void assertNoYield(VoidBody<? extends X> body) throws X {
        Checkpoints.<X>assertYieldsAtMost(0, body);
    }

    /**
     * Runs a body that must not give up its turn more often than that.
     *
     * @param <X> what the body throws
     * @param times how often it may, not negative
     * @param body the body
     * @throws X as the body does
     * @throws AssertionError if it has given up its turn more often; its message tells where
     * @throws IllegalArgumentException if the number is negative
     * @throws IllegalStateException outside a task
     */
    @Awaits
    public static <X extends Throwable> void assertYieldsAtMost(int times, VoidBody<? extends X> body) throws X {
        if (times < 0) {
            throw new IllegalArgumentException("a body cannot give up its turn " + times + " times");
        }
        List<List<StackTraceElement>> turns = Counter.<X>during(body).turns;
        if (turns.size() > times) {
            var text = new StringBuilder("the body was to give up its turn ");
            text.append(times == 0 ? "never" : "at most " + times + (times == 1 ? " time" : " times"));
            text.append(", and did so ").append(turns.size()).append(turns.size() == 1 ? " time" : " times");
            turns.stream().limit(10).forEach(turn -> Report.frames(text, "once", turn));
            throw new AssertionError(text.toString());
        }
    }

    /**
     * Marks a point at which a race is to be looked for. In a run of the kit it is an await that need not wait: the usual order
     * goes on, and an exploration may let others come first there. A failure that needs it is told with the label, in its
     * sentence and its trace. On other loops, and outside of loops, it does nothing, so code that both share may keep it.
     *
     * {@snippet class="dev.espalier.testing.RacePointTest" region="point"}
     *
     * <p><b>Cancellation.</b> In a run of the kit it is met here; elsewhere it is not. <b>Threads.</b> Any.
     *
     * @param label names the point, best by what has just happened
     * @throws IllegalStateException in a callback of such a run, which cannot await
     */
    @Awaits
    public static void racePoint(String label) {
        if (EventLoop.currentIfAny() != null) {
            LoopRun.current().ifPresent(run -> run.racePoint(label));
        }
    }

    /** Counts the turns that a task gives up. By the holder of the turn. */
    private static final class Counter implements Instrument {
        private final Task<?> task = Task.current();
        private final List<List<StackTraceElement>> turns = new ArrayList<>();

        @Awaits
        private static <X extends Throwable> Counter during(VoidBody<? extends X> body) throws X {
            var counter = new Counter();
            EventLoop loop = EventLoop.current();
            loop.addInstrument(counter);
            try {
                body.run();
            } finally {
                loop.removeInstrument(counter);
            }
            return counter;
        }

        @Override
        public void afterStep(Task<?> stepped) {
            if (stepped == task) {
                turns.add(Report.known(List.of(Thread.currentThread().getStackTrace())));
            }
        }
    }
}
