package dev.espalier.testing;

import dev.espalier.core.Awaits;
import dev.espalier.core.Promise;

/**
 * Something that has to happen in a run, so many times and no more: a callback that must be called, a line that must be
 * reached. A run that ends well without it fails, and says which flags are missing and where they were asked for.
 *
 * {@snippet class="dev.espalier.testing.SnippetsTest" region="flag"}
 *
 * <p>The idea is the checkpoint of Vert.x. <b>Threads.</b> It belongs to the tasks and callbacks of its run.
 *
 * @see LoopTester#flag(String, int)
 */
public final class Flag {
    private final String name;
    private final int times;
    private final StackTraceElement askedAt;
    private final Promise<Boolean> enough;

    private int reached; // by the holder of the turn

    Flag(String name, int times, StackTraceElement askedAt) {
        if (times < 1) {
            throw new IllegalArgumentException("flag '" + name + "' must be reached at least once, not " + times
                    + " times; for what must not happen, fail at that place");
        }
        this.name = name;
        this.times = times;
        this.askedAt = askedAt;
        this.enough = Promise.create("flag '" + name + "' to be reached" + (times == 1 ? "" : " " + times + " times"));
    }

    /**
     * Says that it has happened, once more.
     *
     * @throws AssertionError if it has happened often enough already
     */
    public void reach() {
        if (reached == times) {
            throw new AssertionError("flag '" + name + "' was reached more often than " + times
                    + " times; it was asked for at " + askedAt);
        }
        if (++reached == times) {
            enough.succeed(true);
        }
    }

    /**
     * Waits until it has happened so many times as it has to.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, nothing has changed.
     */
    @Awaits
    public void await() {
        enough.await();
    }

    /**
     * {@return how often it has happened}
     */
    public int reached() {
        return reached;
    }

    boolean isMissing() {
        return reached < times;
    }

    /** For the failure of the run. */
    String missing() {
        return "'" + name + "' (" + reached + " of " + times + "), asked for at " + askedAt;
    }

    @Override
    public String toString() {
        return "Flag[" + name + ", reached " + reached + " of " + times + "]";
    }
}
