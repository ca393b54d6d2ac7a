package dev.espalier.process;

import java.io.ObjectInputFilter;
import org.jspecify.annotations.Nullable;

/**
 * The two ends of a channel in the process that opened it, and what joins them when they move.
 */
final class ChannelPair {
    // By the holder of the loop's turn.
    final long number;
    final SendingEnd sending;
    final ReceivingEnd receiving;
    /** Where the end went; null as long as it is here. */
    private @Nullable ChannelEnds senderAt;
    private @Nullable ChannelEnds receiverAt;

    ChannelPair(long number, int capacity) {
        this.number = number;
        ChannelEnds nobody = new ChannelEnds();
        this.sending = new SendingEnd(number, nobody, this);
        this.receiving = new ReceivingEnd(number, capacity, symbols(PoolOptions.FILTER), nobody, this);
    }

    static Symbols symbols(String filter) {
        ClassLoader own = Thread.currentThread().getContextClassLoader();
        return new Symbols(ObjectInputFilter.Config.createFilter(filter),
                own == null ? ClassLoader.getSystemClassLoader() : own);
    }

    void senderMoved(ChannelEnds child) {
        senderAt = child;
        connect();
    }

    void receiverMoved(ChannelEnds child) {
        receiverAt = child;
        connect();
    }

    private void connect() {
        ChannelEnds from = senderAt;
        ChannelEnds to = receiverAt;
        if (from != null && to != null) {
            from.addReceiving(number, new Passing(number, from, to, true));
            to.addSending(number, new Passing(number, to, from, false));
        } else if (to != null) {
            sending.use(to);
            to.addSending(number, sending);
        } else if (from != null) {
            receiving.use(from);
            from.addReceiving(number, receiving);
        }
    }

    /** The first look at an end that stayed here: only then is it sure that it does. */
    void receives() {
        if (receiverAt == null && senderAt != null) {
            receiving.begin();
        }
    }

    /** Between two children: what one says, the other one hears. */
    private record Passing(long channel, ChannelEnds from, ChannelEnds to, boolean forward) implements ChannelEnds.End {
        @Override
        public void message(byte[] message) {
            if (forward) {
                to.forward(channel, message);
            } else if (message[0] == ChannelEnds.RING) {
                // A child names no file: it is that of its own directory.
                to.back(channel, ReceivingEnd.announcement(from.ringFile(channel)));
            } else {
                to.back(channel, message);
            }
        }

        @Override
        public void peerEnded(@Nullable Throwable failure) {
            if (!forward) {
                message(new byte[] {ChannelEnds.CLOSE});
            } else if (failure == null) {
                message(new byte[] {ChannelEnds.END});
            } else {
                // Without the sender's symbols only a failure of our own can be told.
                Encoder out = new Encoder(new SymbolTable());
                out.putByte(ChannelEnds.FAIL);
                Failures.write(out, new RemoteTaskException("the process of the sender has failed: " + failure, ""));
                message(out.toBytes());
            }
        }
    }
}
