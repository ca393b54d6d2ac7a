package dev.espalier.io;

import dev.espalier.core.Awaits;
import java.net.SocketAddress;

/**
 * A server that accepts connections and runs a handler for each, in a task of its own.
 *
 * <p>A server lives in the group it was started in and ends with it. A handler that fails is told to the loop's error sink, its
 * connection is reset, and the others go on. When a handler returns, its connection is closed.
 */
public interface Server extends AutoCloseable {
    /**
     * {@return the address it listens on, with the real port, also after it was closed}
     */
    SocketAddress address();

    /**
     * {@return the port it listens on, also after it was closed; -1 if its kind of address has none}
     */
    int port();

    /**
     * Stops accepting, before it returns. Connections that nobody has accepted yet are reset by the system; handlers go on. Does
     * nothing the second time.
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
     * Stops accepting, then cancels the handlers and waits until they have ended. For a server that lets its handlers finish:
     * {@link #stop()}, then {@link #join()}. Does nothing but wait the second time.
     *
     * <p><b>Cancellation.</b> The server stops and its handlers are cancelled all the same; only the waiting ends.
     */
    @Awaits
    @Override
    void close();
}
