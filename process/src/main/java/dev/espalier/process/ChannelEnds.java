package dev.espalier.process;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ends of channels that one connection serves, and the way of their messages over it. Belongs to a loop.
 */
final class ChannelEnds {
    // A message is one byte that says what it is, and what it says. Forward go VALUE, DEFINE, END and FAIL; back go
    // CREDIT and CLOSE. The sending end has no credit of its own: the receiving end grants it, first for as many
    // messages as the channel holds, then again for those that were received.
    static final int VALUE = 0;
    static final int DEFINE = 1;
    static final int END = 2;
    static final int FAIL = 3;
    static final int CREDIT = 4;
    static final int CLOSE = 5;

    /** The way to the peer. It never waits; the array is not changed afterwards. */
    interface Way {
        void send(FrameKind kind, long channel, byte[] message) throws IOException;
    }

    /** One end, or the place from which messages go on to another process. */
    interface End {
        void message(byte[] message);

        /** The peer has ended; with a failure, or in order, which is null. */
        void peerEnded(@Nullable Throwable failure);
    }

    private record Waiting(FrameKind kind, long channel, byte[] message) {
    }

    private final Map<Long, End> sending = new HashMap<>();
    private final Map<Long, End> receiving = new HashMap<>();
    private final ArrayDeque<Waiting> before = new ArrayDeque<>();
    private @Nullable Way way;
    private boolean ended;

    /** This end sends, the peer receives. */
    void addSending(long channel, End end) {
        sending.put(channel, end);
    }

    /** This end receives, the peer sends. */
    void addReceiving(long channel, End end) {
        receiving.put(channel, end);
    }

    /** From now on there is a peer; it gets what was said before. */
    void open(Way to) {
        way = to;
        while (!before.isEmpty()) {
            Waiting next = before.remove();
            send(next.kind, next.channel, next.message);
        }
    }

    /** To the receiving peer. */
    void forward(long channel, byte[] message) {
        send(FrameKind.CHANNEL, channel, message);
    }

    /** To the sending peer. */
    void back(long channel, byte[] message) {
        send(FrameKind.CHANNEL_BACK, channel, message);
    }

    private void send(FrameKind kind, long channel, byte[] message) {
        if (ended) {
            return;
        }
        Way to = way;
        if (to == null) {
            before.add(new Waiting(kind, channel, message));
            return;
        }
        try {
            to.send(kind, channel, message);
        } catch (IOException lost) {
            // Whoever reads the connection meets the same, and tells all ends.
        }
    }

    /** A message came. One for an end that is not there any more says nothing to anybody. */
    void message(FrameKind kind, long channel, byte[] message) throws ProtocolException {
        if (message.length == 0) {
            throw new ProtocolException("a message of channel " + channel + " is empty");
        }
        End end = (kind == FrameKind.CHANNEL ? receiving : sending).get(channel);
        if (end != null) {
            end.message(message);
        }
    }

    /** Tells all ends. */
    void peerEnded(@Nullable Throwable failure) {
        ended = true;
        before.clear();
        var all = new java.util.ArrayList<>(sending.values());
        all.addAll(receiving.values());
        sending.clear();
        receiving.clear();
        all.forEach(end -> end.peerEnded(failure));
    }
}
