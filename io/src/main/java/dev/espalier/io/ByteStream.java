package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.GroupException;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;

/** A stream of bytes in both directions. The end of one direction does not end the other. */
public interface ByteStream extends StreamReader, StreamWriter, AutoCloseable {
    /**
     * Two streams in memory: what is written to one is read from the other.
     *
     * @param left one end
     * @param right the other end
     */
    record Pair(ByteStream left, ByteStream right) {}

    /**
     * Makes two streams in memory, with back-pressure, half close and failures as over a network: between tasks of one loop, and in
     * tests. A stream that was closed refuses what its peer writes; one that was aborted resets both.
     *
     * {@snippet class="dev.espalier.io.MemoryStreamTest" region="pair"}
     *
     * @param capacity how many bytes each direction holds, from 0; a writer waits when they are full. With 0, a write returns when the
     *     peer has taken all of it, and {@link #tryWrite} writes nothing
     * @return the streams, for tasks of this loop
     */
    static Pair pair(int capacity) {
        return MemoryStream.pair(capacity);
    }

    /**
     * Makes one stream of a reader and a writer, such as both pipes of a child process.
     *
     * {@snippet class="dev.espalier.io.MemoryStreamTest" region="of"}
     *
     * @param reader what it reads from
     * @param writer what it writes to
     * @return the stream. Closing or aborting it does so to each of the two that is a {@code ByteStream}; another writer's side is ended
     *     when it is closed, and another reader is left as it is
     */
    static ByteStream of(StreamReader reader, StreamWriter writer) {
        return new StapledStream(reader, writer);
    }

    /**
     * How many bytes a relay has carried.
     *
     * @param there from the first stream to the second
     * @param back from the second to the first
     */
    record Relayed(long there, long back) {}

    /**
     * Carries everything between two streams, in both directions at once, until both have ended: the end of one direction is passed on
     * and leaves the other open. The first failure ends both. Closing the streams is left to the caller.
     *
     * {@snippet class="dev.espalier.io.CopyTest" region="relay"}
     *
     * <p><b>Cancellation.</b> What was read and not written stays readable; the output of each may be torn, as by any write.
     *
     * @param first one stream
     * @param second the other
     * @return how many bytes went each way
     * @throws IOException if a stream fails
     */
    @Awaits
    static Relayed relay(ByteStream first, ByteStream second) throws IOException {
        try {
            return TaskGroup.<Relayed, IOException>call(group -> {
                Task<Long> there = group.start("there", () -> carry(first, second));
                long back = carry(second, first);
                return new Relayed(there.await(), back);
            });
        } catch (GroupException e) {
            e.rethrowIfOnly(IOException.class);
            throw e;
        }
    }

    @Awaits
    private static long carry(ByteStream from, ByteStream to) throws IOException {
        long carried = from.copyTo(to);
        to.writeEnd();
        return carried;
    }

    /**
     * Closes the stream in good order: waits for writes under way, ends the writing side, discards what still comes in for a
     * moment, so that the peer gets all that was sent, and then releases everything. Bounded by twelve seconds in all, unless {@link
     * ServeOptions#linger()} says otherwise. A task that
     * reads gets a {@link StreamClosedException}. A peer that is gone is no error. Called again, it waits for the same end.
     *
     * <p><b>Cancellation.</b> The stream is closed all the same, at once.
     *
     * @throws IOException if the system fails to release the stream
     */
    @Awaits
    @Override
    void close() throws IOException;

    /**
     * Closes the stream at once. What was not sent is lost, the peer is told of a reset, and tasks that read or write get a {@link
     * StreamClosedException}. Does nothing the second time.
     */
    void abort();
}
