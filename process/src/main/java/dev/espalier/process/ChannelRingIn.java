package dev.espalier.process;

import dev.espalier.core.MemoryReadiness;
import dev.espalier.core.spi.Lookout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The way of a channel's messages through shared memory, where they are received.
 */
final class ChannelRingIn implements Lookout {
    // Everything here belongs to the loop.
    private final ChannelMemory memory;
    private final RingReader in;
    private final FrameReader reader = new FrameReader(ByteBuffer.allocate(Frames.HEADER + Frames.MAX_CHUNK));
    private final FrameReader.Sink sink;
    private final MemoryReadiness readiness = MemoryReadiness.of(this);
    private final Runnable bell;
    private final Consumer<IOException> broken;
    private boolean closed;

    /** With who takes the messages, a bell for the sender, and whom to tell when the memory cannot be used any more. */
    ChannelRingIn(ChannelMemory memory, FrameReader.Sink sink, Runnable bell, Consumer<IOException> broken) {
        this.memory = memory;
        this.in = memory.ring().reader();
        this.sink = sink;
        this.bell = bell;
        this.broken = broken;
        readiness.expect(true);
    }

    /** After the end of the sender's process: takes what it has left. */
    void readRest() {
        read(Integer.MAX_VALUE);
    }

    private void read(int most) {
        int left = most;
        try {
            while (!closed && left > 0 && reader.next(in, sink)) {
                left -= Frames.HEADER + reader.lastLength();
            }
            if (!closed && in.mustTellOfRoom()) {
                bell.run();
            }
        } catch (IOException gone) {
            close();
            broken.accept(gone);
        }
    }

    /** Nobody sends any more, or nobody receives. */
    void close() {
        if (!closed) {
            closed = true;
            readiness.close();
            memory.close();
        }
    }

    // ---- as the loop sees it

    @Override
    public boolean hasNews() {
        return in.hasNews();
    }

    @Override
    public void parked(boolean value) {
        in.parked(value);
    }

    @Override
    public boolean isParked() {
        return in.isParked();
    }

    @Override
    public void news() {
        read(RingOutbox.TURN);
    }

    @Override
    public String toString() {
        return closed ? "closed ring" : in.toString();
    }
}
