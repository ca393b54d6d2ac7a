package dev.espalier.testing;

import dev.espalier.core.spi.ReadyOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a run does and learns at each of its steps, whatever order they have: a step may cost time, it may be a change
 * that somebody looks out for, and it may be the first one after a jump of the clock, which is worth a line in the
 * trace.
 *
 * <p>Written and read by the holder of the turn, and by the driving thread while nobody holds it.
 */
final class Steps implements ReadyOrder {
    private static final int TRACE = 16;

    private final ReadyOrder order;
    private final VirtualClock clock;
    private final long cost;
    private final Set<Long> lookers = new HashSet<>(0); // tasks whose steps are no news, because they only look
    private final ArrayDeque<String> trace = new ArrayDeque<>(0);

    private boolean news; // a step has run that was not a looker's
    private boolean jumped; // and the next step is to be traced

    private long stepper; // the task that lets others make one step; 0: none
    private long stepped; // the task whose step that was, 0 for a callback
    private @Nullable String step; // that step, in words; null: not made yet

    Steps(ReadyOrder order, VirtualClock clock, Duration cost) {
        this.order = order;
        this.clock = clock;
        this.cost = cost.toNanos();
    }

    /** Any step that is ready, by a seed; a task may have to give way wherever it awaits. */
    static ReadyOrder shuffled(RandomGenerator random) {
        return new ReadyOrder() {
            @Override
            public boolean explores() {
                return true;
            }

            @Override
            public int choose(View ready) {
                return ready.size() == 1 ? 0 : random.nextInt(ready.size());
            }

            @Override
            public boolean giveWay(long taskId, View others) {
                return random.nextInt(others.size() + 1) > 0;
            }
        };
    }

    // ---- the order

    @Override
    public boolean explores() {
        return order.explores() || order == FIFO; // for a single step; it stays what it is
    }

    @Override
    public boolean giveWay(long taskId, View others) {
        return order.giveWay(taskId, others);
    }

    @Override
    public void handedOver(long taskId) {
        order.handedOver(taskId);
    }

    @Override
    public int choose(View ready) {
        int index = stepper == 0 ? order.choose(ready) : single(ready);
        if (stepper != 0) {
            order.handedOver(ready.taskId(index));
        }
        if (cost > 0) {
            clock.moveBy(cost);
        }
        if (jumped) {
            jumped = false;
            keep(clock.elapsed() + ": " + ready.describe(index));
        }
        news |= lookers.isEmpty() || !lookers.contains(ready.taskId(index));
        return index;
    }

    /** The oldest step that is not the stepper's, and after it the stepper's. */
    private int single(View ready) {
        boolean back = step != null;
        for (int i = 0; i < ready.size(); i++) {
            long task = ready.taskId(i);
            if ((task == stepper) == back) {
                if (!back) {
                    stepped = task;
                    step = ready.describe(i);
                }
                return i;
            }
        }
        return 0; // nobody else is ready
    }

    /** Up to the next call the given task is chosen again after one step of another. */
    void beginSingle(long taskId) {
        stepper = taskId;
        step = null;
    }

    /** What the single step was, in words; null if nothing was ready. */
    @Nullable String endSingle() {
        stepper = 0;
        return step;
    }

    long stepped() {
        return stepped;
    }

    private void keep(String line) {
        if (trace.size() == TRACE) {
            trace.removeFirst();
        }
        trace.addLast(line);
    }

    // ---- for those who look out for changes

    void addLooker(long taskId) {
        lookers.add(taskId);
    }

    void removeLooker(long taskId) {
        lookers.remove(taskId);
    }

    /** Whether somebody else has made a step since this was asked. */
    boolean takeNews() {
        boolean any = news;
        news = false;
        return any;
    }

    // ---- for the driver

    /** The next step is the first one after a jump. */
    void jumped() {
        jumped = true;
    }

    /** The first steps after the last jumps that were to be traced, oldest first. */
    Collection<String> trace() {
        return List.copyOf(trace);
    }
}
