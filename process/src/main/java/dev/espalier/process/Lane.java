package dev.espalier.process;

import java.util.ArrayDeque;

/**
 * The tasks of one view of a pool, or of one stream, that wait: they have the same options and go one after the other,
 * in turn with those of other lanes.
 */
final class Lane {
    final TaskOptions options;
    /** Stands for the key in {@link StickyKeys}; -1 without one. */
    final int bucket;

    // By the one queue in which it is.
    /** Tasks that wait, and some that were cancelled while they did. */
    final ArrayDeque<PoolTask<?>> tasks = new ArrayDeque<>();
    boolean listed;

    Lane(TaskOptions options) {
        this.options = options;
        this.bucket = options.key().isEmpty() ? -1 : StickyKeys.bucket(options.key().get());
    }
}
