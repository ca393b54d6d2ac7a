package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.Sender;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One watched directory. A thread of its own waits for changes, for as long as the watch lasts: an offload thread would be missing
 * to others. It asks for more when the changes before have been taken; until then the JDK keeps up to 512, and tells of an overflow
 * when that is not enough.
 */
final class DirectoryWatch {
    private static final Duration CLOSE_LIMIT = Duration.ofMinutes(1);

    private final Path directory;
    private final WatchService service;
    private final WatchKey key;
    private final ExecutorService thread;

    /** Begins to watch. It blocks. */
    DirectoryWatch(Path directory) throws IOException {
        this.directory = directory;
        this.service = directory.getFileSystem().newWatchService();
        try {
            this.key = directory.register(service, StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_DELETE);
        } catch (Throwable e) {
            service.close();
            throw e;
        }
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("espalier-watch of " + directory).factory());
    }

    /** Sends changes until the directory is gone or the task is cancelled; then closes. */
    void feed(Sender<? super Directory.Change> sender) throws IOException {
        try {
            boolean there = true;
            while (there) {
                for (Directory.Change change : Async.await(CompletableFuture.supplyAsync(this::take, thread))) {
                    sender.send(change);
                }
                there = key.isValid();
            }
        } finally {
            Async.<IOException>shield(CLOSE_LIMIT, () -> Async.<IOException>offload(this::close));
        }
    }

    /** On the thread. */
    private List<Directory.Change> take() {
        try {
            service.take();
            List<Directory.Change> changes = key.pollEvents().stream().map(this::change).toList();
            key.reset(); // makes it invalid if the directory is gone
            return changes;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the thread of a watch", e);
        } catch (ClosedWatchServiceException _) {
            return List.of(); // for nobody: who closes has been cancelled
        }
    }

    private Directory.Change change(WatchEvent<?> event) {
        Directory.Change.Kind kind = Directory.Change.Kind.of(event.kind());
        return new Directory.Change(kind, event.context() instanceof Path name ? directory.resolve(name) : directory);
    }

    /** It blocks, for a moment. */
    void close() throws IOException {
        thread.shutdown();
        service.close();
    }
}
