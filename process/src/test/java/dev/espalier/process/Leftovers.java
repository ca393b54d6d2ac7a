package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process with pools may leave behind: children, files, shared memory, descriptors. For Linux.
 */
final class Leftovers {
    private static final Path PROC = Path.of("/proc");
    /** The JDK's sockets keep a closed one for good, each kind one. */
    private static final int KEPT_BY_THE_JDK = 2;

    private final long owner;

    /** Of the pools of the process with this id, whether it still lives or not. */
    Leftovers(long owner) {
        this.owner = owner;
    }

    private String mark() {
        return "/espalier-" + owner + "-";
    }

    /** The children: their command line names the directory of their pool. */
    List<Long> processes() {
        try (Stream<Path> all = Files.list(PROC)) {
            List<Long> found = new ArrayList<>();
            all.filter(path -> path.getFileName().toString().matches("\\d+")).forEach(path -> {
                long pid = Long.parseLong(path.getFileName().toString());
                if (pid != owner && read(path.resolve("cmdline")).contains(mark()) && TestPools.isAlive(pid)) {
                    found.add(pid);
                }
            });
            return found;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Directories of pools, wherever one may be. */
    List<Path> files() {
        List<Path> found = new ArrayList<>();
        Stream.of(System.getenv("XDG_RUNTIME_DIR"), System.getProperty("java.io.tmpdir"), "/tmp", "/dev/shm")
                .filter(name -> name != null && Files.isDirectory(Path.of(name))).distinct().forEach(base -> {
                    try (var entries = Files.newDirectoryStream(Path.of(base), mark().substring(1) + "*")) {
                        entries.forEach(found::add);
                    } catch (IOException failed) {
                        throw new UncheckedIOException(failed);
                    }
                });
        return found;
    }

    /** Files of pools, deleted or not, that a process has mapped. */
    static List<String> mappings(long pid) {
        return read(PROC.resolve(pid + "/maps")).lines().filter(line -> line.contains("/espalier-")).toList();
    }

    /** Sockets and pipes that this process has open. */
    static long descriptors() {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.filter(path -> {
                try {
                    return Files.readSymbolicLink(path).toString().matches("(socket|pipe):.*");
                } catch (IOException closedMeanwhile) {
                    return false;
                }
            }).count();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Fails unless nothing is left, now or in a moment: a killed process is gone only when it has been reaped. */
    void assertNone() {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(processes()).as("children of the pools").isEmpty();
            assertThat(files()).as("files of the pools").isEmpty();
        });
    }

    /** The same for this process, which lives on. */
    static void assertNoneHere(long descriptorsBefore) {
        new Leftovers(TestPools.pid()).assertNone();
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            // A mapping without an arena of its own goes with the buffer.
            System.gc();
            assertThat(mappings(TestPools.pid())).as("shared memory").isEmpty();
            assertThat(descriptors()).as("sockets and pipes").isLessThanOrEqualTo(descriptorsBefore + KEPT_BY_THE_JDK);
        });
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }
}
