package dev.espalier.testing;

import java.util.Arrays;

/**
 * Numbers by keys, without boxing: open addressing with linear probing. A key that is not there has the number {@link #NONE}.
 * Asked half a million times a second, which is why it is not a {@code HashMap}.
 */
final class LongMap {
    static final long NONE = Long.MIN_VALUE;

    private long[] keys = new long[32];
    private long[] values = new long[32]; // NONE: the slot is free
    private int size;

    LongMap() {
        Arrays.fill(values, NONE);
    }

    long get(long key) {
        return values[slot(key)];
    }

    void put(long key, long value) {
        if (size * 2 >= keys.length) {
            grow();
        }
        int slot = slot(key);
        size += values[slot] == NONE ? 1 : 0;
        keys[slot] = key;
        values[slot] = value;
    }

    private int slot(long key) {
        int slot = (int) Lane.mix(key) & (keys.length - 1);
        while (values[slot] != NONE && keys[slot] != key) {
            slot = (slot + 1) & (keys.length - 1);
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new long[keys.length];
        Arrays.fill(values, NONE);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldValues[i] != NONE) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                values[slot] = oldValues[i];
            }
        }
    }
}
