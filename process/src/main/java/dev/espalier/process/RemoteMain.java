package dev.espalier.process;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The main class of a child JVM. {@link ProcessPool} starts it; nobody else has a reason to.
 */
public final class RemoteMain {
    // Few classes on the way to HELLO: no lambda, no stream, no regular expression, no formatting, and no reflection, whose first
    // call alone takes as long as all of the handshake. What can wait is the business of ParentWatch's thread.

    /** Exit code of a child that noticed the end of its parent where it could not kill itself. */
    static final int ORPHANED = 124;
    /** Exit code of a child that was started wrongly or met a peer that is none of ours. */
    static final int REFUSED = 125;

    /** How deep in a tree of pools this process is; 0 in a process that no pool started. Written once, by main. */
    private static volatile int depth;

    /** Where shared buffers are, as the parent said; set before the first task, null in a process that nobody of us started. */
    private static volatile @Nullable String buffers;

    private RemoteMain() {
    }

    static int depth() {
        return depth;
    }

    static void buffers(String places) {
        buffers = places;
    }

    static @Nullable String buffers() {
        return buffers;
    }

    /**
     * Reads from standard input where to connect, and serves the pool until it says that it is enough or is gone.
     *
     * @param arguments what names this worker in a list of processes; not read
     * @throws IOException when the pool cannot be reached
     */
    public static void main(String[] arguments) throws IOException {
        InputStream input = new FileInputStream(FileDescriptor.in);
        Ticket ticket = Ticket.parse(firstLine(input));
        // From here on the user's code finds an empty input and cannot eat what is ours.
        System.setIn(InputStream.nullInputStream());
        depth = ticket.depth();
        ParentWatch.start(input, ticket.parent());
        ChildConnection.open(ticket).serve();
    }

    private static String firstLine(InputStream input) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        int next = input.read();
        while (next >= 0 && next != '\n') {
            line.write(next);
            next = input.read();
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
