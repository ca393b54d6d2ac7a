package dev.espalier.testing;

import dev.espalier.core.EventLoop;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the runs of a search print, kept run by run until it is known which one is shown: the same lines a thousand times help
 * nobody.
 *
 * <p>While any search keeps output, {@code System.out} and {@code System.err} are switches. What a task or a callback of a searched
 * run prints, or its worker between two runs, goes to the page of that run; everything else passes. The first search sets the
 * switches and the last one takes them away, unless somebody has set other streams meanwhile.
 */
final class RunOutput {
    private static final EventLoop.Local<Page> OF_LOOP = EventLoop.Local.named("the output of the run");
    private static final ThreadLocal<@Nullable Page> OF_WORKER = new ThreadLocal<>();

    // Guarded by the class.
    private static int searches;
    private static @Nullable Switch out;
    private static @Nullable Switch err;

    private final boolean keeps;
    private volatile @Nullable Page current; // of the run under way or the last one; by the worker, read by the waiting thread
    private final Collection<Page> shown = new ConcurrentLinkedQueue<>(); // by both

    /** If output is not kept it passes. */
    RunOutput(boolean keeps) {
        this.keeps = keeps;
    }

    /** Keeps the output of all runs while a worker searches; at its end that of the failing runs is shown. */
    <T> T during(Supplier<T> search) {
        if (!keeps) {
            return search.get();
        }
        turnOn();
        try {
            return search.get();
        } finally {
            turnOff();
            shown.forEach(Page::show);
        }
    }

    /** A run begins on this thread, the worker of the search; its page, null if output passes. */
    @Nullable Page begin() {
        Page page = keeps ? new Page() : null;
        current = page;
        OF_WORKER.set(page);
        return page;
    }

    /** This page is shown at the end. */
    void show(@Nullable Page page) {
        if (page != null && !shown.contains(page)) {
            shown.add(page);
        }
    }

    /** Shows what the run under way, or the last one, has printed. */
    void showCurrent() {
        show(current);
    }

    private static synchronized void turnOn() {
        if (searches++ == 0) {
            out = System.out instanceof Switch left ? left : new Switch(System.out, false);
            err = System.err instanceof Switch left ? left : new Switch(System.err, true);
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static synchronized void turnOff() {
        if (--searches > 0) {
            return;
        }
        if (out != null && System.out == out) {
            System.setOut(out.original);
        }
        if (err != null && System.err == err) {
            System.setErr(err.original);
        }
        out = null;
        err = null;
    }

    private static @Nullable Page page() {
        return EventLoop.currentIfAny() == null ? OF_WORKER.get() : OF_LOOP.find().orElse(null);
    }

    /** Takes the place of one of the streams. It adds no bytes of its own, so what is printed arrives within the call. */
    private static final class Switch extends PrintStream {
        private final PrintStream original;

        private Switch(PrintStream original, boolean isErr) {
            super(new Gate(original, isErr), true, original.charset());
            this.original = original;
        }
    }

    private static final class Gate extends OutputStream {
        private final PrintStream original;
        private final boolean isErr;

        private Gate(PrintStream original, boolean isErr) {
            this.original = original;
            this.isErr = isErr;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            Page page = page();
            if (page == null) {
                original.write(bytes, offset, length);
            } else {
                page.add(isErr, bytes, offset, length);
            }
        }

        @Override
        public void flush() {
            if (page() == null) {
                original.flush();
            }
        }
    }

    /** The output of one run; of a long one the end. */
    static final class Page {
        private static final int MOST = 1 << 16;

        // Guarded by this: a blocked step may print while its page is shown.
        private final Deque<Piece> pieces = new ArrayDeque<>(0);
        private int size;
        private long dropped;

        private record Piece(boolean isErr, byte[] bytes) {}

        /** In the first task of the run: all that its loop prints goes here. */
        void takeFromLoop() {
            OF_LOOP.set(this);
        }

        private synchronized void add(boolean isErr, byte[] bytes, int offset, int length) {
            byte[] copy = new byte[Math.min(length, MOST)];
            System.arraycopy(bytes, offset + length - copy.length, copy, 0, copy.length);
            dropped += length - copy.length;
            pieces.add(new Piece(isErr, copy));
            size += copy.length;
            while (size > MOST) {
                int first = pieces.remove().bytes.length;
                size -= first;
                dropped += first;
            }
        }

        /** Prints it, where the caller prints; nothing if there is none. */
        synchronized void show() {
            if (dropped > 0) {
                System.out.println("(the first " + dropped + " bytes of the output are left out)");
            }
            for (Piece piece : pieces) {
                PrintStream stream = piece.isErr ? System.err : System.out;
                stream.write(piece.bytes, 0, piece.bytes.length);
                stream.flush();
            }
        }
    }
}
