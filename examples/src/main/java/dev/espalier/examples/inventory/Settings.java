package dev.espalier.examples.inventory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What one inventory is asked to do.
 *
 * @param root the directory, an absolute path
 * @param workers number of child JVMs, from 1 to {@link #MOST_WORKERS}
 * @param top entries of each ranking, at least 0
 * @param maxMemory bytes of file contents held at a time, from {@link #LEAST_MEMORY} to {@link #MOST_MEMORY}
 * @param timeout after which to stop, positive; empty: never
 */
record Settings(Path root, int workers, int top, long maxMemory, Optional<Duration> timeout) {

    /** The least {@code --max-memory}: one piece for each of a few files. */
    static final long LEAST_MEMORY = 1L << 20;

    /** The most {@code --max-memory}: what fits a count of KiB in an {@code int}. */
    static final long MOST_MEMORY = 1L << 40;

    /** More child JVMs than this are a slip of the finger. */
    static final int MOST_WORKERS = 256;

    /**
     * Files up to this size are read by the parent and travel to a child as bytes. The children read larger ones
     * themselves, piece by piece: a digest is a chain, so one child has to see all of a file anyway, and shipping it
     * would copy every byte twice more.
     */
    long largestShipped() {
        return Math.min(1L << 20, maxMemory / 8);
    }
}
