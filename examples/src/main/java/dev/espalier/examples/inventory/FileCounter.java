package dev.espalier.examples.inventory;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.process.ProcessPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;

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
        // One byte more than the file had when it was met: enough to see that it has grown meanwhile.
        long bytes = shipped ? file.size() + 1 : ContentCounter.PIECE;
        int permits = Math.toIntExact(Math.ceilDiv(bytes, KIB));
        kibibytes.acquire(permits);
        try {
            return shipped ? ship(file) : pool.call(Child::countFile, file.path().toUri());
        } finally {
            kibibytes.release(permits);
        }
    }

    private Answer ship(Found.RegularFile file) throws IOException {
        int expected = Math.toIntExact(file.size());
        byte[] contents = Async.offload(() -> {
            try (InputStream in = Files.newInputStream(file.path(), LinkOption.NOFOLLOW_LINKS)) {
                return in.readNBytes(expected + 1);
            }
        });
        return contents.length > expected
                ? pool.call(Child::countFile, file.path().toUri())
                : pool.call(Child::countBytes, contents);
    }
}
