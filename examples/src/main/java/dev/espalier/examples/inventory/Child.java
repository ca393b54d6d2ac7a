package dev.espalier.examples.inventory;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;

/** The functions that run in the child JVMs. */
final class Child {

    private Child() {
    }

    /** Counts contents that the parent has read. */
    static Answer countBytes(byte[] contents) throws IOException {
        return timed(new ByteArrayInputStream(contents));
    }

    /**
     * Reads a large file piece by piece and counts it. A URI names every file, also those whose names the locale
     * cannot spell.
     */
    static Answer countFile(URI file) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of(file), LinkOption.NOFOLLOW_LINKS)) {
            return timed(in);
        }
    }

    private static Answer timed(InputStream in) throws IOException {
        long start = System.nanoTime();
        FileFacts facts = ContentCounter.count(in);
        return new Answer(ProcessHandle.current().pid(), Duration.ofNanos(System.nanoTime() - start), facts);
    }
}
