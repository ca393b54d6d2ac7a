package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Frames on their way out. Appending never waits; {@link #writeTo} writes what the channel takes. Not thread-safe.
 */
final class FrameWriter {
    // Everything goes out through one direct block, so that many small frames become one system call. A message that
    // does not fit waits in a queue as it is, and is cut into frames only when the block has room: a payload of any
    // size costs no second copy of it in memory. Urgent messages wait in their own queue and go first; so they wait
    // behind one block at most, never behind a whole payload.
    static final int BLOCK = 256 * 1024;

    /** In the state for filling; {@link #sent} bytes at its start are already written. */
    private final ByteBuffer block;
    /** All of the block. */
    private final MemorySegment memory;
    /** Where others can see what is in the block; null where nobody looks. */
    private final @Nullable WorkerMemory shared;
    private final ArrayDeque<Outgoing> urgent = new ArrayDeque<>();
    private final ArrayDeque<Outgoing> queue = new ArrayDeque<>();
    private int sent;
    /** Bytes that went out before those in the block. */
    private long base;

    FrameWriter() {
        this.block = ByteBuffer.allocateDirect(BLOCK).order(Frames.ORDER);
        this.memory = MemorySegment.ofBuffer(block);
        this.shared = null;
    }

    FrameWriter(WorkerMemory shared) {
        this.block = shared.block().order(Frames.ORDER);
        this.memory = MemorySegment.ofBuffer(block);
        this.shared = shared;
    }

    /** Appends a message. A payload longer than a frame must not be changed by the caller afterwards. */
    void append(FrameKind kind, long id, byte[] payload, int from, int to) {
        if (queue.isEmpty() && to - from <= Frames.MAX_CHUNK && to - from + Frames.HEADER <= block.remaining()) {
            frame(kind, id, payload, from, to - from);
        } else {
            queue.add(new Outgoing(kind, id, payload, from, to));
        }
    }

    /** Appends an array, which its message has to follow. */
    void append(long id, LargeArray array) {
        append(FrameKind.ARRAY, id, array.header(), 0, LargeArray.HEADER);
        queue.add(new Outgoing(id, array));
    }

    /** Appends a message that goes out before everything that is not yet in the block. */
    void appendUrgent(FrameKind kind, long id, byte[] payload) {
        urgent.add(new Outgoing(kind, id, payload, 0, payload.length));
    }

    /** True when nothing is left to write. */
    boolean isEmpty() {
        return sent == block.position() && urgent.isEmpty() && queue.isEmpty();
    }

    /** Bytes that the next write carries without another look at the queue. */
    int ready() {
        return block.position() - sent;
    }

    /** Writes until nothing is left, which gives true, or the channel takes no more, which gives false. */
    boolean writeTo(WritableByteChannel channel) throws IOException {
        while (!isEmpty()) {
            fill();
            block.limit(block.position()).position(sent);
            try {
                channel.write(block);
            } finally {
                sent = block.position();
                block.position(block.limit()).limit(BLOCK);
            }
            if (sent < block.position()) {
                return false;
            }
            base += sent;
            sent = 0;
            block.clear();
            if (shared != null) {
                shared.emptied(base);
            }
        }
        return true;
    }

    private void fill() {
        while (true) {
            ArrayDeque<Outgoing> source = urgent.isEmpty() ? queue : urgent;
            @Nullable Outgoing message = source.peek();
            if (message == null || block.remaining() < Frames.HEADER + message.length()) {
                return;
            }
            int length = message.length();
            boolean more = message.hasMore();
            frame(message, more, length);
            message.at += length;
            if (!more) {
                source.remove();
            }
        }
    }

    private void frame(Outgoing message, boolean more, int length) {
        block.putLong(Frames.head(message.kind, more, length)).putLong(message.id);
        MemorySegment.copy(message.payload, message.at, memory, block.position(), length);
        block.position(block.position() + length);
        framed();
    }

    private void frame(FrameKind kind, long id, byte[] payload, int from, int length) {
        block.putLong(Frames.head(kind, false, length)).putLong(id);
        block.put(payload, from, length);
        framed();
    }

    private void framed() {
        if (shared != null) {
            shared.filled(block.position());
        }
    }
}
