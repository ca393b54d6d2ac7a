package dev.espalier.process;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.ChannelClosedException;
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
    /** Where it was opened; null in a child to which it has moved. */
    final @Nullable ChannelPair pair;
    private ChannelEnds ends;
    private int told;
    private int open = 1;
    private @Nullable ChannelClosedException over;

    SendingEnd(long channel, ChannelEnds ends, @Nullable ChannelPair pair) {
        this.channel = channel;
        this.pair = pair;
        this.ends = ends;
    }

    void use(ChannelEnds through) {
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
            encoder.root(value);
        } catch (EncodingException bad) {
            credit.release();
            throw new IllegalArgumentException("the value cannot be sent to another process: " + bad.getMessage(), bad);
        }
        byte[] message = encoder.toBytes();
        for (; told < table.size(); told++) {
            ends.forward(channel, tagged(ChannelEnds.DEFINE, table.definition(told)));
        }
        ends.forward(channel, message);
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
            ends.forward(channel, new byte[] {ChannelEnds.END});
            end(new ChannelClosedException("the sender is closed", null));
        }
    }

    void fail(Throwable cause) {
        if (over == null) {
            encoder.reset();
            encoder.putByte(ChannelEnds.FAIL);
            Failures.write(encoder, cause);
            byte[] message = encoder.toBytes();
            for (; told < table.size(); told++) {
                ends.forward(channel, tagged(ChannelEnds.DEFINE, table.definition(told)));
            }
            ends.forward(channel, message);
            end(new ChannelClosedException("the channel has failed: " + cause, cause));
        }
    }

    private void end(ChannelClosedException how) {
        over = how;
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
        if (over != null) {
            return;
        }
        if (message[0] == ChannelEnds.CREDIT && message.length == 5) {
            credit.release(Math.max(1, java.nio.ByteBuffer.wrap(message).getInt(1)));
        } else {
            end(new ChannelClosedException("the receiver is closed; nobody takes the value", null));
        }
    }

    @Override
    public void peerEnded(@Nullable Throwable failure) {
        if (over == null) {
            end(new ChannelClosedException("the process that receives has ended"
                    + (failure == null ? "" : ": " + failure), failure));
        }
    }

    @Override
    public String toString() {
        return "sending end of channel " + channel + (over == null ? ", room for " + credit.available() : ", ended");
    }
}
