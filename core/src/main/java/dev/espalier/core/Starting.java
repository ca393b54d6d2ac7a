package dev.espalier.core;

/**
 * The start-up of one child, until it says that it is ready. Until then its end belongs to the one who starts it, and
 * afterwards to the group. The child lives in the group from the beginning, so what cancels the group cancels it too.
 *
 * <p>States, by the holder of the turn:
 *
 * <pre>
 *   STARTING  -> READY      the child succeeds its promise
 *   STARTING  -> GIVEN_UP   the starter was cancelled, or the promise failed; the child is cancelled and waited for
 *   STARTING  -> over       the child ended and had said nothing
 * </pre>
 */
final class Starting<V> implements ChildEnd {
    private final Members members;
    private final Promise<V> ready;
    private boolean givenUp;
    private boolean groupHeard; // the group was told of the end

    Starting(Members members, String what) {
        this.members = members;
        this.ready = Promise.create(what);
    }

    Promise<V> ready() {
        return ready;
    }

    @Override
    public void childEnded(Task<?> child, Awaitable.State<?> end) {
        if (!givenUp && ready.outcome().state() instanceof Awaitable.Succeeded) {
            groupHeard = true;
            members.childEnded(child, end);
            return;
        }
        members.startFailed();
        ready.outcome().complete(switch (end) {
            case Awaitable.Failed<?>(var failure) -> new Awaitable.Failed<>(failure);
            case Awaitable.Cancelled<?>(var reason) -> new Awaitable.Cancelled<>(reason);
            default -> new Awaitable.Failed<>(neverReady(child));
        });
    }

    private static IllegalStateException neverReady(Task<?> child) {
        return new IllegalStateException("task '" + child.name() + "' ended without saying that it is ready: "
                + "its body must succeed the promise it is given");
    }

    /** Waits until the child is ready or has ended. */
    V await(Task<?> child) {
        try {
            ready.outcome().await();
        } catch (CancelledError e) {
            giveUp(child, "the task that starts it was cancelled: " + e.reason());
            if (!groupHeard && child.outcome().state() instanceof Awaitable.Failed<?>(var failure)) {
                throw failed(child, failure);
            }
            throw e;
        }
        return switch (ready.outcome().state()) {
            case Awaitable.Succeeded<V>(var value) -> value;
            case Awaitable.Failed<V>(var failure) -> {
                giveUp(child, "it said that it could not start: " + failure);
                throw failed(child, failure);
            }
            case Awaitable.Cancelled<V>(var reason) -> {
                giveUp(child, "its start was cancelled: " + reason);
                throw new TaskCancelledException("task '" + child.name() + "' was cancelled before it was ready: " + reason);
            }
            case Awaitable.Pending<V> _ -> throw new AssertionError("woken before the end");
        };
    }

    private static TaskFailedException failed(Task<?> child, Throwable failure) {
        var error = new TaskFailedException("task '" + child.name() + "', before it was ready,", failure);
        if (child.outcome().state() instanceof Awaitable.Failed<?>(var end) && end != failure) {
            error.addSuppressed(end);
        }
        return error;
    }

    /** The start did not happen: nothing of it may go on. */
    private void giveUp(Task<?> child, String why) {
        givenUp = true;
        if (child.outcome().isPending()) {
            child.request(new CancelReason(CancelReason.Kind.REQUEST, why, Task.running().name()));
            child.outcome().awaitUncancellable();
        }
    }
}
