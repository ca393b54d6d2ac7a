package dev.espalier.core;

import dev.espalier.core.spi.LoopClock;
import dev.espalier.core.spi.ReadyOrder;
import org.jspecify.annotations.Nullable;

/*
 * The budget of one step: so many awaits that need not wait, and so much time, until the task gives way all the same.
 *
 * Reading a clock at each of them would double the price of a channel. So the clock is read first after 32 of them, again after
 * eight more, and then after as many as fit into what is left of the time at the pace seen so far, at most as many as there were.
 * A step that waits sooner, as most do, never reads it. The time before the first look is not counted.
 *
 * An order that explores is asked at each of them, so that it finds what happens when the budget ends just there. Time does
 * not count then.
 *
 * All fields are written and read by the holder of the turn.
 */
final class Fairness {
    private static final int FIRST_LOOK = 32;
    private static final int FIRST_STRETCH = 8;

    final Hogs hogs = new Hogs();
    private final LoopClock clock;
    private final int operations;
    private final long nanos; // 0: no limit
    private final int firstLook;
    private final ReadyQueue ready;
    private final @Nullable ReadyOrder explorer; // asked at each await; null: the order does not explore

    private int untilLook; // operations that pass before the next look
    private int passed; // operations before the present stretch; 0 until the first look
    private int stretch; // operations of the present stretch, if it is not the first
    private long since; // when the first look was

    Fairness(LoopOptions options, ReadyQueue ready) {
        this.ready = ready;
        this.clock = options.clock();
        this.operations = options.operationBudget();
        this.nanos = Nanos.of(options.timeBudget());
        this.explorer = options.order().explores() ? options.order() : null;
        this.firstLook = explorer != null ? 0 : nanos == 0 ? operations : Math.min(FIRST_LOOK, operations);
    }

    int operations() {
        return operations;
    }

    void beginStep() {
        untilLook = firstLook;
        passed = 0;
    }

    /** Counts an await that needs no wait; true if the task must give way. */
    boolean spent(Task<?> task) {
        return --untilLook < 0 && look(task);
    }

    private boolean look(Task<?> task) {
        if (explorer != null && ++passed <= operations) {
            return !ready.isEmpty() && explorer.giveWay(task.id(), ready.all());
        }
        int done = passed == 0 ? firstLook : passed + stretch;
        if (done >= operations || timeIsUp(done)) {
            hogs.gaveWay(task);
            return true;
        }
        return false;
    }

    private boolean timeIsUp(int done) {
        long now = clock.nanoTime();
        long fit = FIRST_STRETCH;
        if (passed == 0) {
            since = now;
        } else {
            long elapsed = now - since;
            if (elapsed >= nanos) {
                return true;
            }
            long pace = Math.max(1, elapsed / (done - firstLook));
            fit = Math.min(done, (nanos - elapsed) / pace + 1);
        }
        passed = done;
        stretch = (int) Math.min(fit, operations - done);
        untilLook = stretch - 1;
        return false;
    }
}
