/**
 * Streams over sockets and to child processes, servers and files, in direct style: every method that must wait awaits, and holds
 * nobody else up.
 *
 * <p><b>Null.</b> Nothing takes or returns null unless its type says so.
 *
 * <p><b>Cancellation.</b> A cancelled read has taken nothing: bytes that came from the network stay in the stream for the next
 * read. A cancelled write has sent nothing, or says how much it has sent. Methods that find all they need without waiting
 * throw too if their task is cancelled.
 *
 * <p><b>Threads.</b> A stream, server or file belongs to the loop on which it was made; a task of another loop gets a {@link
 * dev.espalier.core.ForeignLoopException}.
 *
 * <p><b>Memory.</b> A stream that waits holds no buffer: all streams of a loop receive into one buffer, and what a reader
 * does not take at once is kept in the stream in exactly its size.
 *
 * <p><b>Exceptions.</b> All are {@link java.io.IOException}s: {@link dev.espalier.io.IncompleteReadException} (the stream ended
 * too early), {@link dev.espalier.io.ReadLimitException} (more came than the caller allowed), {@link
 * dev.espalier.io.StreamClosedException} (closed on this side, or broken by an earlier failure), {@link
 * dev.espalier.io.StreamTimeoutException} (the peer was slower than the stream's limits allow). Two tasks that read one stream
 * at once are a mistake, and the second gets a {@link dev.espalier.core.BusyException}.
 */
package dev.espalier.io;
