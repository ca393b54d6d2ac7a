package dev.espalier.examples.inventory;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.io.AsyncFile;
import dev.espalier.io.ReadLimitException;
import java.io.IOException;
import java.nio.file.Path;

/** Makes work of files, with no more of their contents in memory at a time than the settings allow. */
final class Loader {

    private static final int KIB = 1024;

    private final Settings settings;
    private final AsyncSemaphore kibibytes;

    /** Creates a loader for the current loop. */
    Loader(Settings settings) {
        this.settings = settings;
        this.kibibytes = AsyncSemaphore.of(Math.toIntExact(settings.maxMemory() / KIB));
    }

    /** Waits for memory, which {@link #release} gives back, and reads a small file. Cancelled, it has no effect. */
    @Awaits
    Work load(Found.RegularFile file) throws IOException {
        boolean shipped = file.size() <= settings.largestShipped();
        int permits = Math.toIntExact(Math.max(1, Math.ceilDiv(shipped ? file.size() : ContentCounter.PIECE, KIB)));
        kibibytes.acquire(permits);
        boolean loaded = false;
        try {
            Work work = Work.of(file, permits);
            work = shipped ? read(work, file.path()) : work;
            loaded = true;
            return work;
        } finally {
            if (!loaded) {
                kibibytes.release(permits);
            }
        }
    }

    @Awaits
    private static Work read(Work work, Path path) throws IOException {
        try {
            return work.holding(AsyncFile.readAll(path, Math.toIntExact(work.size())));
        } catch (ReadLimitException e) {
            // It has grown since it was met, or it is of a kind that has contents but no size, as under /proc.
            return work;
        }
    }

    /** Says that the work has an outcome. */
    void release(Work work) {
        kibibytes.release(work.kibibytes());
    }
}
