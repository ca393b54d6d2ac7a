package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * Something for which a select can wait beside other things.
 *
 * <p>A select asks all its sources first, and takes from the first that is ready. If none is, it links a node into the
 * queue of each, all in one turn. Whoever serves a node wakes it; that unlinks the others, so a source never serves a
 * select that has been decided.
 */
interface Selectable {
    /** The answer of a source that would have to wait. */
    Object NOT_READY = new Object();

    /**
     * {@return what is there, taken; {@link #NOT_READY} and nothing taken if that would have to wait}
     *
     * <p>Throws as the awaiting method would, and refuses tasks of other loops, also while nobody drives its own.
     */
    @Nullable Object tryNow();

    /** Once for each node, before it is first linked. */
    default void prepare(Select.Node node) {}

    /** Queues a node. Only right after {@link #tryNow} has refused, in the same turn. */
    void link(Select.Node node);

    /** Takes a node back that was not served. It may run in the middle of another source's change: it wakes nobody. */
    void unlink(Select.Node node);

    /** After {@link #unlink}, where that may let others through. */
    default void unlinked() {}

    /**
     * {@return what a node was served with, given the signal of its wake-up}
     *
     * <p>Throws if it was woken by an end.
     */
    @Nullable Object served(Select.Node node, @Nullable Object signal);

    /** A sender whose sends a select can choose. */
    interface OfSends<A> {
        /** The sending of one value. */
        Selectable sending(A value);
    }
}
