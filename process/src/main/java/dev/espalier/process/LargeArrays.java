package dev.espalier.process;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;

/**
 * The large arrays of a message that is being written. Not thread-safe.
 */
final class LargeArrays {
    private enum Mode { INSIDE, AS_THEY_ARE, COPIED }

    private Mode mode = Mode.INSIDE;
    private ArrayList<LargeArray> beside = new ArrayList<>(0);

    /** From here on they travel beside the message; they must not be changed until they have gone. */
    void asTheyAre() {
        mode = Mode.AS_THEY_ARE;
    }

    /** From here on copies of them travel beside the message. */
    void copied() {
        mode = Mode.COPIED;
    }

    /** Whether this array does not belong into the message. */
    boolean takes(int tag, Object array) {
        return mode != Mode.INSIDE && (long) Array.getLength(array) * LargeArray.unit(tag) >= LargeArray.LEAST;
    }

    /** Takes it, and gives the number by which the message refers to it. */
    int add(int tag, Object array) {
        long bytes = (long) Array.getLength(array) * LargeArray.unit(tag);
        if (bytes > Frames.MAX_MESSAGE) {
            throw ArrayCodec.tooLong(Array.getLength(array));
        }
        beside.add(mode == Mode.COPIED ? LargeArray.copy(tag, array) : LargeArray.around(tag, array));
        return beside.size() - 1;
    }

    int size() {
        return beside.size();
    }

    /** Forgets what was added since there were so many. */
    void truncate(int count) {
        beside.subList(count, beside.size()).clear();
    }

    /** Forgets all; from here on they are parts of the message. */
    void reset() {
        beside.clear();
        mode = Mode.INSIDE;
    }

    /** Those of the message that was written; there are none then. */
    List<LargeArray> drain() {
        if (beside.isEmpty()) {
            return List.of();
        }
        List<LargeArray> all = beside;
        beside = new ArrayList<>(0);
        return all;
    }
}
