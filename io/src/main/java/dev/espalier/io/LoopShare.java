package dev.espalier.io;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.spi.ErrorReport;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What the streams and files of one loop share. It lives as long as one of them, and is found by its loop without keeping either
 * alive.
 */
final class LoopShare {
    /** Bytes that go to or come from the system in one call. */
    static final int CHUNK = 64 << 10;

    /** File operations that run at once; further ones wait, so that files leave offload threads to others. */
    static final int FILE_OPERATIONS = 16;

    /** Names that are looked up at once, for the same reason. */
    private static final int LOOKUPS = 8;

    static {
        Preload.exceptions();
    }

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Map<EventLoop, WeakReference<LoopShare>> SHARES = new WeakHashMap<>(); // guarded by LOCK

    final EventLoop loop;
    final AsyncSemaphore lookups = AsyncSemaphore.of(LOOKUPS);
    final AsyncSemaphore fileOperations = AsyncSemaphore.of(FILE_OPERATIONS);
    private final Promise<Boolean> passed = Promise.create();

    // By the holder of the turn.
    private @Nullable ByteBuffer buffer;

    private LoopShare(EventLoop loop) {
        this.loop = loop;
        passed.succeed(true);
    }

    /** The share of the current loop. */
    static LoopShare current() {
        EventLoop loop = EventLoop.current();
        LOCK.lock();
        try {
            WeakReference<LoopShare> known = SHARES.get(loop);
            LoopShare share = known == null ? null : known.get();
            if (share == null) {
                share = new LoopShare(loop);
                SHARES.put(loop, new WeakReference<>(share));
            }
            return share;
        } finally {
            LOCK.unlock();
        }
    }

    /** The direct buffer through which everything passes; what it holds is lost at the next await. */
    ByteBuffer buffer() {
        ByteBuffer open = buffer;
        if (open == null) {
            open = ByteBuffer.allocateDirect(CHUNK);
            buffer = open;
        }
        return open;
    }

    /**
     * The await of an operation that finds all it needs: throws if the task is cancelled, checks that it runs on this loop, and
     * gives way now and then. Awaiting something that has ended is just that.
     */
    void pass() {
        passed.await();
    }

    /** Tells the loop's error sink of a failure that nobody awaits. */
    void report(String message, Throwable failure) {
        report(message, failure, Task.current());
    }

    private void report(String message, Throwable failure, Task<?> task) {
        loop.report(new ErrorReport(message, failure, task.name()));
    }

    /** Tells of failures of one kind, of which strangers may cause any number: of one in a minute, and of how many others there were. */
    final class Quiet {
        private static final Duration INTERVAL = Duration.ofMinutes(1);

        // By the holder of the turn.
        private long until = loop.now(); // on the loop's clock
        private long others;

        void report(String message, Throwable failure) {
            report(message, failure, Task.current());
        }

        /** For a task that may not be the one that runs: a callback may do its work. */
        void report(String message, Throwable failure, Task<?> task) {
            long now = loop.now();
            if (now - until < 0) {
                others++;
                return;
            }
            until = now + INTERVAL.toNanos();
            String more = others == 0 ? "" : " (" + others + " times more since the last report)";
            others = 0;
            LoopShare.this.report(message + "; this is told once a minute" + more, failure, task);
        }
    }
}
