package dev.espalier.process;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that are at one child, by the numbers under which they were sent there.
 */
final class SentTasks {
    private static final int SLOTS = 1024;

    // Everything here belongs to the loop of the pool.
    /** At the place of its number modulo the length. */
    private final @Nullable PoolTask<?>[] slots = new PoolTask<?>[SLOTS];
    private int count;
    /** Of those, the ones that were asked for. */
    private int recalled;
    /** The number of the newest. */
    private long newest;

    private static int slot(long id) {
        return (int) id & (SLOTS - 1);
    }

    int count() {
        return count;
    }

    /** False as long as a very old task is in the way of the next. */
    boolean hasRoom() {
        return slots[slot(newest + 1)] == null;
    }

    /** Adds a task and gives its number. */
    long add(PoolTask<?> task) {
        long id = ++newest;
        slots[slot(id)] = task;
        count++;
        return id;
    }

    /** Null for one that is not here any more. */
    @Nullable PoolTask<?> get(long id) {
        PoolTask<?> task = slots[slot(id)];
        return task != null && task.sequence() == id ? task : null;
    }

    PoolTask<?> find(long id) throws ProtocolException {
        PoolTask<?> task = get(id);
        if (task == null) {
            throw new ProtocolException("it answered to task " + id + ", which it does not have");
        }
        return task;
    }

    PoolTask<?> take(long id) throws ProtocolException {
        PoolTask<?> task = find(id);
        slots[slot(id)] = null;
        count--;
        recalled -= task.isRecalled() ? 1 : 0;
        return task;
    }

    /** How many wait behind the one that has started last and were not yet asked for. */
    int recallable(long started) {
        return Math.max(0, count - (divisible(started) == null ? 1 : 0) - recalled);
    }

    /** What runs, if a part of it can still be given to others. */
    private @Nullable PoolTask<?> divisible(long started) {
        PoolTask<?> task = get(started);
        return task != null && !task.isRecalled() && task.isDivisible() ? task : null;
    }

    /**
     * Asks for half of what waits, the newest first, or else of what runs. What has started meanwhile stays, and so does what is for
     * this child alone. Gives whether anything was asked for.
     */
    boolean recall(long started, LongConsumer ask) {
        int before = recalled;
        PoolTask<?> divisible = divisible(started);
        int wanted = (recallable(started) + 1) / 2;
        for (long id = newest; wanted > 0 && id > started; id--) {
            wanted -= recall(get(id), ask) ? 1 : 0;
        }
        if (wanted > 0) {
            recall(divisible, ask);
        }
        return recalled > before;
    }

    private boolean recall(@Nullable PoolTask<?> task, LongConsumer ask) {
        if (task == null || !task.recall()) {
            return false;
        }
        recalled++;
        ask.accept(task.sequence());
        return true;
    }

    void cancelAll(String reason) {
        for (PoolTask<?> task : slots) {
            if (task != null) {
                task.cancel(reason);
            }
        }
    }

    /** All, oldest first. */
    List<PoolTask<?>> all() {
        List<PoolTask<?>> all = new ArrayList<>();
        for (PoolTask<?> task : slots) {
            if (task != null) {
                all.add(task);
            }
        }
        all.sort((a, b) -> Long.compare(a.sequence(), b.sequence()));
        return all;
    }

    /** The same; afterwards there is none. */
    List<PoolTask<?>> takeAll() {
        List<PoolTask<?>> all = all();
        Arrays.fill(slots, null);
        count = 0;
        recalled = 0;
        return all;
    }
}
