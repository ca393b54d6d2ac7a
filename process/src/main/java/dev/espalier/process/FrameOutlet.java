package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import java.io.IOException;

/**
 * The parent's way out to one child: what is appended in one turn of the loop is written together at its end.
 */
final class FrameOutlet {
    private static final byte[] NOTHING = {};

    // Everything here belongs to the loop.
    private final EventLoop loop = EventLoop.current();
    private final WorkerChannel connected;
    private final FrameWriter writer = new FrameWriter();
    private boolean flushDue;

    FrameOutlet(WorkerChannel connected) {
        this.connected = connected;
    }

    /** The array must not change before it is written. */
    void send(FrameKind kind, long id, byte[] payload) {
        send(kind, id, payload, payload.length);
    }

    void send(FrameKind kind, long id, byte[] payload, int length) {
        writer.append(kind, id, payload, 0, length);
        flushSoon();
    }

    /** An array, which its message has to follow. */
    void send(long id, LargeArray array) {
        writer.append(id, array);
        flushSoon();
    }

    void sendUrgent(FrameKind kind, long id) {
        writer.appendUrgent(kind, id, NOTHING);
        flushSoon();
    }

    void sendUrgent(FrameKind kind, long id, byte[] payload) {
        writer.appendUrgent(kind, id, payload);
        flushSoon();
    }

    private void flushSoon() {
        if (!flushDue) {
            flushDue = true;
            loop.callSoon(this::flush);
        }
    }

    private void flush() {
        try {
            if (writer.writeTo(connected.channel())) {
                flushDue = false;
            } else {
                // flushDue stays true: whatever is appended meanwhile goes out with the rest.
                loop.submit(this::flushSlowly);
            }
        } catch (IOException lost) {
            // The child is gone: the reader meets the same and knows what to do.
            flushDue = false;
        }
    }

    @Awaits
    private void flushSlowly() {
        try {
            do {
                connected.readiness().awaitWritable();
            } while (!writer.writeTo(connected.channel()));
            flushDue = false;
        } catch (IOException lost) {
            flushDue = false;
        }
    }
}
