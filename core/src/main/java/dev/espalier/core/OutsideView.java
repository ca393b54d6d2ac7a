package dev.espalier.core;

import dev.espalier.core.spi.TaskSnapshot;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tasks of a loop as a thread outside it sees them, while the loop goes on. It reads fields that the holder of the turn
 * writes, without order between the two. That is safe: a node is linked into the tree once and never moved, so no walk can go in
 * circles; a walk that meets a node just unlinked misses what came after it on that level. Therefore it walks several times.
 */
final class OutsideView {
    private static final int WALKS = 3;

    private final LoopRoot root;
    private final Map<Task<?>, TaskSnapshot> seen = new LinkedHashMap<>();

    OutsideView(LoopRoot root) {
        this.root = root;
    }

    List<TaskSnapshot> tasks() {
        for (int walk = 0; walk < WALKS; walk++) {
            root.eachTask(task -> seen.computeIfAbsent(task, OutsideView::snapshot));
        }
        seen.keySet().removeIf(task -> !task.outcome().isPending());
        return new ArrayList<>(seen.values());
    }

    private static TaskSnapshot snapshot(Task<?> task) {
        while (true) {
            try {
                return task.snapshot();
            } catch (ConcurrentModificationException e) {
                Thread.onSpinWait(); // what it waits for changed under the description; it can be asked again
            }
        }
    }
}
