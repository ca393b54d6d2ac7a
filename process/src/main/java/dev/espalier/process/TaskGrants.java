package dev.espalier.process;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a task of a pool has taken and must give back before it ends: its process lives on, and would hold it for ever.
 */
final class TaskGrants {
    private static final int FEW = 64;

    /** Null on all threads but the task thread of a child. */
    private static final ThreadLocal<@Nullable TaskGrants> CURRENT = new ThreadLocal<>();

    private final List<Permits.Grant> taken = new ArrayList<>();

    /** Called by the task thread when it begins. */
    void begin() {
        CURRENT.set(this);
    }

    static void add(Permits.Grant grant) {
        TaskGrants ours = CURRENT.get();
        if (ours != null) {
            if (ours.taken.size() >= FEW) {
                ours.taken.removeIf(Permits.Grant::isOver);
            }
            ours.taken.add(grant);
        }
    }

    /** The task has ended: what it did not give back is lost to it. */
    void end() {
        if (!taken.isEmpty()) {
            taken.forEach(Permits.Grant::lose);
            taken.clear();
        }
    }
}
