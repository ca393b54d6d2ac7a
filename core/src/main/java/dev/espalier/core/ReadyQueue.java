package dev.espalier.core;

import dev.espalier.core.spi.ReadyOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The items that can run now, oldest first, in a ring that grows. Written and read by the holder of the turn. */
final class ReadyQueue implements ReadyOrder.View {
    private @Nullable Schedulable[] ring = new @Nullable Schedulable[64];
    private int head;
    private int count;

    /** How many of the oldest items the order may choose from: those of the current tick, or all. */
    private int visible;

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    void add(Schedulable item) {
        if (count == ring.length) {
            grow();
        }
        ring[(head + count++) & (ring.length - 1)] = item;
    }

    /** Puts an item before all others. */
    void addFirst(Schedulable item) {
        if (count == ring.length) {
            grow();
        }
        head = (head - 1) & (ring.length - 1);
        ring[head] = item;
        count++;
    }

    /** All items, for an order that is asked without having to choose. */
    ReadyOrder.View all() {
        visible = count;
        return this;
    }

    /** Takes one of the {@code visible} oldest items, as the order says. */
    Schedulable take(ReadyOrder order, int visibleNow) {
        visible = visibleNow;
        int index = order.choose(this);
        if (index != 0) {
            moveToHead(index);
        }
        int mask = ring.length - 1;
        Schedulable item = at(head);
        ring[head] = null;
        head = (head + 1) & mask;
        count--;
        return item;
    }

    /** The younger ones keep their order; the chosen one passes all older ones. */
    private void moveToHead(int index) {
        if (index < 0 || index >= visible) {
            throw new IllegalStateException("the ready order chose " + index + " of " + visible + " items");
        }
        int mask = ring.length - 1;
        Schedulable chosen = at((head + index) & mask);
        for (int i = index; i > 0; i--) {
            ring[(head + i) & mask] = ring[(head + i - 1) & mask];
        }
        ring[head] = chosen;
    }

    private void grow() {
        var larger = Arrays.copyOfRange(ring, head, head + ring.length);
        System.arraycopy(ring, 0, larger, ring.length - head, head);
        ring = Arrays.copyOf(larger, ring.length * 2);
        head = 0;
    }

    @Override
    public int size() {
        return visible;
    }

    @Override
    public long taskId(int index) {
        return at((head + index) & (ring.length - 1)) instanceof Task<?> task ? task.id() : 0;
    }

    @Override
    public String describe(int index) {
        return at((head + index) & (ring.length - 1)).toString();
    }

    @SuppressWarnings("NullAway") // between head and head + count no slot is empty
    private Schedulable at(int slot) {
        return ring[slot];
    }
}
