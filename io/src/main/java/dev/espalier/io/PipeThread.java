package dev.espalier.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * One pipe of a child process, and the thread that brings bytes between it and a ring.
 *
 * <p>The JDK's pipes block, and nothing interrupts a read of one. So each has a platform thread of its own: as a virtual thread it
 * would hold a carrier of the program's, and as an offloaded body a thread of the loop's, for as long as the child pleases.
 *
 * <p>Only the thread that reads or writes a pipe closes it. A descriptor closed under another thread's call may be that of a
 * new file when the call gets to the system, and the call then eats that file's bytes.
 */
final class PipeThread {
    /** Pipes of this JVM. */
    static final int LIMIT = 1024;

    private static final Semaphore PLACES = new Semaphore(LIMIT);

    final String name;
    final ByteRing ring = new ByteRing();
    private final CompletableFuture<Boolean> gone = new CompletableFuture<>();

    // By who makes the child, then by the holder of the turn.
    private boolean started;

    /** What a thread does with its pipe, and then closes it. */
    @FunctionalInterface
    interface Work {
        void run() throws IOException;
    }

    /** One of the {@linkplain #reserve reserved} places is its own from now on. */
    PipeThread(String name) {
        this.name = name;
    }

    /** Takes places for pipes to come. */
    static void reserve(int pipes, Object forWhom) throws IOException {
        if (!PLACES.tryAcquire(pipes)) {
            throw new IOException(forWhom + " was not started: it needs " + pipes + " pipes, and "
                    + (LIMIT - PLACES.availablePermits()) + " of at most " + LIMIT
                    + " pipes of child processes are open; close some, or discard what is not read");
        }
    }

    static void giveBack(int pipes) {
        PLACES.release(pipes);
    }

    /** How many more pipes there could be. */
    static int free() {
        return PLACES.availablePermits();
    }

    boolean isStarted() {
        return started;
    }

    /** Starts the thread; a failure of its work goes into the ring. */
    void start(Work work) {
        Thread.ofPlatform().daemon().name("espalier-pipe " + name).start(() -> {
            try {
                work.run();
            } catch (IOException e) {
                ring.fail(e);
            } finally {
                leave();
            }
        });
        started = true;
    }

    /** Closes the pipe if there is no thread that will do so. Nothing was done with it yet, so nothing blocks. */
    void closeIdle(@Nullable Closeable pipe) {
        if (!started) {
            started = true;
            try (pipe) {
                leave();
            } catch (IOException e) {
                throw new UncheckedIOException("closing the " + name + " failed", e);
            }
        }
    }

    private void leave() {
        giveBack(1);
        gone.complete(true);
    }

    /** Ends when the pipe is closed and the thread has gone. */
    CompletableFuture<Boolean> gone() {
        return gone.copy();
    }
}
