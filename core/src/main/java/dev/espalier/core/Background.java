package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * The node in which the background children of a group live. Nothing that cancels the group reaches it: the group itself
 * cancels it once the body and the ordinary children have ended, so that those can use their services to the last. That is
 * why this shield needs no time limit of its own.
 */
final class Background extends ScopeNode implements ChildEnd {
    private final Members members;
    private int alive; // by the holder of the turn

    Background(CancelScope scope, Members members) {
        super(scope.loop, scope, true);
        this.members = members;
        joinTree();
    }

    void begins() {
        alive++;
    }

    /** The ordinary members have ended: tells the children to end, and says whether any still lives. */
    boolean endsNow() {
        if (alive > 0) {
            request(new CancelReason(CancelReason.Kind.REQUEST, "the ordinary children of its group have ended", null));
        }
        return alive > 0;
    }

    int alive() {
        return alive;
    }

    @Override
    public void childEnded(Task<?> child, Awaitable.State<?> end) {
        alive--;
        members.backgroundEnded(end, alive == 0);
    }

    @Override
    void wakeIfCancelled() {
        // No task is its owner.
    }

    @Override
    void wake(@Nullable Object carrying) {
        throw new AssertionError("a node of children never waits");
    }

    @Override
    Task<?> waitingTask() {
        throw new AssertionError("a node of children never waits");
    }

    @Override
    void runFresh() {
        throw new AssertionError("a node of children is never made ready");
    }

    @Override
    void timerFired() {
        throw new AssertionError("a node of children has no timer");
    }
}
