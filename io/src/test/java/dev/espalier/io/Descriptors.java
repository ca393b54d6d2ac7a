package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The files that this process has open, where the system tells. */
final class Descriptors {
    private static final Path FOLDER = Path.of("/proc/self/fd");

    private Descriptors() {}

    static void assumeKnown() {
        assumeTrue(Files.isDirectory(FOLDER), "the system has no " + FOLDER);
    }

    /** What those lead to whose target begins so; nothing where the system does not tell. */
    static List<String> links(String beginning) {
        List<String> links = new ArrayList<>();
        if (!Files.isDirectory(FOLDER)) {
            return links;
        }
        try (Stream<Path> entries = Files.list(FOLDER)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                String target = target(entry);
                if (target.startsWith(beginning)) {
                    links.add(target);
                }
            }
            return links;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path entry) {
        try {
            return Files.readSymbolicLink(entry).toString();
        } catch (IOException e) {
            return "closed meanwhile: " + e.getMessage();
        }
    }

    /** Sockets, pollers and pipes, which tests of ours open; class files come and go. */
    static int ofConnections() {
        return links("socket:").size() + links("anon_inode:").size() + links("pipe:").size();
    }

    /** Waits until as many are open as before: other threads may close theirs a little later. */
    static void assertAsBefore(int before) {
        await("open sockets, pollers and pipes")
                .untilAsserted(() -> assertThat(ofConnections()).as(() -> links("").toString()).isLessThanOrEqualTo(before));
    }
}
