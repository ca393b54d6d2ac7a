package dev.espalier.process;

/**
 * How many items travel together: as many as take a child a millisecond, as far as is known.
 */
final class ChunkSize {
    // Long enough that the way there and back does not count, short enough that workers end together, that other tasks
    // of the pool get their turn, and that little is held back. A first measurement may be far off, so the size grows
    // step by step; it shrinks at once.
    static final long TARGET_NANOS = 1_000_000;
    static final int MOST = 8192;
    private static final int GROWTH = 8;

    private double nanosPerItem;
    private int size = 1;

    /** So many items took a child so long. */
    void measured(int items, long nanos) {
        if (items == 0) {
            return;
        }
        double now = (double) nanos / items;
        nanosPerItem = nanosPerItem == 0 ? now : (nanosPerItem + now) / 2;
        long ideal = (long) (TARGET_NANOS / Math.max(nanosPerItem, 1));
        size = (int) Math.clamp(ideal, 1, Math.max(size, Math.min(MOST, (long) GROWTH * items)));
    }

    /** The next size, where so many items are left and so many workers share them. */
    int next(long left, int workers) {
        return Math.clamp(left / (2L * workers), 1, size);
    }
}
