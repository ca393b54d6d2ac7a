package dev.espalier.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The lines of a reader. */
final class LineIterator implements Iterator<String> {
    private final StreamReader reader;

    // By the task that iterates.
    private @Nullable String next;

    LineIterator(StreamReader reader) {
        this.reader = reader;
    }

    @Override
    public boolean hasNext() {
        if (next == null) {
            try {
                next = reader.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return next != null;
    }

    @Override
    public String next() {
        String line = hasNext() ? next : null;
        if (line == null) {
            throw new NoSuchElementException("the stream has no line left: " + reader);
        }
        next = null;
        return line;
    }
}
