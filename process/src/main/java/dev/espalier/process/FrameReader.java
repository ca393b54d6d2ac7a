package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the byte stream of a connection into messages. Trusts nothing it reads.
 */
final class FrameReader {
    /** Takes one whole message; the array is valid during the call only. */
    interface Sink {
        void message(FrameKind kind, long id, byte[] bytes, int from, int to) throws IOException;
    }

    /** So many messages may be half read at once; one for each task that a worker runs is plenty. */
    static final int MOST_PARTS = 4096;

    private record Part(FrameKind kind, long id) {
    }

    /** A message of several chunks, growing. */
    private static final class Assembly {
        byte[] bytes = {};
        int size;

        // No message was announced: it takes memory as its bytes come.
        void add(byte[] from, int offset, int length) {
            long needed = (long) size + length;
            if (needed > bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(Frames.MAX_MESSAGE, Math.max(needed, bytes.length * 2L)));
            }
            System.arraycopy(from, offset, bytes, size, length);
            size += length;
        }
    }

    // One reader, one thread (or one loop): the owner of the connection writes and reads all of this.
    private final ByteBuffer input;
    private final Map<Part, Assembly> parts = new HashMap<>();
    /** Bytes in all of them, and how many there may be. */
    private long assembled;
    private int limit;

    private final ArrayArrivals arrays = new ArrayArrivals();
    private final MemorySegment inputMemory;

    // Of the last frame from a ring; its payload is at the start of the input.
    private final RingReader.Sink copying = this::copy;
    private FrameKind lastKind = FrameKind.BELL;
    private boolean lastMore;
    private long lastId;
    private int lastLength;

    /**
     * A reader over {@code input}, which has an accessible array of at least one whole frame and is in the state for
     * filling: its owner fills it, calls {@link #drain} and fills it again.
     *
     * @param limit the longest message, in bytes
     */
    FrameReader(ByteBuffer input, int limit) {
        if (input.capacity() < Frames.HEADER + Frames.MAX_CHUNK) {
            throw new IllegalArgumentException("the input buffer holds " + input.capacity()
                    + " bytes, less than a frame");
        }
        this.input = input.order(Frames.ORDER);
        this.inputMemory = MemorySegment.ofBuffer(input.duplicate().clear());
        limit(limit);
    }

    FrameReader(ByteBuffer input) {
        this(input, Frames.MAX_MESSAGE);
    }

    /** From here on messages may be so long. */
    void limit(int longest) {
        limit = longest;
        arrays.limit(longest);
    }

    /** The buffer to fill. */
    ByteBuffer input() {
        return input;
    }

    /** Hands over every whole message that the buffer holds and keeps the rest. */
    void drain(Sink sink) throws IOException {
        byte[] bytes = input.array();
        int base = input.arrayOffset();
        int at = 0;
        int end = input.position();
        while (end - at >= Frames.HEADER) {
            long head = input.getLong(at);
            int length = Frames.length(head);
            int next = at + Frames.HEADER + length;
            if (next > end) {
                break;
            }
            frame(sink, Frames.kind(head), Frames.more(head), input.getLong(at + 8), bytes, base + at + Frames.HEADER, length);
            at = next;
        }
        if (at > 0) {
            System.arraycopy(bytes, base + at, bytes, base, end - at);
            input.position(end - at);
        }
    }

    /** True when the stream may end here: no frame and no message is half read. */
    boolean atBoundary() {
        return input.position() == 0 && parts.isEmpty() && arrays.isEmpty();
    }

    /**
     * Takes a frame from a ring, which gets its memory back at once, and hands over the message if that is whole. A reader
     * reads a ring or a stream.
     *
     * @return false when the ring is empty
     */
    boolean next(RingReader ring, Sink sink) throws IOException {
        if (!ring.poll(copying)) {
            return false;
        }
        if (lastKind != FrameKind.ARRAY) {
            frame(sink, lastKind, lastMore, lastId, input.array(), input.arrayOffset(), lastLength);
        }
        return true;
    }

    private void copy(FrameKind kind, boolean more, long id, MemorySegment memory, long from, int length)
            throws ProtocolException {
        lastKind = kind;
        lastMore = more;
        lastId = id;
        lastLength = length;
        if (kind == FrameKind.ARRAY) {
            arrays.frame(id, more, memory, from, length);
            return;
        }
        // From segment to segment: the first copy into an array takes the JDK four milliseconds.
        MemorySegment.copy(memory, from, inputMemory, 0, length);
    }

    /** Within the sink: the arrays that came beside the message with this id. */
    @Nullable Object[] arrays(long id) throws ProtocolException {
        return arrays.take(id);
    }

    /** The large arrays that are coming. */
    ArrayArrivals arrivals() {
        return arrays;
    }

    /** Payload bytes of the last frame from a ring. */
    int lastLength() {
        return lastLength;
    }

    private void frame(Sink sink, FrameKind kind, boolean more, long id, byte[] bytes, int from, int length)
            throws IOException {
        if (kind == FrameKind.ARRAY) {
            arrays.frame(id, more, inputMemory, from - input.arrayOffset(), length);
            return;
        }
        if (!more && parts.isEmpty()) {
            sink.message(kind, id, bytes, from, from + length);
            return;
        }
        Part part = new Part(kind, id);
        Assembly assembly = more ? begun(part) : parts.remove(part);
        if (assembly == null) {
            sink.message(kind, id, bytes, from, from + length);
            return;
        }
        assembled += length;
        if (assembled > limit) {
            throw new ProtocolException("a message is longer than " + limit + " bytes");
        }
        assembly.add(bytes, from, length);
        if (!more) {
            assembled -= assembly.size;
            sink.message(kind, id, assembly.bytes, 0, assembly.size);
        }
    }

    private Assembly begun(Part part) throws ProtocolException {
        if (parts.size() >= MOST_PARTS && !parts.containsKey(part)) {
            throw new ProtocolException("more than " + MOST_PARTS + " messages are half sent");
        }
        return parts.computeIfAbsent(part, _ -> new Assembly());
    }
}
