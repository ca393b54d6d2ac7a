package dev.espalier.core;

import dev.espalier.core.spi.LoopClock;
import java.util.ArrayList;
import java.util.List;

/**
 * How one loop waits for others. To be woken takes longer than most answers of another loop, and each memory word that
 * two processors write in turn costs as much as a switch. So a bell at which a task waits is at first not armed but
 * watched: the scheduler looks at it in each tick, and for a moment before its thread sleeps. Only then is it armed.
 *
 * <p>Nothing is watched unless a task waits for another loop, and the more it is in vain the less is watched, down to
 * nothing; a sleep that was too short to have been worth it begins anew. All by the holder of the turn.
 */
final class Crossings {
    /** How long at most to look before the loop's thread sleeps, in nanoseconds; never on a single processor. */
    private static final long LONGEST = Runtime.getRuntime().availableProcessors() > 1 ? 50_000 : 0;

    private static final long SHORTEST = 2_000;

    private static final int GLANCES = 100;

    /** By the clock of a test, which stands still meanwhile. */
    private static final int MOST_LOOKS = 200;

    /** A sleep that should have been a spin, in nanoseconds: the greatest part of it is the time to be woken. */
    private static final long SHORT_SLEEP = 150_000;

    private static final int SLEEPS_TO_MEET = 16;

    /** More than these would make each tick long. */
    private static final int MOST_WATCHED = 8;

    private final List<Bell> watched = new ArrayList<>(0);
    private long patience = LONGEST; // how long to look; 0: not at all
    private int shortSleeps;
    private int waiting; // tasks

    /** Has a bell watched in place of being armed, if that is worth it. */
    boolean watch(Bell bell) {
        if (patience == 0 || watched.size() == MOST_WATCHED) {
            return false;
        }
        watched.add(bell);
        return true;
    }

    void begin() {
        waiting++;
    }

    void end() {
        waiting--;
    }

    boolean isWaiting() {
        return waiting > 0;
    }

    boolean isWatching() {
        return !watched.isEmpty();
    }

    /** In each tick: makes those ready whose wait is over. */
    void look() {
        for (int i = watched.size() - 1; i >= 0; i--) {
            if (!watched.get(i).lookWatched()) {
                watched.remove(i);
            }
        }
    }

    /**
     * When nothing is ready, on the stack of a task: looks for some microseconds; true if there is news, here or in the
     * inbox. If it comes now, no stack is switched.
     */
    boolean glance(Scheduler scheduler) {
        for (int i = 0; i < GLANCES; i++) {
            if (hasNews() || !scheduler.isInboxEmpty()) {
                patience = LONGEST;
                return true;
            }
            Thread.onSpinWait();
        }
        return false;
    }

    /**
     * On the loop's thread, before it sleeps: looks for longer; true if there is news. It lets other threads have the
     * processor, because the one that is to answer may need it.
     */
    @SuppressWarnings("ThreadPriorityCheck") // a hint, and only time depends on it
    boolean watchForNews(Scheduler scheduler, LoopClock clock) {
        long end = clock.nanoTime() + patience;
        for (int i = 0; i < MOST_LOOKS; i++) {
            if (hasNews() || !scheduler.isInboxEmpty()) {
                patience = LONGEST;
                return true;
            }
            if (clock.nanoTime() - end > 0) {
                break;
            }
            Thread.yield();
        }
        patience = patience < SHORTEST ? 0 : patience / 2;
        return false;
    }

    boolean hasNews() {
        for (int i = watched.size() - 1; i >= 0; i--) {
            if (watched.get(i).hasNews()) {
                return true;
            }
        }
        return false;
    }

    /** Before the loop's thread sleeps: what was watched is armed, and looked at once more. */
    void arm() {
        for (Bell bell : watched) {
            bell.stopWatching();
        }
        watched.clear();
    }

    /**
     * Two loops that take turns in sleeping would do so for ever: each wakes the other just when that has given up. So
     * one sleep of many is paid back with patience enough to end that.
     */
    void slept(long nanos) {
        if (nanos < SHORT_SLEEP) {
            patience = shortSleeps++ % SLEEPS_TO_MEET == 0 && LONGEST > 0 ? 2 * SHORT_SLEEP : LONGEST;
        }
    }
}
