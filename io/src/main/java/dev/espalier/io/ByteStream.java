package dev.espalier.io;

import dev.espalier.core.Awaits;
import java.io.IOException;

/** A stream of bytes in both directions. The end of one direction does not end the other. */
public interface ByteStream extends StreamReader, StreamWriter, AutoCloseable {
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
