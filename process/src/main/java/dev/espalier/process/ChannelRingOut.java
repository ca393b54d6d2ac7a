package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.MemoryReadiness;
import dev.espalier.core.Promise;
import dev.espalier.core.spi.Lookout;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way of a channel's messages through shared memory, where they are sent.
 */
final class ChannelRingOut implements Lookout {
    // Everything here belongs to the loop.
    private final long channel;
    private final ChannelMemory memory;
    private final RingOutbox out;
    private final MemoryReadiness readiness = MemoryReadiness.of(this);
    private final Runnable bell;
    private final Runnable room;
    private final Consumer<IOException> broken;
    private final Promise<Boolean> drained = Promise.create("the end of a channel's ring");
    private boolean last;
    private boolean closed;

    /**
     * A way of the messages of a channel.
     *
     * @param bell wakes the receiver
     * @param room is told when no message {@linkplain #isFull() waits} any more
     * @param broken is told when the memory cannot be used any more
     */
    ChannelRingOut(long channel, ChannelMemory memory, Runnable bell, Runnable room, Consumer<IOException> broken) {
        this.channel = channel;
        this.memory = memory;
        this.out = new RingOutbox(memory.ring().writer());
        this.bell = bell;
        this.room = room;
        this.broken = broken;
    }

    /** Sends what is in the array up to there, now or as soon as there is room. */
    void send(byte[] message, int length) {
        if (closed) {
            return;
        }
        try {
            if (!out.offer(FrameKind.CHANNEL, channel, message, length)) {
                out.append(FrameKind.CHANNEL, channel, Arrays.copyOf(message, length), length);
            }
            flush();
        } catch (IOException gone) {
            breaks(gone);
        }
    }

    // Each message is shown at once: a sender that goes on to compute would keep it from the receiver otherwise.
    private void flush() throws IOException {
        if (out.flush()) {
            bell.run();
        }
        readiness.expect(!out.isEmpty());
        if (last && out.isEmpty()) {
            close();
        }
    }

    private void breaks(IOException why) {
        close();
        broken.accept(why);
    }

    /** No message comes after those that were sent. */
    void end() {
        last = true;
        if (out.isEmpty()) {
            close();
        }
    }

    /** True while messages wait for room. */
    boolean isFull() {
        return !closed && !out.isEmpty();
    }

    /** Waits until all messages are in the ring, from where the receiver gets them whatever becomes of this process. */
    @Awaits
    void awaitWritten() {
        if (isFull()) {
            end();
            drained.await();
        }
    }

    /** Nobody receives any more, or there is nothing more to receive. */
    void close() {
        if (!closed) {
            closed = true;
            readiness.close();
            memory.close();
            drained.trySucceed(true);
        }
    }

    // ---- as the loop sees it

    @Override
    public boolean hasNews() {
        return out.canGoOn();
    }

    @Override
    public void parked(boolean value) {
        out.parked(value);
    }

    @Override
    public boolean isParked() {
        return false;
    }

    @Override
    public void news() {
        try {
            flush();
        } catch (IOException gone) {
            breaks(gone);
        }
        if (!isFull()) {
            room.run();
        }
    }

    @Override
    public String toString() {
        return closed ? "closed ring" : out.toString();
    }
}
