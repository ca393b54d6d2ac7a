package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.Lookout;
import java.time.Duration;
import java.util.List;

/**
 * Has a loop look at memory that others write: the door by which a transport through shared memory is built on a loop, as
 * {@link ChannelReadiness} is the one for channels.
 *
 * <p>The loop looks in each tick, and for some microseconds before it sleeps ({@link SpinRule}; {@code -Despalier.spin=off}
 * forbids that), but only while something is {@linkplain #expect expected}. While nothing is, this costs nothing.
 *
 * <p><b>Threads.</b> It belongs to the loop on which it was made.
 */
public final class MemoryReadiness implements AutoCloseable {
    private final EventLoop loop;
    private final Lookout lookout;
    private final Item item;

    // By the holder of the turn.
    private boolean expecting;
    private boolean closed;

    private MemoryReadiness(EventLoop loop, Lookout lookout) {
        this.loop = loop;
        this.lookout = lookout;
        this.item = new Item(loop, lookout);
    }

    /**
     * {@return the readiness of some memory, of which nothing is expected yet; to be closed before that memory}
     *
     * @param lookout the memory as the current loop sees it
     * @throws IllegalStateException outside a loop
     */
    public static MemoryReadiness of(Lookout lookout) {
        return new MemoryReadiness(EventLoop.current(), lookout);
    }

    /**
     * Says whether something is to be expected in the memory. Without it the loop neither looks nor asks to be woken.
     *
     * @param value whether it is
     * @throws IllegalStateException if this is closed and something is to be expected
     */
    public void expect(boolean value) {
        loop.checkTurn(this);
        if (value && closed) {
            throw new IllegalStateException(this + " looks at nothing any more");
        }
        if (expecting != value) {
            expecting = value;
            if (value) {
                loop.external++;
                loop.scheduler.lookouts.add(item);
            } else {
                loop.external--;
                loop.scheduler.lookouts.remove(item);
            }
        }
    }

    /** Looks no more. Does nothing the second time. */
    @Override
    public void close() {
        expect(false);
        closed = true;
        item.closed = true;
    }

    @Override
    public String toString() {
        return "MemoryReadiness[" + lookout + (closed ? ", closed]" : expecting ? ", expects]" : "]");
    }

    /** Runs the callback; in the ready queue at most once. By the holder of the turn. */
    static final class Item extends Schedulable {
        final Lookout lookout;
        private final EventLoop loop;
        private boolean ready;
        private boolean closed;

        private Item(EventLoop loop, Lookout lookout) {
            this.loop = loop;
            this.lookout = lookout;
        }

        void look(ReadyQueue queue) {
            if (!ready && lookout.hasNews()) {
                ready = true;
                queue.add(this);
            }
        }

        @Override
        void runFresh() {
            ready = false;
            if (closed) {
                return;
            }
            try {
                lookout.news();
            } catch (Throwable e) {
                loop.report(new ErrorReport(ErrorReport.Kind.CALLBACK, "a callback failed", e, null, toString(),
                        List.of()));
            }
        }

        @Override
        void timerFired() {
            throw new AssertionError("a lookout has no timer");
        }

        @Override
        public String toString() {
            return "news of " + lookout;
        }
    }

    /**
     * How long a thread looks for something before it sleeps, when to be woken takes much longer than the answer. The thread
     * looks, lets others have the processor by {@link Thread#yield()}, and asks whether to go on:
     *
     * {@snippet class="dev.espalier.core.SpinRuleTest" region="spin"}
     *
     * <p>The time is halved when it was in vain, down to a microsecond, and doubled when it was not; each 64th sleep restores all
     * of it. A turn that took over a millisecond tells that others want the processor, and that each yield gives them a whole
     * slice of it: then nothing is looked for during sixteen times that, 128 ms at most. So at the worst a sixteenth of the time is lost.
     *
     * <p>With {@code -Despalier.spin=off} nobody looks at all.
     *
     * <p><b>Threads.</b> For one thread, or for the holder of a loop's turn.
     */
    public static final class SpinRule {
        private static final boolean OFF = "off".equals(System.getProperty("espalier.spin"));
        private static final long LEAST = 1_000;
        private static final int SLEEPS_TO_RESTORE = 64;
        private static final long LONGEST_TURN = 1_000_000;
        private static final int REST_FACTOR = 16;
        private static final long LONGEST_REST = 128_000_000;

        private final long most;

        // By the thread that spins.
        private long budget;
        private long end;
        private long lastTurn;
        private boolean resting;
        private long restUntil;
        private int sleeps;

        private SpinRule(long most) {
            this.most = most;
            this.budget = most;
        }

        /**
         * {@return a rule}
         *
         * @param most how long to look at most before a sleep; zero or less: never
         */
        public static SpinRule of(Duration most) {
            return new SpinRule(OFF ? 0 : Nanos.of(most));
        }

        /**
         * Begins to look.
         *
         * @param now the time, in nanoseconds of any one clock
         * @return false if it is better to sleep at once
         */
        public boolean begin(long now) {
            if (resting && now - restUntil >= 0) {
                resting = false;
            }
            lastTurn = now;
            end = now + budget;
            return !resting && most > 0;
        }

        /**
         * After a look that found nothing and a yield.
         *
         * @param now the time
         * @return false if the thread should look once more and then sleep
         */
        public boolean goesOn(long now) {
            long turn = now - lastTurn;
            lastTurn = now;
            if (turn > LONGEST_TURN) {
                resting = true;
                restUntil = now + Math.min(REST_FACTOR * turn, LONGEST_REST);
                return false;
            }
            return now - end < 0;
        }

        /** What was looked for is there. */
        public void found() {
            budget = Math.min(2 * budget, most);
        }

        /** It is not, or nothing was looked for, and the thread sleeps. */
        public void sleeps() {
            budget = ++sleeps % SLEEPS_TO_RESTORE == 0 ? most : Math.max(budget / 2, Math.min(LEAST, most));
        }

        @Override
        public String toString() {
            return "SpinRule[" + budget + " ns" + (resting ? ", rests]" : "]");
        }
    }
}
