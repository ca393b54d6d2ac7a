package dev.espalier.examples.inventory;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.io.AsyncFile;
import dev.espalier.io.ReadLimitException;
import dev.espalier.process.ProcessPool;
import java.io.IOException;

/** Has files counted by a pool, with no more of their contents in memory at a time than the settings allow. */
final class FileCounter {

    private static final int KIB = 1024;

    private final Settings settings;
    private final ProcessPool pool;
    private final AsyncSemaphore kibibytes;

    /** Creates a counter for the current loop. */
    FileCounter(Settings settings, ProcessPool pool) {
        this.settings = settings;
        this.pool = pool;
        this.kibibytes = AsyncSemaphore.of(Math.toIntExact(settings.maxMemory() / KIB));
    }

    /** Waits for memory, then for the answer. Cancelled, it has no effect but the time a child may have spent. */
    @Awaits
    Answer count(Found.RegularFile file) throws IOException {
        boolean shipped = file.size() <= settings.largestShipped();
        int permits = Math.toIntExact(Math.max(1, Math.ceilDiv(shipped ? file.size() : ContentCounter.PIECE, KIB)));
        kibibytes.acquire(permits);
        try {
            return shipped ? ship(file) : pool.call(Child::countFile, file.path().toUri());
        } finally {
            kibibytes.release(permits);
        }
    }

    private Answer ship(Found.RegularFile file) throws IOException {
        byte[] contents;
        try {
            contents = AsyncFile.readAll(file.path(), Math.toIntExact(file.size()));
        } catch (ReadLimitException e) {
            // It has grown since it was met, or it is of a kind that has contents but no size, as under /proc.
            return pool.call(Child::countFile, file.path().toUri());
        }
        return pool.call(Child::countBytes, contents);
    }
}
