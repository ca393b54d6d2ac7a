package dev.espalier.core;

import dev.espalier.core.spi.TaskRef;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The ends of many awaitables, in the order in which they come. It has a node in each that has not ended, and counts;
 * the task that waits is woken once, when there is enough.
 */
final class Completions<A extends Awaitable<?>> implements Iterator<A>, Waitable {
    private final Task<?> owner;
    private final List<Node> nodes;
    private final List<CancelScope.Registration> foreign = new ArrayList<>(0);
    private final ArrayDeque<A> ended = new ArrayDeque<>();

    // By the holder of the turn.
    private int pending;
    private boolean failed; // one has ended with a failure
    private @Nullable Task<?> waiting;
    private int needed; // how many ends the waiting task wants to see
    private boolean orFailure; // or one failure

    Completions(Collection<? extends A> awaitables) {
        owner = Task.running();
        nodes = new ArrayList<>(awaitables.size());
        for (A awaitable : awaitables) {
            Outcome<?> outcome = outcomeOf(awaitable);
            outcome.checkAwaitedBy(owner);
            nodes.add(new Node(awaitable, outcome));
        }
        nodes.forEach(Node::link); // only when none can be refused any more
    }

    /** An awaitable that is none of ours gets a promise that ends with it. */
    private Outcome<?> outcomeOf(Awaitable<?> awaitable) {
        return switch (awaitable) {
            case Task<?> task -> task.outcome();
            case Promise<?> promise -> promise.outcome();
            default -> {
                Promise<Object> end = Promise.create("the end of " + awaitable);
                if (awaitable.state() instanceof Awaitable.Pending) {
                    foreign.add(awaitable.onDone(() -> end.trySucceed(awaitable)));
                } else {
                    end.succeed(awaitable);
                }
                yield end.outcome();
            }
        };
    }

    private void hasEnded(A awaitable) {
        ended.add(awaitable);
        failed |= awaitable.state() instanceof Awaitable.Failed;
    }

    static <A extends Awaitable<?>> Async.DoneAndPending<A> await(
            Collection<? extends A> awaitables, int count, boolean orFailure) {
        var completions = new Completions<A>(awaitables);
        try {
            completions.await(count, orFailure);
        } finally {
            completions.close();
        }
        var done = new ArrayList<A>(awaitables.size());
        var pending = new ArrayList<A>();
        for (A awaitable : awaitables) {
            (awaitable.state() instanceof Awaitable.Pending ? pending : done).add(awaitable);
        }
        return new Async.DoneAndPending<>(done, pending);
    }

    private void await(int count, boolean failureToo) {
        Task<?> me = Task.running();
        needed = count;
        orFailure = failureToo;
        if (isEnough()) {
            me.passPoint();
            return;
        }
        me.checkCancelled();
        if (waiting != null) {
            throw new BusyException("task '" + waiting.name() + "' waits for the next end, and task '" + me.name()
                    + "' came second; iterate in one task");
        }
        waiting = me;
        me.park(this);
    }

    private boolean isEnough() {
        return ended.size() >= needed || (orFailure && failed);
    }

    @Override
    public boolean hasNext() {
        return !ended.isEmpty() || pending > 0;
    }

    /** Awaits. */
    @Awaits
    @Override
    public A next() {
        if (!hasNext()) {
            throw new NoSuchElementException("all have come");
        }
        await(1, false);
        return ended.remove();
    }

    /** Leaves nothing behind in what has not ended. */
    private void close() {
        nodes.forEach(Node::unlink);
        foreign.forEach(CancelScope.Registration::close);
    }

    @Override
    public void abandon(Task<?> task) {
        waiting = null;
    }

    @Override
    public String describe() {
        return needed - ended.size() + " of " + pending + " things to end" + (orFailure ? ", or one to fail" : "");
    }

    @Override
    public List<TaskRef> blockers() {
        return nodes.stream()
                .filter(node -> node.linked)
                .flatMap(node -> node.outcome.blockers().stream())
                .toList();
    }

    private final class Node extends Waiter {
        private final A awaitable;
        private final Outcome<?> outcome;
        private boolean linked; // by the holder of the turn

        private Node(A awaitable, Outcome<?> outcome) {
            this.awaitable = awaitable;
            this.outcome = outcome;
        }

        private void link() {
            if (outcome.isPending()) {
                linked = true;
                pending++;
                outcome.add(this);
            } else {
                hasEnded(awaitable);
            }
        }

        private void unlink() {
            if (linked) {
                linked = false;
                outcome.remove(this);
            }
        }

        @Override
        void wake(@Nullable Object carrying) {
            linked = false;
            pending--;
            hasEnded(awaitable);
            Task<?> task = waiting;
            if (task != null && isEnough()) {
                waiting = null;
                task.wake(null);
            }
        }

        @Override
        Task<?> waitingTask() {
            Task<?> task = waiting;
            return task == null ? owner : task;
        }

        @Override
        void timerFired() {
            throw new AssertionError("it has no timer");
        }

        @Override
        void runFresh() {
            throw new AssertionError("it is never made ready");
        }
    }
}
