package dev.espalier.process;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * How far the child is with a {@linkplain ManyCalls call for many arguments}, in memory that outlives it: after a crash
 * the parent reads which items had ended and how, and which one ran.
 */
final class ItemMemory {
    // offset 0     long  TASK    whose items these are; set last when a task begins
    //        8     long  BEGUN   the newest item that has begun, counted from 0 in its task; set before it runs
    //        16    long  FROM    the first item whose outcome is in the area
    //        24    long  FILLED  how many outcomes are in the area, and in the lower 32 bits their bytes; set after them
    //        4096  the area      outcomes that the child has not yet put into a frame
    //
    // The child alone writes. It empties the area after it has put the outcomes into a frame: killed in between, it has
    // left both, and the parent steps over those that it knows.
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    private static final long TASK = 0;
    private static final long BEGUN = 8;
    private static final long FROM = 16;
    private static final long FILLED = 24;
    private static final int AREA = 4096;
    private static final int AREA_SIZE = 64 * 1024;
    static final int SIZE = AREA + AREA_SIZE;

    private final MemorySegment memory;
    // What the child has put into the area; the parent does not use these.
    private int items;
    private int bytes;

    ItemMemory(MemorySegment memory) {
        this.memory = memory;
    }

    // ---- the child

    void start(long task) {
        LONG.setRelease(memory, BEGUN, -1L);
        emptied(0);
        LONG.setRelease(memory, TASK, task);
    }

    void begin(int item) {
        LONG.setRelease(memory, BEGUN, (long) item);
    }

    /** Adds an outcome; false when there is no room for it. */
    boolean add(byte[] source, int from, int length) {
        if (length > AREA_SIZE - bytes) {
            return false;
        }
        MemorySegment.copy(source, from, memory, ValueLayout.JAVA_BYTE, AREA + bytes, length);
        bytes += length;
        items++;
        LONG.setRelease(memory, FILLED, ((long) items << 32) | bytes);
        return true;
    }

    /** All outcomes before this item are in frames. */
    void emptied(int next) {
        items = 0;
        bytes = 0;
        LONG.setRelease(memory, FILLED, 0L);
        LONG.setRelease(memory, FROM, (long) next);
    }

    // ---- the parent, after the child's end

    /** What is left of one task. */
    record Rest(int from, int items, byte[] outcomes, int begun) {
        /** Of memory that was not shared: any item may have begun, and ended. */
        static final Rest UNKNOWN = new Rest(Integer.MAX_VALUE, 0, new byte[0], 0);
    }

    Rest rest(long task) {
        if ((long) LONG.getAcquire(memory, TASK) != task) {
            return new Rest(0, 0, new byte[0], -1);
        }
        long filled = (long) LONG.getAcquire(memory, FILLED);
        byte[] outcomes = new byte[Math.clamp(filled & 0xFFFF_FFFFL, 0, AREA_SIZE)];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, AREA, outcomes, 0, outcomes.length);
        return new Rest(word(FROM), (int) (filled >>> 32), outcomes, word(BEGUN));
    }

    private int word(long offset) {
        return (int) (long) LONG.getAcquire(memory, offset);
    }
}
