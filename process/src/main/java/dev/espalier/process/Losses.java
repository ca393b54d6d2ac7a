package dev.espalier.process;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The ends of children that one task, or one item of a chunk, has met.
 */
final class Losses {
    /** So many children may die of taking a task that they have not begun. */
    private static final int UNBEGUN = 3;

    // By the holder of the loop's turn.
    private final List<WorkerLostException> earlier = new ArrayList<>(2);

    /**
     * Takes note of one more.
     *
     * @return the failure it leads to; null when another try is allowed
     */
    @Nullable WorkerLostException add(Loss loss, String what, boolean begun, int attempts) {
        int allowed = begun ? attempts : Math.max(attempts, UNBEGUN);
        if (earlier.size() + 1 < allowed) {
            earlier.add(loss.of(what));
            return null;
        }
        return loss.of(what, earlier);
    }

    Losses copy() {
        Losses copy = new Losses();
        copy.earlier.addAll(earlier);
        return copy;
    }
}
