package dev.espalier.core;

import dev.espalier.core.spi.LoopStatistics;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which tasks had to give way most often. A few counters, not one in each task, of which there may be millions: a task
 * without a counter takes over the smallest one with its count (the space-saving algorithm of Metwally, Agrawal and El
 * Abbadi, 2005). Written and read by the holder of the turn.
 */
final class Hogs {
    private static final int COUNTERS = 8;

    private final long[] ids = new long[COUNTERS];
    private final String[] names = new String[COUNTERS];
    private final long[] counts = new long[COUNTERS];
    private long total;

    Hogs() {
        Arrays.fill(names, "");
    }

    void gaveWay(Task<?> task) {
        total++;
        int at = counterOf(task.id());
        if (ids[at] != task.id()) {
            ids[at] = task.id();
            names[at] = task.name();
        }
        counts[at]++;
    }

    private int counterOf(long id) {
        int smallest = 0;
        for (int i = 0; i < COUNTERS; i++) {
            if (ids[i] == id) {
                return i;
            }
            if (counts[i] < counts[smallest]) {
                smallest = i;
            }
        }
        return smallest;
    }

    long total() {
        return total;
    }

    LoopStatistics.@Nullable Hog worst() {
        int worst = 0;
        for (int i = 1; i < COUNTERS; i++) {
            if (counts[i] > counts[worst]) {
                worst = i;
            }
        }
        return total == 0 ? null : new LoopStatistics.Hog(names[worst], counts[worst]);
    }
}
