package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * The two rings between a parent and a child, in one file.
 */
final class WorkerRings {
    // offset 0            what the parent writes
    //        size of it   what the child writes
    /** With half of it an array of a megabyte takes a third longer: one side waits for the other each time that somebody else runs. */
    private static final int CAPACITY = 512 * 1024;

    private final Arena arena;
    private final Ring toChild;
    private final Ring toParent;

    private WorkerRings(Arena arena, MemorySegment memory) {
        this.arena = arena;
        this.toChild = Ring.over(memory.asSlice(0, Ring.size(CAPACITY)));
        this.toParent = Ring.over(memory.asSlice(Ring.size(CAPACITY), Ring.size(CAPACITY)));
    }

    private static long size() {
        return 2 * Ring.size(CAPACITY);
    }

    /** The parent's, to be closed by it. */
    static WorkerRings create(Path file) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return new WorkerRings(arena, MappedFile.create(file, size(), arena));
        } catch (IOException | RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    /** The child's, for as long as it lives. */
    static WorkerRings take(Path file) throws IOException {
        return new WorkerRings(Arena.global(), MappedFile.take(file, size(), Arena.global()));
    }

    Ring toChild() {
        return toChild;
    }

    Ring toParent() {
        return toParent;
    }

    /** Unmaps the memory; no end of a ring may be used afterwards. */
    void close() {
        arena.close();
    }
}
