package dev.espalier.io;

import dev.espalier.core.BusyException;
import dev.espalier.core.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * All reads of a stream, over one: receive what there is.
 *
 * <p>What was received and not asked for waits in a queue, and no read takes from it before it has all it needs. So a read that
 * is cancelled or fails has taken nothing.
 */
abstract class BufferedInput implements StreamReader {
    private static final byte[] LF = {'\n'};
    private static final int ANY = Integer.MAX_VALUE;

    // By the holder of the turn.
    private final ByteQueue queue = new ByteQueue();
    private boolean reading;

    /**
     * Waits for bytes.
     *
     * @return at least one byte, valid until the next await; null at the end of the stream
     */
    abstract @Nullable ByteBuffer receive() throws IOException;

    /** The await of a read that needs none. */
    abstract void pass();

    abstract void checkOpen() throws IOException;

    @Override
    public final byte[] read(int max) throws IOException {
        enter("max", max, max == 0);
        try {
            if (max == 0 || !queue.isEmpty()) {
                return queue.take(Math.min(max, queue.size()));
            }
            ByteBuffer received = receive();
            byte[] taken = new byte[received == null ? 0 : Math.min(max, received.remaining())];
            if (received != null) {
                received.get(taken);
                keep(received);
            }
            return taken;
        } finally {
            reading = false;
        }
    }

    @Override
    public final int read(ByteBuffer target) throws IOException {
        int room = target.remaining();
        enter("room", room, room == 0);
        try {
            if (room == 0) {
                return 0;
            }
            if (!queue.isEmpty()) {
                queue.take(target);
            } else {
                ByteBuffer received = receive();
                if (received == null) {
                    return -1;
                }
                move(received, target);
                keep(received);
            }
            return room - target.remaining();
        } finally {
            reading = false;
        }
    }

    /** As many as there is room for; how many those are. */
    static int move(ByteBuffer from, ByteBuffer to) {
        int limit = from.limit();
        int count = Math.min(from.remaining(), to.remaining());
        from.limit(from.position() + count);
        to.put(from);
        from.limit(limit);
        return count;
    }

    private void keep(ByteBuffer rest) {
        if (rest.hasRemaining()) {
            queue.append(rest, 0);
        }
    }

    @Override
    public final byte[] readExactly(int count) throws IOException {
        enter("count", count, count == 0);
        try {
            if (!fillTo(count)) {
                throw new IncompleteReadException(this + " ended after " + queue.size() + " of " + count
                        + " bytes; they can still be read", queue.size());
            }
            return queue.take(count);
        } finally {
            reading = false;
        }
    }

    @Override
    public final byte[] readUntil(byte[] separator, int max) throws IOException {
        if (separator.length == 0) {
            throw new IllegalArgumentException("a separator needs at least one byte");
        }
        enter("max", max, false);
        try {
            int at = find(separator, max);
            if (at < 0) {
                throw new IncompleteReadException(this + " ended after " + queue.size() + " bytes without the separator "
                        + Arrays.toString(separator) + "; they can still be read", queue.size());
            }
            byte[] taken = queue.take(at);
            queue.skip(separator.length);
            return taken;
        } finally {
            reading = false;
        }
    }

    /** Where the separator is, within the limit; -1 if the stream ends without it. Looks at no byte twice in vain. */
    private int find(byte[] separator, int max) throws IOException {
        int from = 0;
        while (true) {
            int at = queue.indexOf(separator, from);
            if (at > max) {
                throw tooLong("the bytes before the separator", max, at, true);
            }
            if (at >= 0) {
                return at;
            }
            from = Math.max(0, queue.size() - separator.length + 1);
            if (from > max) {
                throw tooLong("the bytes before the separator", max, from, false);
            }
            if (!fill(ANY)) {
                return -1;
            }
        }
    }

    @Override
    public final @Nullable String readLine(int max) throws IOException {
        enter("max", max, false);
        try {
            int from = 0;
            while (true) {
                int at = queue.indexOf(LF, from);
                if (at >= 0) {
                    return takeLine(at, max);
                }
                from = queue.size();
                if (from - 1L > max) { // one more than the limit may be the CR of the line's end
                    throw tooLong("the line", max, from - 1, false);
                }
                if (!fill(ANY)) {
                    return lastLine(max);
                }
            }
        } finally {
            reading = false;
        }
    }

    private String takeLine(int lineFeed, int max) throws ReadLimitException {
        int end = lineFeed > 0 && queue.at(lineFeed - 1) == '\r' ? lineFeed - 1 : lineFeed;
        if (end > max) {
            throw tooLong("the line", max, end, true);
        }
        String line = queue.takeText(end);
        queue.skip(lineFeed + 1 - end);
        return line;
    }

    private @Nullable String lastLine(int max) throws ReadLimitException {
        if (queue.size() > max) {
            throw tooLong("the last line", max, queue.size(), false);
        }
        return queue.isEmpty() ? null : queue.takeText(queue.size());
    }

    @Override
    public final byte[] readAll(int max) throws IOException {
        enter("max", max, false);
        try {
            while (queue.size() <= max) {
                if (!fill(ANY)) {
                    return queue.take(queue.size());
                }
            }
            throw tooLong("everything", max, queue.size(), false);
        } finally {
            reading = false;
        }
    }

    @Override
    public final boolean atEnd() throws IOException {
        enter("max", 0, false);
        try {
            return queue.isEmpty() && !fill(0);
        } finally {
            reading = false;
        }
    }

    @Override
    public final byte[] peek(int count) throws IOException {
        enter("count", count, count == 0);
        try {
            fillTo(count);
            return queue.copy(Math.min(count, queue.size()));
        } finally {
            reading = false;
        }
    }

    @Override
    public final byte @Nullable [] readFrame(Framing framing) throws IOException {
        enter("max", 0, false);
        try {
            int seen = 0;
            while (fillTo(seen + 1)) {
                Framing.Look look = framing.look(queue.view(), seen);
                seen = queue.size();
                if (look instanceof Framing.Frame frame) {
                    return fillTo(frame.next()) ? take(frame) : lastFrame(framing, frame.next());
                }
                int total = ((Framing.More) look).total();
                if (total <= seen) {
                    throw new IllegalStateException(framing + " was shown " + seen + " bytes and found no frame, but asks for "
                            + total + " in all; it must ask for more than it was shown");
                }
                if (!fillTo(total)) {
                    return lastFrame(framing, total);
                }
            }
            return null;
        } finally {
            reading = false;
        }
    }

    private byte[] lastFrame(Framing framing, int wanted) throws IOException {
        if (framing.lookAtEnd(queue.view()) instanceof Framing.Frame last && last.next() <= queue.size()) {
            return take(last);
        }
        throw new IncompleteReadException(this + " ended after " + queue.size() + " bytes of a frame that has at least " + wanted
                + "; they can still be read", queue.size());
    }

    private byte[] take(Framing.Frame frame) {
        queue.skip(frame.from());
        byte[] content = queue.take(frame.to() - frame.from());
        queue.skip(frame.next() - frame.to());
        return content;
    }

    /** Receives until there is so much; false if the stream ends before. */
    private boolean fillTo(int count) throws IOException {
        boolean more = true;
        while (more && queue.size() < count) {
            more = fill(count);
        }
        return more;
    }

    private boolean fill(int wanted) throws IOException {
        ByteBuffer received = receive();
        if (received != null) {
            queue.append(received, wanted);
        }
        return received != null;
    }

    @Override
    public final long copyTo(StreamWriter target) throws IOException {
        enter("max", 0, false);
        long copied = 0;
        try {
            while (!queue.isEmpty() || fill(0)) {
                ByteBuffer piece = queue.view();
                try {
                    target.write(piece);
                } finally {
                    queue.skip(piece.position());
                    copied += piece.position();
                }
            }
            return copied;
        } finally {
            reading = false;
        }
    }

    /** For a stream around this one, which has read too far. */
    final void unread(ByteBuffer bytes) {
        queue.prepend(bytes);
    }

    /** For a stream around this one: receives, and takes what is kept first. As {@link #receive}. */
    final @Nullable ByteBuffer receiveAny() throws IOException {
        enter("max", 0, false);
        try {
            return queue.isEmpty() ? receive() : queue.takeAll();
        } finally {
            reading = false;
        }
    }

    /** Begins a read; if it may find all it needs in the queue, this is its await. */
    private void enter(String what, int amount, boolean nothingAsked) throws IOException {
        if (amount < 0) {
            throw new IllegalArgumentException(what + " must not be negative: " + amount);
        }
        checkOpen();
        if (reading) {
            throw new BusyException("task '" + Task.current().name() + "' reads " + this
                    + ", and another task is doing so; one task at a time reads");
        }
        if (nothingAsked || !queue.isEmpty()) {
            reading = true;
            try {
                pass();
            } catch (Throwable e) {
                reading = false;
                throw e;
            }
        }
        reading = true;
    }

    private ReadLimitException tooLong(String what, int max, int consumed, boolean found) {
        return new ReadLimitException(what + " of " + this + " has more than " + max + " bytes: " + consumed
                + (found ? " came before the separator" : " came so far without an end")
                + "; they can still be read, or ask with a higher limit", max, consumed, found);
    }

    final boolean isReading() {
        return reading;
    }

    final int buffered() {
        return queue.size();
    }
}
