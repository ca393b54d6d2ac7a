package dev.espalier.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How often the kernel has killed a process of our control group for want of memory. Linux with cgroup v2; elsewhere it
 * stays at 0. Blocks, briefly.
 */
final class OomCounter {
    private OomCounter() {
    }

    static long read() {
        try {
            Path file = Path.of("/sys/fs/cgroup" + ownGroup(), "memory.events");
            if (!Files.isReadable(file)) {
                return 0;
            }
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith("oom_kill ")) {
                    return Long.parseLong(line.substring("oom_kill ".length()).strip());
                }
            }
            return 0;
        } catch (IOException | NumberFormatException unknown) {
            // Then nobody can tell an OOM kill from another kill, and the status says so: it is a signal.
            return 0;
        }
    }

    private static String ownGroup() throws IOException {
        Path file = Path.of("/proc/self/cgroup");
        if (Files.isReadable(file)) {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith("0::")) {
                    return line.substring(3);
                }
            }
        }
        return "";
    }
}
