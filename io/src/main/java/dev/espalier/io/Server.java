package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.Body;
import dev.espalier.core.VoidBody;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A server that accepts connections and runs a handler for each, in a task of its own.
 *
 * {@snippet class="dev.espalier.io.DrainTest" region="drain"}
 *
 * <p>A server lives in the group it was started in and ends with it. A handler that fails is told to the loop's error sink, its
 * connection is reset, and the others go on; of those whose peers were too slow, one is told a minute. When a handler returns, its
 * connection is closed.
 *
 * <p>When the system has no file or memory for one more connection, the server says so once a minute, rests for a moment, and goes
 * on trying: the connection waits in the queue meanwhile.
 *
 * <p><b>Threads.</b> It belongs to the loop on which it was made.
 */
public interface Server extends AutoCloseable {
    /**
     * What a server has done so far.
     *
     * @param accepted connections that were accepted, and not refused
     * @param active those of them that have not ended
     * @param refused connections that {@link ServeOptions#admission()} did not admit
     * @param failedAccepts how often the system had no file or memory for one more
     * @param failedHandshakes connections that ended before TLS began
     * @param failedHandlers handlers that threw something other than their cancellation
     */
    record Statistics(
            long accepted, int active, long refused, long failedAccepts, long failedHandshakes, long failedHandlers) {}

    /**
     * {@return the server whose handler the current task is, or was started by}
     *
     * @throws IllegalStateException if it is none
     */
    static Server current() {
        return ChannelServer.CURRENT.find().orElseThrow(
                () -> new IllegalStateException("the current task is no handler of a server, and was started by none"));
    }

    /**
     * {@return the first address it listens on, with the real port, also after it was closed}
     */
    SocketAddress address();

    /**
     * {@return all addresses it listens on, in the order in which they were given, with the real ports}
     */
    List<SocketAddress> addresses();

    /**
     * {@return the port of the first address, also after it was closed; -1 if its kind of address has none}
     */
    int port();

    /**
     * {@return what it has done so far}
     */
    Statistics statistics();

    /**
     * {@return the sum of {@link SocketStream#bytesReceived()} of all its connections, those that have ended included}
     */
    long bytesReceived();

    /**
     * {@return the sum of {@link SocketStream#bytesSent()} of all its connections, those that have ended included}
     */
    long bytesSent();

    /**
     * Stops accepting, before it returns; handlers go on. Connections that wait in the queue of the system are accepted first, at most 64
     * of each address: their clients believe themselves connected. Those that exceed a limit of the server are reset by the system. Does
     * nothing the second time.
     *
     * <p>So that no client is refused while one process takes over from another, both use {@link ServeOptions#withReusePort}: the new
     * one listens before the old one drains.
     */
    void stop();

    /**
     * Waits until the server accepts no more and all handlers have ended.
     *
     * <p><b>Cancellation.</b> Cancelled, it only stops waiting; give it a limit with {@code timeout}.
     *
     * @throws IllegalStateException if called by a handler, which would wait for itself
     */
    @Awaits
    void join();

    /**
     * Ends the server in good order: stops accepting, lets handlers see that by {@link #isDraining()} and {@link
     * #untilDrain(VoidBody)}, and waits for them. Those that have not ended after the limit are cancelled, which closes their
     * connections. Connections whose handlers do not end within two more seconds are aborted, and handlers that then still
     * do not end are no longer waited for after another two: only the group of the server waits for them.
     *
     * <p><b>Cancellation.</b> The server drains all the same; handlers that have not ended are cancelled at once.
     *
     * @param limit how long handlers have, not negative
     * @return whether all handlers ended by themselves
     * @throws IllegalArgumentException if the limit is negative
     * @throws IllegalStateException if called by a handler, which would wait for itself; the server drains, without a limit
     */
    @Awaits
    boolean drain(Duration limit);

    /**
     * {@return whether {@link #drain} was called} A handler that looks between two requests ends in time.
     */
    boolean isDraining();

    /**
     * Runs something that may be given up when the server drains, such as waiting for the next request, and gives it up then.
     * A read that is given up loses nothing; do not write here.
     *
     * @param <T> the value
     * @param <X> what the body throws
     * @param body what to run
     * @return its value; null if it was given up
     * @throws X as the body does
     */
    @Awaits
    <T extends @Nullable Object, X extends Throwable> @Nullable T untilDrain(Body<? extends T, ? extends X> body) throws X;

    /**
     * Runs something that may be given up when the server drains, such as waiting for the next request, and gives it up then.
     * A read that is given up loses nothing; do not write here.
     *
     * @param <X> what the body throws
     * @param body what to run
     * @return whether it ended by itself
     * @throws X as the body does
     */
    @Awaits
    <X extends Throwable> boolean untilDrain(VoidBody<? extends X> body) throws X;

    /**
     * Stops accepting, then cancels the handlers and waits until they have ended. For a server that lets its handlers finish:
     * {@link #drain}. Does nothing but wait the second time.
     *
     * <p><b>Cancellation.</b> The server stops and its handlers are cancelled all the same; only the waiting ends.
     */
    @Awaits
    @Override
    void close();
}
