package dev.espalier.process;

import java.io.IOException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Messages on their way into a ring, in order and cut into frames. Never waits. One thread (or one loop) at a time.
 */
final class RingOutbox {
    /** So many bytes at most are copied into a ring in one turn: who copies more holds up others. */
    static final int TURN = 256 * 1024;

    private final RingWriter ring;
    private final ArrayDeque<Outgoing> queue = new ArrayDeque<>();
    private boolean wanted;

    RingOutbox(RingWriter ring) {
        this.ring = ring;
    }

    /** Appends a message that goes into the ring at once; false for one that would have to wait. */
    boolean offer(FrameKind kind, long id, byte[] payload, int length) throws IOException {
        return queue.isEmpty() && length <= Frames.MAX_CHUNK && ring.offer(kind, false, id, payload, 0, length);
    }

    /** Appends a message; one that does not go into the ring at once waits, and must not be changed until it has gone. */
    void append(FrameKind kind, long id, byte[] payload, int length) throws IOException {
        if (!offer(kind, id, payload, length)) {
            queue.add(new Outgoing(kind, id, payload, 0, length));
        }
    }

    /** The same with an array, which its message has to follow. */
    void append(long id, LargeArray array) throws IOException {
        append(FrameKind.ARRAY, id, array.header(), LargeArray.HEADER);
        queue.add(new Outgoing(id, array));
    }

    /**
     * Writes what has room, at most {@link #TURN} bytes and a frame, and shows the reader all that was written.
     *
     * @return true when the reader sleeps and the caller has to wake it
     */
    boolean flush() throws IOException {
        int left = TURN;
        boolean asleep = ring.publish();
        Outgoing first = queue.peek();
        while (first != null && left > 0) {
            int length = first.length();
            boolean more = first.hasMore();
            if (!offer(first, more, length)) {
                break;
            }
            first.at += length;
            left -= length;
            // At once: the reader copies this part out while the next one is copied in.
            asleep |= ring.publish();
            if (!more) {
                queue.remove();
                first = queue.peek();
            }
        }
        return asleep;
    }

    private boolean offer(Outgoing message, boolean more, int length) throws IOException {
        return ring.offer(message.kind, more, message.id, message.payload, message.at, length);
    }

    /** True when nothing waits. */
    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** True when something waits and could be written. Memory that is gone is found out by {@link #flush}. */
    boolean canGoOn() {
        try {
            Outgoing first = queue.peek();
            return first != null && ring.hasRoom(first.length());
        } catch (IOException gone) {
            return true;
        }
    }

    /** Before a sleep, true: the reader shall ring when there is room, if something waits for it; after it, false. */
    void parked(boolean value) {
        if (wanted != (value && !queue.isEmpty())) {
            wanted = !wanted;
            try {
                ring.wantRoom(wanted);
            } catch (IOException gone) {
                // canGoOn is true then, so nobody sleeps.
            }
        }
    }

    @Override
    public String toString() {
        @Nullable Outgoing first = queue.peek();
        return ring + (first == null ? "" : ", " + queue.size() + " messages wait, the first is a " + first.kind);
    }
}
