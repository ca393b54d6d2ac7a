package dev.espalier.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * How much memory of a process is in RAM. Reads what the kernel has at hand, so it does not block.
 */
final class ResidentMemory {
    private static final String LINE = "VmRSS:";
    private static final int KIB = 1024;

    private ResidentMemory() {
    }

    /** In bytes; -1 where the system does not say. */
    static long of(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
            return lines.filter(line -> line.startsWith(LINE)).findFirst()
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB).orElse(-1L);
        } catch (IOException gone) {
            return -1;
        }
    }
}
