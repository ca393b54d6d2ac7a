package dev.espalier.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What children have started, and its end.
 */
final class Stragglers {
    // A process whose parent has died is nobody's descendant any more. So children carry a mark in their environment,
    // which all that they start inherits. On Linux, where the environment of a process can be read, those who are left
    // are found by it.
    private static final String MARK = "ESPALIER_CHILD";
    /** Whoever starts processes faster than we look is not met twice. */
    private static final int ROUNDS = 16;

    private static final AtomicLong MARKS = new AtomicLong();

    private Stragglers() {
    }

    /** A mark that no other child has. */
    static String newMark(PoolDirectory directory) {
        return "(" + directory.path().getFileName() + "." + MARKS.incrementAndGet() + ")";
    }

    static void mark(Map<String, String> environment, String mark) {
        environment.merge(MARK, mark, String::concat);
    }

    /** SIGKILL to all descendants, until a look finds no new one. Does not block. */
    static void killBelow(ProcessHandle root) {
        Set<ProcessHandle> seen = new HashSet<>();
        for (int i = 0; i < ROUNDS; i++) {
            List<ProcessHandle> found = root.descendants().filter(seen::add).toList();
            if (found.isEmpty()) {
                return;
            }
            found.forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** SIGKILL to all that carry the mark, whoever their parent is now. Blocks, briefly. */
    static void killMarked(String mark) {
        Path processes = Path.of("/proc");
        if (!Files.isDirectory(processes.resolve("self"))) {
            return;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(processes, "[0-9]*")) {
            for (Path process : all) {
                if (carries(process, mark)) {
                    ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                            .ifPresent(ProcessHandle::destroyForcibly);
                }
            }
        } catch (IOException unreadable) {
            // Then they are found no better than on a system without this directory.
        }
    }

    private static boolean carries(Path process, String mark) {
        try {
            return Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1).contains(mark);
        } catch (IOException goneOrNotOurs) {
            return false;
        }
    }
}
