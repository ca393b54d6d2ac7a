package dev.espalier.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.util.function.Consumer;

/**
 * Reads what a child prints, always and at once: a full pipe would stop the child. Keeps the end of it.
 */
final class OutputDrain implements Runnable {
    // A pipe cannot be read without a thread: pipes of processes are no selectable channels. The thread sleeps while
    // the child is silent, and has a small stack.
    private static final int KEPT = 64 * 1024;
    private static final int LONGEST_LINE = 8192;

    private final InputStream stream;
    private final Consumer<String> lines;
    private final StringBuilder line = new StringBuilder();
    private final StringBuilder kept = new StringBuilder();
    private final Thread thread;

    private OutputDrain(InputStream stream, String name, Consumer<String> lines) {
        this.stream = stream;
        this.lines = lines;
        this.thread = ParentWatch.daemon(name, this);
    }

    static OutputDrain start(InputStream stream, String name, Consumer<String> lines) {
        return new OutputDrain(stream, name, lines);
    }

    /** Waits until the child has closed the stream, or a grandchild keeps it open for too long. Blocks. */
    void join(long millis) throws InterruptedException {
        thread.join(millis);
    }

    /** The end of what came so far. */
    String tail() {
        synchronized (kept) {
            return kept.substring(Math.max(0, kept.length() - KEPT));
        }
    }

    @Override
    public void run() {
        char[] buffer = new char[8192];
        try (Reader reader = new InputStreamReader(stream, Charset.defaultCharset())) {
            int count = reader.read(buffer);
            while (count >= 0) {
                keep(buffer, count);
                cut(buffer, count);
                count = reader.read(buffer);
            }
        } catch (IOException closed) {
            // The process is gone, and its pipe with it: the same as the end of the stream.
        }
        if (!line.isEmpty()) {
            tell();
        }
    }

    private void keep(char[] buffer, int count) {
        synchronized (kept) {
            kept.append(buffer, 0, count);
            if (kept.length() > 2 * KEPT) {
                kept.delete(0, kept.length() - KEPT);
            }
        }
    }

    private void cut(char[] buffer, int count) {
        for (int i = 0; i < count; i++) {
            if (buffer[i] == '\n' || line.length() >= LONGEST_LINE) {
                tell();
            }
            if (buffer[i] != '\n' && buffer[i] != '\r') {
                line.append(buffer[i]);
            }
        }
    }

    private void tell() {
        String text = line.toString();
        line.setLength(0);
        try {
            lines.accept(text);
        } catch (RuntimeException | Error failure) {
            // It is the user's consumer; the child must not stop because of it.
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }
}
