package dev.espalier.process;

import org.jspecify.annotations.Nullable;

/**
 * What the main thread of a child hands to the task thread, in the order in which it came.
 */
final class ChildWork {
    enum Sort { TASK, DEFINITION, BYE }

    final Sort sort;
    final long id;
    final byte[] bytes;
    /** Those that came beside it. */
    final @Nullable Object[] arrays;

    private ChildWork(Sort sort, long id, byte[] bytes, @Nullable Object... arrays) {
        this.sort = sort;
        this.id = id;
        this.bytes = bytes;
        this.arrays = arrays;
    }

    static ChildWork task(long id, byte[] bytes, @Nullable Object[] arrays) {
        return new ChildWork(Sort.TASK, id, bytes, arrays);
    }

    static ChildWork definition(long id, byte[] bytes) {
        return new ChildWork(Sort.DEFINITION, id, bytes);
    }

    static ChildWork bye() {
        return new ChildWork(Sort.BYE, 0, new byte[0]);
    }
}
