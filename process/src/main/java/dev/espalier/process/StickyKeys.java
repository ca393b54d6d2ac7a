package dev.espalier.process;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Which worker runs the tasks with which key.
 */
final class StickyKeys {
    // A key stands for one of a fixed number of buckets, so that this needs no more memory the more keys there are; two
    // keys of one bucket share a worker. A bucket is bound when it is first used, to the worker that has fewest, and
    // stays there as long as that worker lives. While workers are missing, which start or are replaced, those that are
    // there take no more than their share: the rest waits for the others. So the keys of a worker that died go to the
    // one that replaces it, and all other keys stay where they are.
    private static final int BUCKETS = 4096;
    /** Instead of a number of workers: only what is bound already has a worker. */
    static final int NO_NEW = -1;

    // By the dispatcher.
    private final @Nullable Seat[] seats = new Seat[BUCKETS];
    private int bound;

    static int bucket(Object key) {
        int hash = key.hashCode() * 0x9E3779B9;
        return hash >>> (Integer.SIZE - 12);
    }

    /** The worker for a bucket, where the pool has so many or will have; null when it is one that is still to come. */
    @Nullable Seat seat(int bucket, Collection<Seat> all, int workers) {
        Seat seat = seats[bucket];
        if (seat == null) {
            seat = leastBound(all);
            if (seat == null || workers == NO_NEW || (long) seat.keys * workers > bound) {
                return null;
            }
            seats[bucket] = seat;
            seat.keys++;
            bound++;
        }
        return seat;
    }

    boolean areUsed() {
        return bound > 0;
    }

    private static @Nullable Seat leastBound(Collection<Seat> all) {
        Seat least = null;
        for (Seat seat : all) {
            if (least == null || seat.keys < least.keys) {
                least = seat;
            }
        }
        return least;
    }

    /** A worker is gone. */
    void left(Seat seat) {
        if (seat.keys > 0) {
            for (int i = 0; i < BUCKETS; i++) {
                if (seats[i] == seat) {
                    seats[i] = null;
                }
            }
            bound -= seat.keys;
            seat.keys = 0;
        }
    }
}
