package dev.espalier.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * An 8-ary heap that knows the position of each of its members, so that a cancelled timer leaves at once: there are no
 * tombstones to purge, and a million cancelled timers hold no memory. Deadlines lie in an array of their own, so that a
 * comparison touches no node unless two deadlines are equal. Equal deadlines fire in the order in which they were set.
 *
 * Eight children and not four: on adding and then cancelling a million timers a fifth to a third less, in each order tried.
 * The newest few timers stay in front of the heap, sorted; when another comes, the latest of them goes down into it. A time
 * limit that is entered and left without firing, which is what most do, never costs a walk through the heap.
 *
 * A wheel cancels faster, but has to cascade and loses the order of equal deadlines.
 */
final class TimerHeap {
    static final int ABSENT = -1;

    /** In place of a position: among the newest, in front of the heap. */
    private static final int IN_FRONT = -2;

    private static final int FRONT = 4;
    private static final int SMALLEST = 64;

    // Written and read by the holder of the turn.
    private long[] whens = new long[SMALLEST];
    private @Nullable Schedulable[] nodes = new @Nullable Schedulable[SMALLEST];
    private int size;
    private long sequence;

    /** The newest timers, earliest first, of equal ones the oldest first: a time limit that never fires never gets further. */
    private final @Nullable Schedulable[] front = new @Nullable Schedulable[FRONT];

    private int frontSize;

    int size() {
        return size + frontSize;
    }

    /** The earliest deadline; only while there is a timer. */
    long earliest() {
        return first().when;
    }

    /** All timers, in the order in which they will fire. */
    List<Schedulable> inOrder() {
        var all = new ArrayList<Schedulable>(size());
        for (int i = 0; i < frontSize; i++) {
            all.add(inFront(i));
        }
        for (int i = 0; i < size; i++) {
            all.add(at(i));
        }
        all.sort((one, other) -> Long.signum(one.when != other.when ? one.when - other.when : one.sequence - other.sequence));
        return all;
    }

    void add(Schedulable node, long when) {
        assert node.heapIndex == ABSENT : "set twice";
        node.when = when;
        node.sequence = sequence++;
        if (frontSize == FRONT) {
            intoHeap(inFront(--frontSize));
        }
        int place = frontSize++;
        while (place > 0 && inFront(place - 1).when - when > 0) {
            front[place] = front[place - 1];
            place--;
        }
        front[place] = node;
        node.heapIndex = IN_FRONT;
    }

    private void intoHeap(Schedulable node) {
        if (size == whens.length) {
            resize(size * 2);
        }
        siftUp(size++, node);
    }

    /** Takes a timer out; does nothing if it is not set. */
    void remove(Schedulable node) {
        int hole = node.heapIndex;
        node.heapIndex = ABSENT;
        if (hole == IN_FRONT) {
            removeFromFront(node);
        } else if (hole != ABSENT) {
            removeFromHeap(hole, node);
        }
    }

    private void removeFromFront(Schedulable node) {
        int place = 0;
        while (front[place] != node) {
            place++;
        }
        System.arraycopy(front, place + 1, front, place, --frontSize - place);
        front[frontSize] = null;
    }

    private void removeFromHeap(int hole, Schedulable node) {
        Schedulable last = at(--size);
        nodes[size] = null;
        if (last != node) {
            siftDown(hole, last);
            if (last.heapIndex == hole) {
                siftUp(hole, last);
            }
        }
        if (size < whens.length / 8 && whens.length > SMALLEST) {
            resize(whens.length / 2);
        }
    }

    /** Takes out the earliest timer if its moment is now or past. */
    @Nullable Schedulable pollDue(long now) {
        if (size() == 0 || earliest() - now > 0) {
            return null;
        }
        Schedulable first = first();
        remove(first);
        return first;
    }

    /** The one that fires first; only while there is a timer. */
    private Schedulable first() {
        if (frontSize == 0) {
            return at(0);
        }
        Schedulable newest = inFront(0);
        return size == 0 || before(newest.when, newest, 0) ? newest : at(0);
    }

    private void resize(int capacity) {
        whens = Arrays.copyOf(whens, capacity);
        nodes = Arrays.copyOf(nodes, capacity);
    }

    private void siftUp(int hole, Schedulable node) {
        int index = hole;
        while (index > 0) {
            int parent = (index - 1) >>> 3;
            if (!before(node.when, node, parent)) {
                break;
            }
            put(index, at(parent));
            index = parent;
        }
        put(index, node);
    }

    private void siftDown(int hole, Schedulable node) {
        int index = hole;
        for (int child = 8 * index + 1; child < size; child = 8 * index + 1) {
            int smallest = child;
            for (int other = child + 1; other < Math.min(child + 8, size); other++) {
                if (before(whens[other], at(other), smallest)) {
                    smallest = other;
                }
            }
            if (before(node.when, node, smallest)) {
                break;
            }
            put(index, at(smallest));
            index = smallest;
        }
        put(index, node);
    }

    private boolean before(long when, Schedulable node, int index) {
        long difference = when - whens[index];
        return difference != 0 ? difference < 0 : node.sequence < at(index).sequence;
    }

    private void put(int index, Schedulable node) {
        whens[index] = node.when;
        nodes[index] = node;
        node.heapIndex = index;
    }

    @SuppressWarnings("NullAway") // below frontSize no slot is empty
    private Schedulable inFront(int index) {
        return front[index];
    }

    @SuppressWarnings("NullAway") // below size no slot is empty
    private Schedulable at(int index) {
        return nodes[index];
    }
}
