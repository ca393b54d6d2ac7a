package dev.espalier.testing;

import dev.espalier.core.Awaits;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Promise;
import java.util.TreeMap;

/**
 * Forces an order on steps of different tasks: the step at position <i>n</i> begins when all positions before it have been
 * taken and left.
 *
 * {@snippet class="dev.espalier.testing.SnippetsTest" region="sequencer"}
 *
 * <p>Positions begin at 0, and each is used once. A test whose order cannot be kept any more must not go on in another one:
 * once a task is cancelled while it waits for its position, every task that waits, and every later one, fails.
 *
 * <p>The idea is Trio's.
 *
 * <p><b>Threads.</b> It belongs to the loop of its run.
 */
public final class Sequencer {
    // By the holder of the turn.
    private final TreeMap<Integer, Promise<Boolean>> waiting = new TreeMap<>();
    private int next;
    private boolean taken; // the step at `next` is under way
    private boolean broken;

    private Sequencer() {}

    /**
     * {@return a sequence at its beginning}
     */
    public static Sequencer create() {
        return new Sequencer();
    }

    /**
     * Waits for the turn of a position. Closing the step lets the next position begin.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the sequence is broken: see above.
     *
     * @param position from 0; each is used once
     * @return the step, for a try-with-resources block
     * @throws IllegalStateException if the position is or was used, or if the sequence is broken
     */
    @Awaits
    public Step at(int position) {
        checkUnused(position);
        checkWhole(position);
        if (position > next || taken) {
            Promise<Boolean> turn = Promise.create("position " + position + " of " + this);
            waiting.put(position, turn);
            try {
                turn.await();
            } catch (CancelledError e) {
                breakAll();
                throw e;
            }
            checkWhole(position);
        }
        taken = true;
        return new Step(position);
    }

    private void checkUnused(int position) {
        boolean past = position < next || (position == next && taken);
        if (position < 0 || past || waiting.containsKey(position)) {
            throw new IllegalStateException("position " + position + " of a sequence "
                    + (position < 0 ? "does not exist; they begin at 0" : "is used twice; each belongs to one step")
                    + " (" + this + ")");
        }
    }

    private void checkWhole(int position) {
        if (broken) {
            throw new IllegalStateException("position " + position + " can never come in order: a task was cancelled "
                    + "while it waited for its own (" + this + ")");
        }
    }

    private void breakAll() {
        broken = true;
        waiting.values().forEach(turn -> turn.trySucceed(false));
        waiting.clear();
    }

    private void leave(int position) {
        if (taken && position == next) {
            taken = false;
            next++;
            Promise<Boolean> turn = waiting.remove(next);
            if (turn != null) {
                turn.succeed(true);
            }
        }
    }

    @Override
    public String toString() {
        return "Sequencer[" + (broken ? "broken at " : taken ? "in " : "before ") + next + ", waiting: " + waiting.keySet()
                + "]";
    }

    /** A step under way. */
    public final class Step implements AutoCloseable {
        private final int position;

        private Step(int position) {
            this.position = position;
        }

        /** Ends the step, and the next position may begin. Does nothing the second time. */
        @Override
        public void close() {
            leave(position);
        }
    }
}
