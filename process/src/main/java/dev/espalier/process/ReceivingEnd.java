package dev.espalier.process;

import dev.espalier.core.Channel;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What came over a channel and was not yet received, in the process that receives.
 */
final class ReceivingEnd implements ChannelEnds.End {
    // By the holder of the loop's turn. The buffer has no limit of its own: no more comes than was granted.
    final long channel;
    final Channel<Object> buffer = Channel.unlimited();
    private final int capacity;
    private final Symbols symbols;
    private final Decoder decoder;
    /** Where it was opened; null in a child to which it has moved. */
    final @Nullable ChannelPair pair;
    private ChannelEnds ends;
    private boolean begun;
    private int received;
    private int granted;
    private boolean over;

    ReceivingEnd(long channel, int capacity, Symbols symbols, ChannelEnds ends, @Nullable ChannelPair pair) {
        this.pair = pair;
        this.channel = channel;
        this.capacity = capacity;
        this.symbols = symbols;
        this.decoder = new Decoder(symbols);
        this.ends = ends;
    }

    void use(ChannelEnds through) {
        ends = through;
    }

    boolean hasBegun() {
        return begun;
    }

    /** The first grant. */
    void begin() {
        if (!begun) {
            begun = true;
            grant(capacity);
        }
    }

    /** A value was received. */
    void taken() {
        if (++received >= (capacity + 1) / 2) {
            grant(received);
            received = 0;
        }
    }

    private void grant(int messages) {
        granted += messages;
        if (!over) {
            ends.back(channel, ByteBuffer.allocate(5).put((byte) ChannelEnds.CREDIT).putInt(messages).array());
        }
    }

    void closed() {
        if (!over) {
            over = true;
            ends.back(channel, new byte[] {ChannelEnds.CLOSE});
        }
    }

    @Override
    public void message(byte[] message) {
        if (over) {
            return;
        }
        try {
            switch (message[0]) {
                case ChannelEnds.VALUE -> value(message);
                case ChannelEnds.DEFINE -> symbols.define(symbols.size(), Arrays.copyOfRange(message, 1, message.length));
                case ChannelEnds.END -> peerEnded(null);
                case ChannelEnds.FAIL -> peerEnded(Failures.read(decoder.over(message, 1, message.length),
                        "the sender of channel " + channel));
                default -> throw new ProtocolException("a message of channel " + channel + " is of the unknown sort "
                        + message[0]);
            }
        } catch (ProtocolException | RuntimeException | LinkageError | StackOverflowError bad) {
            // Not only ours: constructors and hash codes of the user's classes run here.
            ends.back(channel, new byte[] {ChannelEnds.CLOSE});
            peerEnded(new RemoteTaskException("a value of the channel cannot be read: " + bad, "", bad));
        }
    }

    private void value(byte[] message) throws ProtocolException {
        if (--granted < 0) {
            throw new ProtocolException("more values came than there was room for");
        }
        Object value = decoder.over(message, 1, message.length).last();
        if (value == null) {
            throw new ProtocolException("a channel carries no null");
        }
        boolean taken = buffer.sender().trySend(value);
        assert taken : "it has no limit";
    }

    @Override
    public void peerEnded(@Nullable Throwable failure) {
        over = true;
        if (failure == null) {
            buffer.sender().close();
        } else {
            buffer.sender().fail(failure);
        }
    }

    @Override
    public String toString() {
        return "receiving end of channel " + channel + ", " + buffer.receiver();
    }
}
