package dev.espalier.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bodies against each other: one decides, the others are cancelled and waited for. A failure that comes after the decision
 * has no caller left and goes to the error sink.
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

    private T run(Collection<? extends Body<? extends T, ?>> bodies) {
        TaskGroup.run(group -> {
            for (Body<? extends T, ?> body : bodies) {
                group.start(() -> compete(body, group));
            }
        });
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
            if (decision.trySucceed(body.run())) {
                group.cancel("the race is decided");
            }
        } catch (CancelledError e) {
            throw e;
        } catch (Throwable e) {
            failed(e, group);
        }
    }

    private void failed(Throwable failure, TaskGroup group) {
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
