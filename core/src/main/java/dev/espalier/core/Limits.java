package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/** Timeouts and shields: a scope with a deadline around a body. */
final class Limits {
    private Limits() {}

    static <T extends @Nullable Object, X extends Throwable> T timeout(long nanos, Body<? extends T, ? extends X> body)
            throws X {
        return limited("timeout", nanos, CancelScope.enter(Task.running(), false), body);
    }

    static <T extends @Nullable Object, X extends Throwable> T shield(long nanos, Body<? extends T, ? extends X> body)
            throws X {
        return limited("shield", nanos, CancelScope.enter(Task.running(), true), body);
    }

    static <T extends @Nullable Object, X extends Throwable> T unshield(Body<? extends T, ? extends X> body) throws X {
        Task<?> me = Task.running();
        CancelScope inside = CancelScope.enter(me, false);
        try {
            CancelScope hole = CancelScope.enterHole(me, inside);
            try {
                return body.run();
            } finally {
                hole.exit();
            }
        } finally {
            inside.exit();
        }
    }

    private static <T extends @Nullable Object, X extends Throwable> T limited(
            String what, long nanos, CancelScope scope, Body<? extends T, ? extends X> body) throws X {
        scope.expireIn(nanos);
        try {
            return body.run();
        } catch (CancelledError e) {
            scope.absorbOrThrow(e);
            throw exceeded(what, nanos, scope, e);
        } catch (Throwable e) {
            scope.loop.scheduler.inspect(e);
            if (scope.deadlinePassed()) {
                e.addSuppressed(new DeadlineExceededException(message(what, nanos, scope), null));
            }
            throw e;
        } finally {
            scope.exit();
        }
    }

    private static RuntimeException exceeded(String what, long nanos, CancelScope scope, CancelledError e) {
        return scope.deadlinePassed()
                ? new DeadlineExceededException(message(what, nanos, scope), e)
                : new TaskCancelledException("the scope of a " + what + " was cancelled: " + scope.reason());
    }

    private static String message(String what, long nanos, CancelScope scope) {
        long around = scope.timeLeftAround();
        String left = around == Long.MAX_VALUE ? "" : "; a deadline around it passes in " + Nanos.text(Math.max(0, around));
        return "task '" + scope.owner().name() + "': a " + what + " of " + Nanos.text(Math.max(0, nanos)) + " passed" + left;
    }
}
