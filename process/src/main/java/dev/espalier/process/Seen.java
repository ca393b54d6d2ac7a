package dev.espalier.process;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one message that are written already, by identity, each with its number. Numbers count from 0 in the
 * order in which the objects began.
 */
final class Seen {
    // Most messages hold a handful of objects: looking through all of them is cheaper than asking for identity hash
    // codes, which an object gets when first asked.
    private static final int FEW = 8;
    private static final int KEPT = 1024;

    private @Nullable Object[] objects = new @Nullable Object[FEW];
    /** False while an object is being written that the reader can make only when all it holds is there. */
    private boolean[] complete = new boolean[FEW];
    /** Number plus one, at the place of the hash code or behind it; null for the first {@link #FEW} objects. */
    private int @Nullable [] table;
    private int size;

    /** The number of an object, or -1. */
    int find(Object object) {
        int[] places = table;
        if (places == null) {
            for (int i = 0; i < size; i++) {
                if (objects[i] == object) {
                    return i;
                }
            }
            return -1;
        }
        int mask = places.length - 1;
        for (int at = System.identityHashCode(object) & mask; places[at] != 0; at = (at + 1) & mask) {
            if (objects[places[at] - 1] == object) {
                return places[at] - 1;
            }
        }
        return -1;
    }

    /** Gives the next number to an object. */
    int add(Object object) {
        if (size == objects.length) {
            objects = Arrays.copyOf(objects, size * 2);
            complete = Arrays.copyOf(complete, size * 2);
            table = new int[size * 8];
            for (int i = 0; i < size; i++) {
                place(table, i);
            }
        }
        objects[size] = object;
        complete[size] = true;
        if (table != null) {
            place(table, size);
        }
        return size++;
    }

    private void place(int[] places, int number) {
        int mask = places.length - 1;
        int at = System.identityHashCode(objects[number]) & mask;
        while (places[at] != 0) {
            at = (at + 1) & mask;
        }
        places[at] = number + 1;
    }

    void setComplete(int number, boolean is) {
        complete[number] = is;
    }

    boolean isComplete(int number) {
        return complete[number];
    }

    /** Forgets all; a large table is not kept. */
    void clear() {
        if (size == 0) {
            return;
        }
        if (objects.length > KEPT) {
            objects = new @Nullable Object[FEW];
            complete = new boolean[FEW];
            table = null;
        } else {
            Arrays.fill(objects, 0, size, null);
            if (table != null) {
                Arrays.fill(table, 0);
            }
        }
        size = 0;
    }
}
