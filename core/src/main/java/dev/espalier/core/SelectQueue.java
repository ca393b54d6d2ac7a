package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * A queue in which nodes of selects stand beside tasks, to be served alike. A subclass says what can be had without waiting, what
 * a signal means if not success, and whether others may go on when one leaves.
 */
abstract class SelectQueue extends WaitQueue implements Selectable {
    SelectQueue(Object owner) {
        super(owner);
    }

    @Override
    public void link(Select.Node node) {
        add(node);
    }

    @Override
    public final void unlink(Select.Node node) {
        remove(node);
    }

    @Override
    public @Nullable Object served(Select.Node node, @Nullable Object signal) {
        return null;
    }

    @Override
    public final String toString() {
        return describe();
    }
}
