package dev.espalier.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.core.ChannelClosedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the senders of a channel have in common in the process that sends.
 */
final class SendingEnd implements ChannelEnds.End {
    // Whoever waits for room waits for a permit of the credit; the end of the channel lets all go on, who then see it.
    private static final int ALL = Integer.MAX_VALUE / 4;

    // By the holder of the loop's turn.
    final long channel;
    final AsyncSemaphore credit = AsyncSemaphore.of(0);
    private final SymbolTable table = new SymbolTable();
    private final Encoder encoder = new Encoder(table);
    private final Parcels parcels = new Parcels();
    /** Where it was opened; null in a child to which it has moved. */
    final @Nullable ChannelPair pair;
    private ChannelEnds ends;
    private int told;
    /** Granted, and not yet given to anybody: the ring is full. */
    private int withheld;
    private int open = 1;
    private @Nullable ChannelClosedException over;
    /** The way of all messages, once there is one. */
    private @Nullable ChannelRingOut ring;

    SendingEnd(long channel, ChannelEnds ends, @Nullable ChannelPair pair) {
        this.channel = channel;
        this.pair = pair;
        this.ends = ends;
    }

    void use(ChannelEnds through) {
        ends.handOver(FrameKind.CHANNEL, through);
        ends = through;
    }

    void checkOpen() {
        if (over != null) {
            throw new ChannelClosedException(over.getMessage() == null ? "the channel has ended" : over.getMessage(),
                    over.getCause());
        }
    }

    /** With a permit. A value that cannot travel gives it back. */
    void send(Object value) {
        try {
            checkOpen();
            encoder.reset();
            encoder.putByte(ChannelEnds.VALUE);
            Departures departures = encoder.departing();
            encoder.root(value);
            departures.leave(parcels);
        } catch (EncodingException bad) {
            credit.release();
            throw new IllegalArgumentException("the value cannot be sent to another process: " + bad.getMessage(), bad);
        }
        forwardEncoded();
        if (isFull()) {
            withhold();
        }
    }

    // While a message waits for room in the ring, nobody gets a permit: so bytes are bounded and not only values, and
    // those who wait keep their order.
    private void withhold() {
        int free = credit.available();
        if (free > 0 && credit.tryAcquire(free)) {
            withheld += free;
        }
    }

    private boolean isFull() {
        return ring != null && ring.isFull();
    }

    private void hasRoom() {
        if (over == null && withheld > 0) {
            int free = withheld;
            withheld = 0;
            credit.release(free);
        }
    }

    /** What is in the encoder, after what it needs to be understood. */
    private void forwardEncoded() {
        for (; told < table.size(); told++) {
            byte[] definition = tagged(ChannelEnds.DEFINE, table.definition(told));
            forward(definition, definition.length);
        }
        forward(encoder.array(), encoder.size());
    }

    private void forward(byte[] message, int length) {
        if (ring != null) {
            ring.send(message, length);
        } else {
            ends.forward(channel, Arrays.copyOf(message, length));
        }
    }

    boolean isShared() {
        return open != 1;
    }

    void copied() {
        checkOpen();
        open++;
    }

    void senderClosed() {
        if (--open == 0 && over == null) {
            forward(new byte[] {ChannelEnds.END}, 1);
            end(new ChannelClosedException("the sender is closed", null));
        }
    }

    void fail(Throwable cause) {
        if (over == null) {
            encoder.reset();
            encoder.putByte(ChannelEnds.FAIL);
            Failures.write(encoder, cause);
            forwardEncoded();
            end(new ChannelClosedException("the channel has failed: " + cause, cause));
        }
    }

    private void end(ChannelClosedException how) {
        over = how;
        if (ring != null) {
            ring.end();
        }
        credit.release(ALL);
    }

    private static byte[] tagged(int sort, byte[] content) {
        byte[] message = new byte[content.length + 1];
        message[0] = (byte) sort;
        System.arraycopy(content, 0, message, 1, content.length);
        return message;
    }

    @Override
    public void message(byte[] message) {
        if (message[0] == ChannelEnds.BELL) {
            return; // it has woken the loop, which looks at the ring
        }
        if (message[0] == ChannelEnds.CLOSE) {
            parcels.delete();
        }
        if (over != null) {
            if (message[0] == ChannelEnds.CLOSE && ring != null) {
                ring.close();
            }
        } else if (message[0] == ChannelEnds.CREDIT && message.length == 5) {
            withheld += Math.max(1, ByteBuffer.wrap(message).getInt(1));
            if (!isFull()) {
                hasRoom();
            }
        } else if (message[0] == ChannelEnds.RING && ring == null) {
            useRing(pair == null ? Path.of(new String(message, 1, message.length - 1, UTF_8)) : ends.ringFile(channel));
        } else {
            end(new ChannelClosedException("the receiver is closed; nobody takes the value", null));
            closeRing();
        }
    }

    // It comes before the first credit, so nothing was sent another way.
    private void useRing(Path file) {
        ChannelMemory memory = ChannelMemory.take(file);
        if (memory != null) {
            ring = new ChannelRingOut(channel, memory, () -> ends.ringForward(channel), this::hasRoom, this::ringBroken);
        }
    }

    private void ringBroken(IOException why) {
        ring = null;
        fail(why);
    }

    private void closeRing() {
        if (ring != null) {
            ring.close();
        }
    }

    @Awaits
    void awaitWritten() {
        if (ring != null) {
            ring.awaitWritten();
        }
    }

    @Override
    public void peerEnded(@Nullable Throwable failure) {
        parcels.delete();
        if (over == null) {
            end(new ChannelClosedException("the process that receives has ended"
                    + (failure == null ? "" : ": " + failure), failure));
        }
        closeRing();
    }

    @Override
    public String toString() {
        return "sending end of channel " + channel + (over == null ? ", room for " + credit.available() : ", ended")
                + (ring == null ? "" : ", " + ring);
    }
}
