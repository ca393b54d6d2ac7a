package dev.espalier.core;

import dev.espalier.core.spi.TaskRef;
import dev.espalier.core.spi.TimerSnapshot;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/*
 * A task that waits in several places at once, and is served in one.
 *
 *   ASKING  -> decided   a source was ready, or there is a clause for when none is; nothing was linked
 *   ASKING  -> WAITING   none was; one node of each source is in that source's queue
 *   WAITING -> decided   a node was served: in that same turn the other nodes are unlinked
 *   WAITING -> ASKING    a foreign source says that it may be ready: all nodes are unlinked, nothing was taken
 *   WAITING -> over      the task is cancelled: all nodes are unlinked, nothing was taken
 *
 * Linking and unlinking happen within one turn each, so nobody ever sees a select that is linked in part, and two
 * sources cannot both serve it.
 */
final class Select implements Waitable {
    private final Task<?> task;
    private final Clause<?>[] clauses;
    private final boolean inOrder;

    // By the holder of the turn.
    private @Nullable Node first; // all nodes, through Node.next
    private @Nullable Node served; // the one that was
    private boolean waiting;
    private boolean askAgain; // a foreign source became ready
    private boolean foreign; // some node has asked a foreign source for word

    private Select(Task<?> task, Clause<?>[] clauses, boolean inOrder) {
        this.task = task;
        this.clauses = clauses;
        this.inOrder = inOrder;
        for (int i = clauses.length - 1; i >= 0; i--) {
            first = new Node(this, clauses[i], first);
        }
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // what the clauses make is a T, and null only where T allows it
    static <T extends @Nullable Object> T select(Clause<? extends T>[] clauses, boolean inOrder) {
        if (clauses.length == 0) {
            throw new IllegalArgumentException("a select needs at least one clause");
        }
        Task<?> me = Task.running();
        me.passPoint();
        Object made = ask(me, clauses, inOrder);
        return (T) (made == Selectable.NOT_READY ? new Select(me, clauses, inOrder).await() : made);
    }

    /** What the first ready clause makes, or the fallback; NOT_READY if there is neither. */
    private static @Nullable Object ask(Task<?> me, Clause<?>[] clauses, boolean inOrder) {
        int count = clauses.length;
        int next = inOrder || count == 1 ? 0 : me.loop.random().nextInt(count);
        Clause<?> fallback = null;
        for (int left = count; left > 0; left--) {
            Clause<?> clause = clauses[next];
            if (clause.isFallback()) {
                fallback = clause;
            } else {
                Object got = clause.source.tryNow();
                if (got != Selectable.NOT_READY) {
                    return clause.map(got);
                }
            }
            next = next + 1 == count ? 0 : next + 1;
        }
        return fallback == null ? Selectable.NOT_READY : fallback.map(null);
    }

    private @Nullable Object await() {
        while (true) {
            Object signal = linkAndPark();
            Node by = served;
            if (by != null) {
                return by.clause.map(by.clause.source.served(by, signal));
            }
            task.passPoint();
            Object made = ask(task, clauses, inOrder);
            if (made != Selectable.NOT_READY) {
                return made;
            }
        }
    }

    private @Nullable Object linkAndPark() {
        askAgain = false;
        linkAll();
        if (askAgain) {
            unlinkUpTo(null, null);
            tellUnlinked(null);
            closeRegistrations();
            return null;
        }
        waiting = true;
        try {
            return task.park(this);
        } catch (CancelledError e) {
            tellUnlinked(null);
            throw e;
        } finally {
            closeRegistrations();
        }
    }

    private void linkAll() {
        Node node = first;
        try {
            for (; node != null; node = node.next) {
                node.clause.source.link(node);
            }
        } catch (Throwable e) {
            unlinkUpTo(node, null);
            tellUnlinked(null);
            closeRegistrations();
            throw e;
        }
    }

    /**
     * Unlinks all nodes before {@code end} but the one that was served, and lets those through who waited behind them.
     */
    private void unlinkUpTo(@Nullable Node end, @Nullable Node but) {
        for (Node node = first; node != null && node != end; node = node.next) {
            if (node != but) {
                node.clause.source.unlink(node);
            }
        }
    }

    private void tellUnlinked(@Nullable Node but) {
        for (Node node = first; node != null; node = node.next) {
            if (node != but) {
                node.clause.source.unlinked();
            }
        }
    }

    /** In the turn of whoever serves {@code by}; null: a foreign source may be ready. */
    private void decided(@Nullable Node by, @Nullable Object signal) {
        waiting = false;
        served = by;
        unlinkUpTo(null, by);
        task.wake(signal);
        tellUnlinked(by);
    }

    /** By the task itself: closing is the code of others, which must not run in the middle of a change. */
    private void closeRegistrations() {
        if (!foreign) {
            return;
        }
        for (Node node = first; node != null; node = node.next) {
            CancelScope.Registration registration = node.registration;
            node.registration = null;
            if (registration != null) {
                try {
                    registration.close();
                } catch (RuntimeException e) {
                    task.loop.report("a registration of a select could not be closed", e, task.name());
                }
            }
        }
        foreign = false;
    }

    @Override
    public void abandon(Task<?> parked) {
        waiting = false;
        unlinkUpTo(null, null);
    }

    @Override
    public String describe() {
        var text = new StringJoiner(", ", "the first of ", "");
        for (Node node = first; node != null; node = node.next) {
            text.add(node.clause.toString());
        }
        return text.toString();
    }

    @Override
    public List<TaskRef> blockers() {
        var all = new LinkedHashSet<TaskRef>();
        for (Node node = first; node != null; node = node.next) {
            if (node.clause.source instanceof Waitable source) {
                all.addAll(source.blockers());
            }
        }
        return List.copyOf(all);
    }

    /** One place where the select waits. */
    static final class Node extends Waiter {
        private final Select select;
        private final Clause<?> clause;
        private final @Nullable Node next;

        private CancelScope.@Nullable Registration registration;

        private Node(Select select, Clause<?> clause, @Nullable Node next) {
            this.select = select;
            this.clause = clause;
            this.next = next;
            clause.source.prepare(this);
        }

        EventLoop loop() {
            return select.task.loop;
        }

        /** For foreign sources: what undoes the asking for word. */
        void closeAtEnd(CancelScope.Registration toClose) {
            registration = toClose;
            select.foreign = true;
        }

        /** For foreign sources: they may be ready. Does nothing once the select is decided. */
        void askAgain() {
            select.askAgain = true;
            if (select.waiting) {
                select.decided(null, null);
            }
        }

        @Override
        void wake(@Nullable Object carrying) {
            select.decided(this, carrying);
        }

        @Override
        Task<?> waitingTask() {
            return select.task;
        }

        @Override
        TimerSnapshot timer() {
            return select.task.timer(when, clause.toString());
        }

        @Override
        void timerFired() {
            wake(null);
        }

        @Override
        void runFresh() {
            throw new AssertionError("a node of a select is never made ready");
        }

        @Override
        public String toString() {
            return "a clause of " + select.task;
        }
    }
}
