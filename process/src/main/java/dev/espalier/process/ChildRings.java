package dev.espalier.process;

import dev.espalier.core.MemoryReadiness.SpinRule;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The child's end of the rings. The task thread reads and writes it itself: it looks for a while, and then sleeps until the
 * main thread, which reads the socket, has a bell for it.
 */
final class ChildRings {
    private static final Duration MOST = Duration.ofNanos(50_000);
    private static final byte[] NOTHING = {};

    // Everything but wake() belongs to the task thread.
    private final ChildOutbox socket;
    private final RingReader in;
    private final RingOutbox out;
    private final FrameReader reader = new FrameReader(ByteBuffer.allocate(Frames.HEADER + Frames.MAX_CHUNK));
    private final SpinRule forWork = SpinRule.of(MOST);
    private final SpinRule forRoom = SpinRule.of(MOST);

    ChildRings(WorkerRings rings, ChildOutbox socket) {
        this.socket = socket;
        this.in = rings.toChild().reader();
        this.out = new RingOutbox(rings.toParent().writer());
    }

    /** Whether a message has come. */
    boolean hasNews() {
        return in.hasNews();
    }

    /** Waits for the next message and hands it over, when its memory is the parent's again. */
    void next(FrameReader.Sink sink) throws IOException {
        while (!reader.next(in, sink)) {
            await(forWork, in::hasNews, in::parked);
        }
    }

    /** After a message was taken, and before what it asks for is done, which may take long. */
    void tellOfRoom() throws IOException {
        if (in.mustTellOfRoom()) {
            ring();
        }
    }

    /** The arrays that came beside the message that is just told. */
    @Nullable Object[] arrays(long id) throws ProtocolException {
        return reader.arrays(id);
    }

    /** Writes an array, which its message has to follow. */
    void send(long id, LargeArray array) throws IOException {
        out.append(id, array);
        flushAll();
    }

    /** Writes a message and shows it to the parent; waits for room. */
    void send(FrameKind kind, long id, byte[] payload, int length) throws IOException {
        out.append(kind, id, payload, length);
        flushAll();
    }

    private void flushAll() throws IOException {
        flush();
        while (!out.isEmpty()) {
            if (!out.canGoOn()) {
                await(forRoom, out::canGoOn, out::parked);
            }
            flush();
        }
    }

    private void flush() throws IOException {
        if (out.flush()) {
            ring();
        }
    }

    private void ring() throws IOException {
        ChildTasks.forgetInterrupt();
        socket.send(FrameKind.BELL, 0, NOTHING, 0);
    }

    private interface Parking {
        void parked(boolean value);
    }

    @SuppressWarnings("ThreadPriorityCheck") // a hint, and only time depends on it
    private static void await(SpinRule rule, BooleanSupplier there, Parking parking) {
        boolean more = rule.begin(System.nanoTime());
        while (more && !there.getAsBoolean()) {
            Thread.yield();
            more = rule.goesOn(System.nanoTime());
        }
        if (there.getAsBoolean()) {
            rule.found();
            return;
        }
        rule.sleeps();
        parking.parked(true);
        VarHandle.fullFence();
        if (!there.getAsBoolean()) {
            LockSupport.park();
            ChildTasks.forgetInterrupt();
        }
        parking.parked(false);
    }
}
