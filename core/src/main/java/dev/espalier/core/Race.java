package dev.espalier.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bodies against each other: one decides, the others are cancelled and waited for. A failure that comes after the
 * decision has no caller left and goes to the error sink; a value that comes after it is closed, if it can be.
 */
final class Race<T extends @Nullable Object> {
    private final boolean failureDecides;
    private final int size;
    private final Promise<T> decision = Promise.create();
    private final List<Throwable> failures = new ArrayList<>(0);

    private Race(Collection<?> bodies, boolean failureDecides) {
        if (bodies.isEmpty()) {
            throw new IllegalArgumentException("a race needs at least one body");
        }
        this.size = bodies.size();
        this.failureDecides = failureDecides;
    }

    static <T extends @Nullable Object> T first(Collection<? extends Body<? extends T, ?>> bodies) {
        return new Race<T>(bodies, true).run(bodies);
    }

    static <T extends @Nullable Object> T firstSuccess(Collection<? extends Body<? extends T, ?>> bodies) {
        return new Race<T>(bodies, false).run(bodies);
    }

    /** One after the other: the next begins when the latest has failed, or has had its time. */
    static <T extends @Nullable Object> T staggered(
            Duration delay, Collection<? extends Body<? extends T, ?>> bodies) {
        var race = new Race<T>(bodies, false);
        return race.run(group -> {
            for (Iterator<? extends Body<? extends T, ?>> left = bodies.iterator(); left.hasNext(); ) {
                Body<? extends T, ?> body = left.next();
                Task<?> latest = group.start(() -> race.compete(body, group));
                if (left.hasNext() && delay.isPositive()) {
                    Async.moveOnAfter(delay, latest::join);
                }
            }
        });
    }

    private T run(Collection<? extends Body<? extends T, ?>> bodies) {
        return run(group -> {
            for (Body<? extends T, ?> body : bodies) {
                group.start(() -> compete(body, group));
            }
        });
    }

    private T run(VoidBodyWith<TaskGroup, RuntimeException> start) {
        try {
            TaskGroup.run(start);
        } catch (CancelledError e) {
            if (decision.state() instanceof Awaitable.Pending) {
                throw e;
            }
            // Decided before it was cancelled, while it waited for the losers: what has come is delivered (S4).
            Task.running().drops(e);
        }
        if (!failures.isEmpty() && decision.state() instanceof Awaitable.Pending) {
            throw new GroupException("all " + size + " bodies of firstSuccess failed", failures);
        }
        if (decision.state() instanceof Awaitable.Pending) {
            throw new TaskCancelledException("all bodies of a race were cancelled one by one; there is no value");
        }
        return decision.result();
    }

    private void compete(Body<? extends T, ?> body, TaskGroup group) {
        try {
            T value = body.run();
            if (decision.trySucceed(value)) {
                group.cancel("the race is decided");
            } else {
                dropped(value);
            }
        } catch (CancelledError e) {
            throw e;
        } catch (Throwable e) {
            failed(e, group);
        }
    }

    /** Nobody will ever see it; what it holds must not leak. */
    private void dropped(T value) throws Exception {
        boolean isTheDecision = decision.state() instanceof Awaitable.Succeeded<T>(var decided) && decided == value;
        if (value instanceof AutoCloseable resource && !isTheDecision) {
            resource.close();
        }
    }

    private void failed(Throwable failure, TaskGroup group) {
        Task.running().tellStart(failure); // it leaves this task as a value
        if (!(decision.state() instanceof Awaitable.Pending)) {
            EventLoop.current().report("a body failed after its race was decided", failure, Task.current().name());
        } else if (failureDecides) {
            decision.fail(failure);
            group.cancel("the race is decided");
        } else {
            failures.add(failure);
        }
    }
}
