package dev.espalier.process;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The child's way out. The task thread appends results, the main thread answers to control frames; either may write.
 */
final class ChildOutbox {
    // Results of short tasks are written together: one system call for many. What is appended but not written is
    // "held". It lies in memory that the parent shares, so it is not lost if the next task ends this process. The task
    // thread writes it when it has nothing else to do; so that a long task does not keep the results of those before
    // it, a third thread looks every HOLD_NANOS. It sleeps for good while nothing is held.
    private static final long HOLD_NANOS = 1_000_000;
    private static final int FULL = 64 * 1024;

    private final SocketChannel channel;
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by lock; the handshake has one of its own. */
    private FrameWriter writer = new FrameWriter();
    /** True from the first held frame to the end of the next write. Written under lock, read by the flusher without. */
    private volatile boolean held;
    /** True while the flusher sleeps for good. Written by it and, under lock, by whoever wakes it. */
    private volatile boolean idle;
    /** Written once before the task thread starts. */
    private volatile Thread flusher = Thread.currentThread();

    ChildOutbox(SocketChannel channel) {
        this.channel = channel;
    }

    /** From here on frames lie in shared memory until they are written. */
    void use(WorkerMemory memory) {
        lock.lock();
        try {
            writer = new FrameWriter(memory);
        } finally {
            lock.unlock();
        }
    }

    /** Writes the frame and all that was held before it. */
    void send(FrameKind kind, long id, byte[] payload, int length) throws IOException {
        lock.lock();
        try {
            writer.append(kind, id, payload, 0, length);
            write();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes an empty frame and closes the socket: this process ends now. The thread that reads the socket wakes by it, and
     * the one that reads standard input when the parent closes that in its turn; an end waits 300 ms for threads in native code.
     */
    void sendLast(FrameKind kind) throws IOException {
        send(kind, 0, new byte[0], 0);
        SelfKill.standDown();
        try {
            channel.close();
        } catch (IOException closed) {
            // The parent has heard all, and this process ends with or without it.
        }
    }

    /** Appends the frame; it goes out with the next write, {@value #HOLD_NANOS} ns or twice that later at most. */
    void hold(FrameKind kind, long id, byte[] payload, int length) throws IOException {
        lock.lock();
        try {
            writer.append(kind, id, payload, 0, length);
            if (writer.ready() >= FULL || length > Frames.MAX_CHUNK) {
                write();
                return;
            }
            hold();
        } finally {
            lock.unlock();
        }
    }

    /** Appends the frame and leaves it to others to write it; so this never waits for the parent. */
    void leave(FrameKind kind, long id, byte[] payload) {
        lock.lock();
        try {
            writer.append(kind, id, payload, 0, payload.length);
            hold();
        } finally {
            lock.unlock();
        }
    }

    private void hold() {
        held = true;
        if (idle) {
            idle = false;
            LockSupport.unpark(flusher);
        }
    }

    /** Writes what is held. */
    void flush() throws IOException {
        if (!held) {
            return;
        }
        lock.lock();
        try {
            write();
        } finally {
            lock.unlock();
        }
    }

    void startFlusher() {
        flusher = ParentWatch.daemon("espalier-flusher", this::flushLoop);
    }

    private void write() throws IOException {
        held = false;
        // An interrupted writer would close the socket. Who interrupts waits for the lock, see interrupt().
        boolean interrupted = Thread.interrupted();
        try {
            // The channel is blocking, but once a virtual thread has written to it the JDK waits only until it takes a part.
            boolean whole;
            do {
                whole = writer.writeTo(channel);
            } while (!whole);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Interrupts a thread, though not while it writes. */
    void interrupt(Thread thread) {
        lock.lock();
        try {
            thread.interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void flushLoop() {
        try {
            while (true) {
                if (held) {
                    LockSupport.parkNanos(HOLD_NANOS);
                    flush();
                } else {
                    sleepUntilHeld();
                }
            }
        } catch (IOException lost) {
            // The parent has closed its end: the main thread sees that too, but may be busy.
            SelfKill.now();
        }
    }

    private void sleepUntilHeld() {
        idle = true;
        // Set before this look and cleared before the wake-up, so a frame held in between is not missed.
        while (idle && !held) {
            LockSupport.park();
        }
        idle = false;
    }
}
