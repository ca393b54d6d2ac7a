package dev.espalier.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * The pool's own directory: sockets until they are connected, the argument file, reports of crashes. Only its owner may
 * enter it. All methods block.
 */
final class PoolDirectory {
    // Named espalier-<pid>-<start of that process>-<random>: a directory whose process is gone, because somebody killed
    // it, is deleted by the next pool. The start tells a process from a later one with the same id.
    private static final String PREFIX = "espalier-";
    /** Two JVMs may compute the start of a process a little differently after the clock was set; in milliseconds. */
    private static final long CLOCK_DRIFT = 60_000;
    /** The shortest limit of a socket's path among the systems we know, with a margin. */
    private static final int LONGEST_SOCKET_PATH = 100;

    private final Path path;

    private PoolDirectory(Path path) {
        this.path = path;
    }

    /** Deletes what processes have left behind that are gone. */
    static void sweepAll() {
        bases().forEach(PoolDirectory::sweep);
    }

    static PoolDirectory create() throws IOException {
        IOException failure = new IOException("no place for the sockets of a process pool");
        for (Path base : bases()) {
            try {
                return new PoolDirectory(createIn(base));
            } catch (IOException | UncheckedIOException unusable) {
                failure.addSuppressed(unusable);
            }
        }
        throw failure;
    }

    private static List<Path> bases() {
        List<Path> bases = new ArrayList<>();
        Stream.of(System.getenv("XDG_RUNTIME_DIR"), System.getProperty("java.io.tmpdir"), "/tmp", "/dev/shm")
                .filter(name -> name != null && !name.isBlank())
                .map(Path::of)
                .filter(Files::isDirectory)
                .distinct()
                .forEach(bases::add);
        return bases;
    }

    private static Path createIn(Path base) throws IOException {
        Path path = base.resolve(newName());
        if (path.resolve("worker-0000.sock").toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
            throw new IOException(base + " is too long a path for sockets");
        }
        return Files.createDirectory(path, ownerOnly(base));
    }

    private static FileAttribute<?>[] ownerOnly(Path base) {
        return base.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions
                        .asFileAttribute(PosixFilePermissions.fromString("rwx------"))}
                : new FileAttribute<?>[0];
    }

    /** Makes a directory of another sort with such a name, unless it is there. */
    static void makeOwnerOnly(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            try {
                Files.createDirectory(path, ownerOnly(Objects.requireNonNull(path.getParent())));
            } catch (FileAlreadyExistsException madeMeanwhile) {
                // By another process of ours, as whoever uses it checks.
            }
        }
    }

    static String newName() {
        ProcessHandle self = ProcessHandle.current();
        // Two of one process must not have the same; it is no secret.
        String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        return PREFIX + self.pid() + "-" + startOf(self) + "-" + random;
    }

    /** True when no process with this id lives that was started then. */
    static boolean isGone(String pid, String start) {
        Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(pid));
        return process.isEmpty() || !process.get().isAlive()
                || Math.abs(startOf(process.get()) - Long.parseLong(start)) > CLOCK_DRIFT;
    }

    static long startOf(ProcessHandle process) {
        return process.info().startInstant().map(java.time.Instant::toEpochMilli).orElse(0L);
    }

    /** Deletes what processes have left there that are gone. */
    private static void sweep(Path base) {
        try (DirectoryStream<Path> old = Files.newDirectoryStream(base, PREFIX + "*-*-*")) {
            for (Path each : old) {
                String[] parts = each.getFileName().toString().split("-", -1);
                if (parts.length == 4 && parts[1].matches("\\d{1,18}") && parts[2].matches("\\d{1,18}")
                        && Files.isWritable(each) && isGone(parts[1], parts[2])) {
                    new PoolDirectory(each).delete();
                }
            }
        } catch (IOException | DirectoryIteratorException unreadable) {
            // What cannot be deleted now, may be the next time.
        }
    }

    Path file(String name) {
        return path.resolve(name);
    }

    Path path() {
        return path;
    }

    /** Deletes it with all that is in it; what is gone already is no failure. */
    void delete() throws IOException {
        try (Stream<Path> files = Files.exists(path) ? Files.list(path) : Stream.empty()) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(path);
    }
}
