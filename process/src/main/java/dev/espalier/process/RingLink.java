package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.EventLoop;
import dev.espalier.core.MemoryReadiness;
import dev.espalier.core.spi.Lookout;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The parent's end of the rings: work goes to the child and answers come from it, while the socket has the control frames and
 * the bells.
 */
final class RingLink implements Lookout {
    /** What the owner of the link does. */
    interface Owner extends FrameReader.Sink {
        /** Sends a bell to the child. */
        void ring();

        /** All messages of a turn were told. */
        void turnEnds();

        /** The rings cannot be used any more. */
        void broken(IOException why);
    }

    // Everything here belongs to the loop.
    private final EventLoop loop = EventLoop.current();
    private final WorkerRings rings;
    private final Owner owner;
    private final RingOutbox out;
    private final RingReader in;
    private final FrameReader reader = new FrameReader(ByteBuffer.allocate(Frames.HEADER + Frames.MAX_CHUNK));
    private final MemoryReadiness readiness;
    private boolean awaited;
    /** Nothing goes out any more: the rings were closed, or cannot be used. */
    private boolean broken;

    RingLink(WorkerRings rings, Owner owner) {
        this.rings = rings;
        this.owner = owner;
        this.out = new RingOutbox(rings.toChild().writer());
        this.in = rings.toParent().reader();
        this.readiness = MemoryReadiness.of(this);
        try {
            reader.arrivals().maker(this::make);
        } catch (ProtocolException impossible) {
            throw new AssertionError("nothing is awaited yet", impossible);
        }
    }

    /** Fills the memory of a very large array with zeros on another thread: here that would hold the loop. */
    private void make(LargeArray.Announcement announced) {
        loop.submit(() -> {
            try {
                reader.arrivals().made(Async.<LargeArray, ProtocolException>offload(announced::create));
            } catch (ProtocolException why) {
                breaks(why);
            }
        });
    }

    // ---- out

    /** Sends a message, now or as soon as there is room. The array must not change before it has gone. */
    void send(FrameKind kind, long id, byte[] payload) {
        try {
            if (!broken) {
                out.append(kind, id, payload, payload.length);
            }
        } catch (IOException why) {
            breaks(why);
        }
    }

    /** Sends an array, which its message has to follow. */
    void send(long id, LargeArray array) {
        try {
            if (!broken) {
                out.append(id, array);
            }
        } catch (IOException why) {
            breaks(why);
        }
    }

    /** The arrays that came beside the message that is just told. */
    @Nullable Object[] arrays(long id) throws ProtocolException {
        return reader.arrays(id);
    }

    /** What was sent in this turn is shown to the child. */
    void flush() {
        try {
            if (!broken && out.flush()) {
                owner.ring();
            }
        } catch (IOException why) {
            breaks(why);
        }
        look();
    }

    /** Whether answers are to be expected. */
    void await(boolean answers) {
        awaited = answers;
        look();
    }

    private void look() {
        readiness.expect(!broken && (awaited || !out.isEmpty()));
    }

    private void breaks(IOException why) {
        if (!broken) {
            broken = true;
            look();
            owner.broken(why);
        }
    }

    // ---- as the loop sees it

    @Override
    public boolean hasNews() {
        return (!reader.arrivals().isWaiting() && in.hasNews()) || out.canGoOn();
    }

    @Override
    public void parked(boolean value) {
        in.parked(value);
        out.parked(value);
    }

    @Override
    public boolean isParked() {
        return in.isParked();
    }

    @Override
    public void news() {
        try {
            int left = RingOutbox.TURN;
            while (left > 0 && !reader.arrivals().isWaiting() && reader.next(in, owner)) {
                left -= Frames.HEADER + reader.lastLength();
            }
            if (in.mustTellOfRoom()) {
                owner.ring();
            }
        } catch (IOException why) {
            breaks(why);
        }
        if (!out.isEmpty()) {
            flush();
        }
        owner.turnEnds();
    }

    // ---- the end

    /** No look any more; what the child has written can still be read. */
    void close() {
        broken = true;
        readiness.close();
    }

    /** After the child's end: takes the answers that it had ready. */
    void readRest() throws IOException {
        reader.arrivals().maker(null);
        while (reader.next(in, owner)) {
            // each is told to the owner
        }
    }

    void free() {
        rings.close();
    }

    @Override
    public String toString() {
        return "rings[to the child: " + out + "; from it: " + in + "]";
    }
}
