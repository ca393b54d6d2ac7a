package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The ring of one channel, in memory that the process of the sender and that of the receiver share.
 */
final class ChannelMemory {
    // The receiver's process makes the file and maps it; only then does the sender's learn of it, maps it as well and
    // deletes the name. Wherever that does not work the channel goes over the sockets, as it does before.
    private static final int CAPACITY = 256 * 1024;
    /** So many at once in a process, 16 MiB: who opens more channels does not expect each of them to be that fast. */
    private static final int MOST = 64;
    private static final AtomicInteger MAPPED = new AtomicInteger();

    private final Arena arena;
    private final Ring ring;

    private ChannelMemory(Arena arena, MemorySegment memory) {
        this.arena = arena;
        this.ring = Ring.over(memory);
    }

    private interface Mapping {
        MemorySegment map(long size, Arena arena) throws IOException;
    }

    /** Of a channel, in the directory of a child. */
    static Path file(Path directory, long channel) {
        return directory.resolve("channel-" + channel + ".ring");
    }

    /** The receiver's; null where it cannot be had. Blocks. */
    static @Nullable ChannelMemory create(Path file) {
        return map((size, arena) -> MappedFile.create(file, size, arena));
    }

    /** The sender's; null where it cannot be had. Blocks. */
    static @Nullable ChannelMemory take(Path file) {
        return map((size, arena) -> MappedFile.take(file, size, arena));
    }

    private static @Nullable ChannelMemory map(Mapping mapping) {
        if ("off".equals(System.getProperty("espalier.rings"))) {
            return null;
        }
        if (MAPPED.incrementAndGet() > MOST) {
            MAPPED.decrementAndGet();
            return null;
        }
        Arena arena = Arena.ofShared();
        try {
            return new ChannelMemory(arena, mapping.map(Ring.size(CAPACITY), arena));
        } catch (IOException | UnsupportedOperationException unavailable) {
            arena.close();
            MAPPED.decrementAndGet();
            return null;
        }
    }

    Ring ring() {
        return ring;
    }

    /** Unmaps it; no end of the ring may be used afterwards. Once. */
    void close() {
        arena.close();
        MAPPED.decrementAndGet();
    }
}
