package dev.espalier.process;

import dev.espalier.core.Awaits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ends of channels that one connection serves, and the way of their messages over it. Belongs to a loop.
 */
final class ChannelEnds {
    // A message is one byte that says what it is, and what it says. Forward go VALUE, DEFINE, END and FAIL; back go
    // CREDIT and CLOSE. The sending end has no credit of its own: the receiving end grants it, first for as many
    // messages as the channel holds, then again for those that were received.
    //
    // Before the first CREDIT may come RING: the receiver's process has made a ring for this channel. A sender that can
    // map it sends all its messages through it, and from there on only BELL goes forward here. BELL says: look at the
    // ring; forward that there are messages, back that there is room.
    static final int VALUE = 0;
    static final int DEFINE = 1;
    static final int END = 2;
    static final int FAIL = 3;
    static final int CREDIT = 4;
    static final int CLOSE = 5;
    static final int BELL = 6;
    static final int RING = 7;

    private static final byte[] BELL_MESSAGE = {BELL};

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
    private final ArrayDeque<Runnable> whenOpen = new ArrayDeque<>();
    private @Nullable Way way;
    private @Nullable Path directory;
    private boolean ended;

    /** This end sends, the peer receives. */
    void addSending(long channel, End end) {
        sending.put(channel, end);
    }

    /** This end receives, the peer sends. */
    void addReceiving(long channel, End end) {
        receiving.put(channel, end);
    }

    /** From now on there is a peer; it gets what was said before. Files for both lie in that directory. */
    void open(Way to, Path shared) {
        way = to;
        directory = shared;
        while (!before.isEmpty()) {
            Waiting next = before.remove();
            send(next.kind, next.channel, next.message);
        }
        while (!whenOpen.isEmpty()) {
            whenOpen.remove().run();
        }
    }

    /** What was said here while there was nobody, by ends of one direction, goes to the peer of others. */
    void handOver(FrameKind kind, ChannelEnds to) {
        before.removeIf(waiting -> {
            boolean theirs = waiting.kind == kind;
            if (theirs) {
                to.send(kind, waiting.channel, waiting.message);
            }
            return theirs;
        });
    }

    /** Runs an action as soon as there is a peer. */
    void whenOpen(Runnable action) {
        if (way != null) {
            action.run();
        } else if (!ended) {
            whenOpen.add(action);
        }
    }

    /** The file for the ring of a channel, when there is a peer. */
    Path ringFile(long channel) {
        Path shared = directory;
        if (shared == null) {
            throw new AssertionError("there is no peer yet");
        }
        return ChannelMemory.file(shared, channel);
    }

    /** To the receiving peer. */
    void forward(long channel, byte[] message) {
        send(FrameKind.CHANNEL, channel, message);
    }

    /** To the receiving peer: there is something in the ring. */
    void ringForward(long channel) {
        forward(channel, BELL_MESSAGE);
    }

    /** To the sending peer: there is room in the ring. */
    void ringBack(long channel) {
        back(channel, BELL_MESSAGE);
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

    /** Waits until what was sent from here is where the receivers get it without this process. */
    @Awaits
    void awaitWritten() {
        for (End end : List.copyOf(sending.values())) {
            if (end instanceof SendingEnd here) {
                here.awaitWritten();
            }
        }
    }

    /** Tells all ends. */
    void peerEnded(@Nullable Throwable failure) {
        ended = true;
        before.clear();
        whenOpen.clear();
        var all = new java.util.ArrayList<>(sending.values());
        all.addAll(receiving.values());
        sending.clear();
        receiving.clear();
        all.forEach(end -> end.peerEnded(failure));
    }
}
