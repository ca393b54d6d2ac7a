package dev.espalier.examples.inventory;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;

/** The function that runs in the child JVMs. */
final class Child {

    private Child() {
    }

    /** Counts contents that the parent has read, or reads a large file piece by piece. */
    static Answer count(Work work) throws IOException {
        byte[] contents = work.contents();
        if (contents != null) {
            return timed(new ByteArrayInputStream(contents));
        }
        try (InputStream in = Files.newInputStream(Path.of(work.file()), LinkOption.NOFOLLOW_LINKS)) {
            return timed(in);
        }
    }

    private static Answer timed(InputStream in) throws IOException {
        long start = System.nanoTime();
        FileFacts facts = ContentCounter.count(in);
        return new Answer(ProcessHandle.current().pid(), Duration.ofNanos(System.nanoTime() - start), facts);
    }
}
