package dev.espalier.process;

import dev.espalier.core.EventLoop;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * A child that asks for permits of this process.
 */
final class PermitPeer {
    // A message is a byte that says what it is and the number of the request, a long. Up go TAKE, with a count, and GIVE and LOSE, which
    // end a request; down goes ANSWER, with a byte. One whose number is not known says nothing to anybody: it was given back before.
    static final byte TAKE = 0;
    static final byte GIVE = 1;
    static final byte LOSE = 2;
    static final byte ANSWER = 3;

    // By the holder of the loop's turn.
    private final EventLoop loop = EventLoop.current();
    private final FrameOutlet out;
    private final Object child;
    private boolean gone;

    /** The name tells the child. */
    PermitPeer(FrameOutlet out, Object child) {
        this.out = out;
        this.child = child;
    }

    void message(long number, byte[] bytes, int from, int to) throws ProtocolException {
        ByteBuffer message = ByteBuffer.wrap(bytes, from, to - from);
        byte sort = message.hasRemaining() ? message.get() : -1;
        if (sort == TAKE && message.remaining() == 12) {
            take(number, message.getLong(), message.getInt());
        } else if ((sort == GIVE || sort == LOSE) && message.remaining() == 8) {
            PermitHome home = PermitHome.numbered(number);
            if (home != null) {
                home.release(this, message.getLong(), sort == LOSE);
            }
        } else {
            throw new ProtocolException("a message about permits is of the unknown sort " + sort);
        }
    }

    private void take(long number, long request, int count) {
        CompletableFuture<Permits.Answer> answer = new CompletableFuture<>();
        var _ = answer.thenAccept(how -> answer(number, request, how));
        PermitHome home = PermitHome.numbered(number);
        if (home == null) {
            answer.complete(Permits.Answer.CLOSED);
        } else {
            home.acquire(this, request, count, answer);
        }
    }

    private void answer(long number, long request, Permits.Answer how) {
        byte[] message = ByteBuffer.allocate(10).put(ANSWER).putLong(request).put(code(how)).array();
        if (EventLoop.currentIfAny() == loop) {
            send(number, message);
        } else {
            loop.callSoonThreadsafe(() -> send(number, message));
        }
    }

    @SuppressWarnings("EnumOrdinal") // the order is the protocol
    private static byte code(Permits.Answer how) {
        return (byte) how.ordinal();
    }

    private void send(long number, byte[] message) {
        if (!gone) {
            out.send(FrameKind.PERMIT, number, message);
        }
    }

    /** The child is dead: what it had is free, and it waits for nothing. */
    void buried() {
        gone = true;
        PermitHome.left(this);
    }

    @Override
    public String toString() {
        return child.toString();
    }
}
