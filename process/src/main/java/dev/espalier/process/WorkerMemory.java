package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Memory that parent and child share and that outlives the child. After a crash the parent reads in it which tasks had
 * started, and the answers that the child had ready but had not yet written to the socket.
 */
final class WorkerMemory {
    // offset 0     long  STARTED  the newest task that the child has taken; set before the task runs
    //        8     long  BASE     where the block begins in the stream of bytes that the child sends, in bytes
    //        16    long  FILLED   bytes of the block that hold whole frames; set after they are there
    //        24    long  RAN      how long tasks have run in all, those that have ended, in nanoseconds; for statistics
    //        4096  the block      the frames on their way out, see FrameWriter
    //        SIZE  see ItemMemory
    //
    // The child alone writes. When all of the block is written to the socket it sets FILLED to 0 and then BASE: killed
    // in between, it has left nothing to read, which is true.
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final long STARTED = 0;
    private static final long BASE = 8;
    private static final long FILLED = 16;
    private static final long RAN = 24;
    private static final int BLOCK = 4096;
    private static final int SIZE = BLOCK + FrameWriter.BLOCK;

    private final MemorySegment memory;
    private final ItemMemory items;
    private final boolean shared;

    private WorkerMemory(MemorySegment all, boolean shared) {
        this.memory = all;
        this.items = new ItemMemory(all.asSlice(SIZE, ItemMemory.SIZE));
        this.shared = shared;
    }

    /** Makes the file, or does without where there is no room for it. */
    static WorkerMemory create(Path file) {
        try {
            return new WorkerMemory(MappedFile.create(file, SIZE + ItemMemory.SIZE, Arena.ofAuto()), true);
        } catch (IOException | UnsupportedOperationException unavailable) {
            return alone();
        }
    }

    /** Maps the parent's file and deletes it. */
    static WorkerMemory take(Path file) throws IOException {
        return new WorkerMemory(MappedFile.take(file, SIZE + ItemMemory.SIZE, Arena.global()), true);
    }

    /**
     * What nobody else sees. The parent then takes a task for begun when it is sent, and sends one at a time: all others
     * can still go elsewhere when the child dies.
     */
    static WorkerMemory alone() {
        return new WorkerMemory(Arena.ofAuto().allocate(SIZE + ItemMemory.SIZE, Long.BYTES), false);
    }

    boolean isShared() {
        return shared;
    }

    /** How far the child is with a call for many arguments. */
    ItemMemory items() {
        return items;
    }

    ByteBuffer block() {
        return memory.asSlice(BLOCK, FrameWriter.BLOCK).asByteBuffer();
    }

    /** Called by the parent: the task is on its way. */
    void sent(long task) {
        if (!shared) {
            started(task);
        }
    }

    void started(long task) {
        LONG.setRelease(memory, STARTED, task);
    }

    long started() {
        return (long) LONG.getAcquire(memory, STARTED);
    }

    void ran(long nanos) {
        LONG.setRelease(memory, RAN, ran() + nanos);
    }

    long ran() {
        return (long) LONG.getAcquire(memory, RAN);
    }

    void filled(int bytes) {
        LONG.setRelease(memory, FILLED, (long) bytes);
    }

    void emptied(long base) {
        LONG.setRelease(memory, FILLED, 0L);
        LONG.setRelease(memory, BASE, base);
    }

    /** After the child's end: what is left of a call for many arguments. */
    ItemMemory.Rest itemsLeft(long task) {
        return shared ? items.rest(task) : ItemMemory.Rest.UNKNOWN;
    }

    /** After the child's end: what is left in the block for someone who has received so many bytes. */
    ByteBuffer rest(long received) {
        long base = (long) LONG.getAcquire(memory, BASE);
        long filled = (long) LONG.getAcquire(memory, FILLED);
        long from = received - base;
        if (filled > FrameWriter.BLOCK || from < 0 || from >= filled) {
            return ByteBuffer.allocate(0);
        }
        return memory.asSlice(BLOCK + from, filled - from).asByteBuffer();
    }
}
