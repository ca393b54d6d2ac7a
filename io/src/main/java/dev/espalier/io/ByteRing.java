package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way between a task of a loop and a thread that blocks in the system: a ring of a fixed size. Either may be the side
 * that puts and the other the side that takes. The thread waits for the condition; the task awaits a future, so that the loop
 * knows that it waits for something outside.
 *
 * <p>The lock is held to copy at most a ring of bytes, never across a call of the system: the loop does not wait for the thread.
 */
final class ByteRing {
    static final int CAPACITY = 64 << 10;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // All guarded by lock.
    private final byte[] bytes = new byte[CAPACITY];
    private int head;
    private int count;
    private boolean ended; // nothing is put any more; what is there may be taken
    private boolean closed; // nothing is put or taken any more
    private @Nullable IOException failure; // of the thread: it has gone
    private @Nullable CompletableFuture<Boolean> waiting; // of the task of the loop, at most one

    // ---- by the task

    /** Puts what there is room for. */
    void put(ByteBuffer source) throws IOException {
        lock.lock();
        try {
            if (failure != null) {
                throw failure;
            }
            append(source);
        } finally {
            lock.unlock();
        }
    }

    /** Takes what there is into an empty buffer with room for all of it; -1 at the end. */
    int take(ByteBuffer target) throws IOException {
        lock.lock();
        try {
            if (count == 0 && failure != null) {
                throw failure;
            }
            if (count == 0) {
                return -1;
            }
            int taken = count;
            int first = Math.min(taken, CAPACITY - head);
            target.put(bytes, head, first).put(bytes, 0, taken - first);
            skip(taken);
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Ends when there is something to take, or nothing will come any more; null if that is so now. */
    @Nullable CompletableFuture<Boolean> untilTakeable() {
        return until(() -> count > 0 || ended);
    }

    /** Ends when there is room, or there never will be; null if that is so now. */
    @Nullable CompletableFuture<Boolean> untilRoom() {
        return until(() -> count < CAPACITY);
    }

    /** Ends when the thread is done with all that was put; null if it is now. */
    @Nullable CompletableFuture<Boolean> untilEmpty() {
        return until(() -> count == 0);
    }

    private @Nullable CompletableFuture<Boolean> until(BooleanSupplier reached) {
        lock.lock();
        try {
            if (reached.getAsBoolean() || closed || failure != null) {
                return null;
            }
            waiting = new CompletableFuture<>(); // one that is left over belongs to a wait that was cancelled
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    // ---- by the thread; it is never interrupted

    /** Puts everything, waiting for room; false if the ring was closed. */
    boolean putAll(ByteBuffer source) {
        while (source.hasRemaining()) {
            lock.lock();
            try {
                while (count == CAPACITY && !closed) {
                    changed.awaitUninterruptibly();
                }
                if (closed) {
                    return false;
                }
                append(source);
            } finally {
                lock.unlock();
            }
            wake();
        }
        return true;
    }

    /** Waits for bytes and copies some, which stay until they are {@linkplain #taken}; -1 at the end, or if it was closed. */
    int peek(byte[] target) {
        lock.lock();
        try {
            while (count == 0 && !ended && !closed && failure == null) {
                changed.awaitUninterruptibly();
            }
            if (count == 0 || closed) {
                return -1;
            }
            int length = Math.min(target.length, Math.min(count, CAPACITY - head));
            System.arraycopy(bytes, head, target, 0, length);
            return length;
        } finally {
            lock.unlock();
        }
    }

    void taken(int length) {
        change(() -> skip(length));
    }

    /** The thread has failed; first failure wins. */
    void fail(IOException cause) {
        change(() -> {
            if (failure == null && !closed) {
                failure = cause;
            }
        });
    }

    // ---- by both

    void end() {
        change(() -> ended = true);
    }

    void close() {
        change(() -> closed = true);
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        wake();
    }

    int size() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    private void append(ByteBuffer source) {
        assert lock.isHeldByCurrentThread();
        while (source.hasRemaining() && count < CAPACITY) {
            int tail = (head + count) % CAPACITY;
            int length = Math.min(source.remaining(), Math.min(CAPACITY - count, CAPACITY - tail));
            source.get(bytes, tail, length);
            count += length;
        }
        changed.signalAll();
    }

    private void skip(int length) {
        assert lock.isHeldByCurrentThread() && length <= count;
        head = (head + length) % CAPACITY;
        count -= length;
        changed.signalAll();
    }

    /** Outside of the lock: what waits for the future runs on this thread. */
    private void wake() {
        CompletableFuture<Boolean> waiter;
        lock.lock();
        try {
            waiter = waiting;
            waiting = null;
        } finally {
            lock.unlock();
        }
        if (waiter != null) {
            waiter.complete(true);
        }
    }
}
