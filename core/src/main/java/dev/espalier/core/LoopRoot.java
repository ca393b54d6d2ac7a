package dev.espalier.core;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The node above all tasks of a loop. */
final class LoopRoot extends ScopeNode {
    LoopRoot(EventLoop loop) {
        super(loop, null, false);
    }

    /** Visits the living tasks, parents before their children. */
    void eachTask(Consumer<Task<?>> visitor) {
        ScopeNode node = this;
        while (node != null) {
            if (node instanceof Task<?> task) {
                visitor.accept(task);
            }
            node = following(node);
        }
    }

    private static @Nullable ScopeNode following(ScopeNode node) {
        ScopeNode next = node.firstChild();
        for (ScopeNode up = node; next == null && up != null; up = up.parent) {
            next = up.nextSibling();
        }
        return next;
    }

    @Override
    void wakeIfCancelled() {
        // No task is its owner.
    }

    @Override
    void wake(@Nullable Object carrying) {
        throw new AssertionError("the root never waits");
    }

    @Override
    Task<?> waitingTask() {
        throw new AssertionError("the root never waits");
    }

    @Override
    void runFresh() {
        throw new AssertionError("the root is never made ready");
    }

    @Override
    void timerFired() {
        throw new AssertionError("the root has no timer");
    }
}
