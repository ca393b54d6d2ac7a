package dev.espalier.process;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a {@link PoolStream} that were submitted and are not consumed.
 */
final class ChunkList<A extends @Nullable Object, T extends @Nullable Object> {
    // Everything here belongs to the loop of the pool.
    private final boolean ordered;
    /** All of them, in the order of their arguments. */
    private @Nullable Chunk<A, T> oldest;
    private @Nullable Chunk<A, T> newest;
    /** Of those, the ones with outcomes to read; unused in an ordered stream. */
    private final ArrayDeque<Chunk<A, T>> readable = new ArrayDeque<>();

    ChunkList(boolean ordered) {
        this.ordered = ordered;
    }

    boolean isEmpty() {
        return oldest == null;
    }

    List<Chunk<A, T>> all() {
        List<Chunk<A, T>> all = new ArrayList<>();
        for (Chunk<A, T> chunk = oldest; chunk != null; chunk = chunk.next) {
            all.add(chunk);
        }
        return all;
    }

    void add(Chunk<A, T> chunk) {
        insert(newest, chunk);
    }

    /** Adds one behind another one, or else as the first. */
    void insert(@Nullable Chunk<A, T> before, Chunk<A, T> chunk) {
        Chunk<A, T> after = before == null ? null : before.next;
        chunk.previous = before;
        chunk.next = after;
        if (before == null) {
            oldest = chunk;
        } else {
            before.next = chunk;
        }
        if (after == null) {
            newest = chunk;
        } else {
            after.previous = chunk;
        }
    }

    /** It has outcomes. */
    void arrived(Chunk<A, T> chunk) {
        if (!ordered && !chunk.isListed() && chunk.hasUnread()) {
            chunk.listed(true);
            readable.add(chunk);
        }
    }

    /** The one whose outcomes are to be read next, if they are there. */
    @Nullable Chunk<A, T> readable() {
        Chunk<A, T> first = ordered ? oldest : readable.peek();
        return first != null && first.hasUnread() ? first : null;
    }

    /** Some outcomes of the one that was to be read were read. */
    void settle(Chunk<A, T> chunk) {
        if (!ordered && !chunk.hasUnread()) {
            readable.remove();
            chunk.listed(false);
        }
        if (chunk.isConsumed()) {
            unlink(chunk);
        }
    }

    private void unlink(Chunk<A, T> chunk) {
        if (chunk.previous == null) {
            oldest = chunk.next;
        } else {
            chunk.previous.next = chunk.next;
        }
        if (chunk.next == null) {
            newest = chunk.previous;
        } else {
            chunk.next.previous = chunk.previous;
        }
    }
}
