package dev.espalier.core;

import dev.espalier.core.spi.IoDriver;
import dev.espalier.core.spi.Lookout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory at which one loop looks. While its thread looks before it sleeps, channels are polled as often as they must not
 * wait. All by the holder of the turn.
 */
final class Lookouts {
    private static final Duration MOST = Duration.ofNanos(50_000);

    /** The hand-off engine's thread is a virtual one, whose yield lets nobody else have the processor. */
    private static final Duration MOST_VIRTUAL = Duration.ofNanos(8_000);

    private static final long NANOS_PER_POLL = 50_000;

    /** So long after a writer has written it has surely looked whether the loop is parked. */
    private static final long SURELY = 50_000;

    private final List<MemoryReadiness.Item> items = new ArrayList<>(0);
    private final MemoryReadiness.SpinRule rule;
    private long lastPoll;
    private long lost;

    Lookouts(boolean virtual) {
        rule = MemoryReadiness.SpinRule.of(virtual ? MOST_VIRTUAL : MOST);
    }

    void add(MemoryReadiness.Item item) {
        items.add(item);
    }

    void remove(MemoryReadiness.Item item) {
        items.remove(item);
    }

    boolean isEmpty() {
        return items.isEmpty();
    }

    /** In each tick: makes the callbacks ready that have something to do. */
    void look(ReadyQueue ready) {
        for (int i = 0; i < items.size(); i++) {
            items.get(i).look(ready);
        }
    }

    boolean hasNews() {
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).lookout.hasNews()) {
                return true;
            }
        }
        return false;
    }

    /**
     * On the loop's thread, before it sleeps: looks for a while; true if there is something to do, and channels need not be
     * polled.
     *
     * @param wait how long it may sleep, negative: for ever
     */
    @SuppressWarnings("ThreadPriorityCheck") // a hint, and only time depends on it
    boolean spin(Scheduler scheduler, IoDriver driver, long wait) {
        long now = System.nanoTime();
        long until = now + wait;
        boolean more = rule.begin(now);
        while (true) {
            if (hasNews() || scheduler.hasNewsFromOthers()) {
                rule.found();
                pollIfDue(driver, now);
                return true;
            }
            if (!more || (wait >= 0 && now - until >= 0)) {
                rule.sleeps();
                return false;
            }
            pollIfDue(driver, now);
            if (!scheduler.ready.isEmpty()) {
                return true;
            }
            Thread.yield();
            now = System.nanoTime();
            more = rule.goesOn(now);
        }
    }

    private void pollIfDue(IoDriver driver, long now) {
        if (now - lastPoll >= NANOS_PER_POLL) {
            lastPoll = now;
            driver.poll(0);
        }
    }

    /** Before the loop's thread sleeps; a full fence and a last look come after it. */
    void park() {
        for (int i = 0; i < items.size(); i++) {
            items.get(i).lookout.parked(true);
        }
    }

    /**
     * After it.
     *
     * @param idle nothing but time can have ended the sleep
     */
    void unpark(boolean idle) {
        lastPoll = System.nanoTime();
        for (int i = 0; i < items.size(); i++) {
            Lookout lookout = items.get(i).lookout;
            if (idle && lookout.hasNews() && staysParked(lookout)) {
                lost++;
            }
            lookout.parked(false);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck")
    private static boolean staysParked(Lookout lookout) {
        long until = System.nanoTime() + SURELY;
        while (lookout.isParked() && System.nanoTime() - until < 0) {
            Thread.yield();
        }
        return lookout.isParked();
    }

    /** How often the loop woke by itself although there was news and nobody had rung: a wake-up that was lost. */
    long lost() {
        return lost;
    }
}
