package dev.espalier.core;

import dev.espalier.core.spi.TaskRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that a task holds while others wait for it. It hears when the task ends without having given it back, so that those
 * others do not wait for ever. What one task holds is linked through fields of the things held: taking and giving back allocate
 * nothing.
 *
 * <p>All fields are written and read by the holder of the turn.
 */
abstract class Holding {
    private @Nullable Task<?> holder;

    // The list of what its holder holds, from Task.held on.
    private @Nullable Holding next;
    private @Nullable Holding previous;

    final @Nullable Task<?> holder() {
        return holder;
    }

    /** As a list, for statistics. */
    final List<TaskRef> holderRefs() {
        Task<?> task = holder;
        return task == null ? List.of() : List.of(task.ref());
    }

    /** Only while nobody holds it. */
    final void takenBy(Task<?> task) {
        assert holder == null : "held twice";
        Holding first = task.held;
        holder = task;
        next = first;
        if (first != null) {
            first.previous = this;
        }
        task.held = this;
    }

    /** Only while somebody holds it. */
    final void givenBack() {
        Task<?> task = holder;
        if (task == null) {
            throw new AssertionError("given back twice");
        }
        Holding before = previous;
        Holding after = next;
        if (before == null) {
            task.held = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        holder = null;
        next = null;
        previous = null;
    }

    /** Its holder ended and is its holder no more. Runs at the end of that task, so it runs no user code. */
    abstract void holderEnded(Task<?> ended);

    /** At the end of a task that holds something. */
    static void leftBy(Task<?> ended) {
        for (Holding left = ended.held; left != null; left = ended.held) {
            left.givenBack();
            left.holderEnded(ended);
        }
    }

    /** Why a thing is broken whose holder ended. */
    static String broken(Task<?> ended) {
        return "task '" + ended.name() + "' ended while it held it";
    }

    static BrokenResourceException brokenException(String kind, String why) {
        return new BrokenResourceException("this " + kind + " is broken: " + why
                + ", so what it guards may be half changed; give it back in a finally block, or let withLock do so");
    }
}
