package dev.espalier.process;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Permits that the parent keeps, in a child.
 */
record RemotePermits(long owner, long number) implements Permits {
    private static final Answer[] ANSWERS = Answer.values();
    /** Requests that wait for their answer. */
    private static final Map<Long, CompletableFuture<Answer>> WAITING = new ConcurrentHashMap<>();

    @Override
    public void acquire(long request, int count, CompletableFuture<Answer> answer) {
        WAITING.put(request, answer);
        send(ByteBuffer.allocate(13).put(PermitPeer.TAKE).putLong(request).putInt(count).array());
    }

    @Override
    public void release(long request, boolean loss) {
        WAITING.remove(request);
        send(ByteBuffer.allocate(9).put(loss ? PermitPeer.LOSE : PermitPeer.GIVE).putLong(request).array());
    }

    private void send(byte[] message) {
        ChildRuntime.sendNow(FrameKind.PERMIT, number, message);
    }

    /** Called by the main thread. */
    static void message(byte[] bytes, int from, int to) throws ProtocolException {
        ByteBuffer message = ByteBuffer.wrap(bytes, from, to - from);
        if (message.remaining() != 10 || message.get() != PermitPeer.ANSWER) {
            throw new ProtocolException("a message about permits is none");
        }
        CompletableFuture<Answer> waiting = WAITING.remove(message.getLong());
        if (waiting != null) {
            waiting.complete(ANSWERS[Math.clamp(message.get(), 0, ANSWERS.length - 1)]);
        }
    }

    @Override
    public String toString() {
        return number + " of process " + owner;
    }
}
