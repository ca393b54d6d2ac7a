package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/**
 * Thrown out of an awaiting method to say: <em>I</em> am cancelled, unwind.
 *
 * <p>It extends {@link Error}, so that {@code catch (Exception e)} lets it pass. A {@code catch} that swallows it only
 * delays it: cancellation is a state of the scope, and every later await inside the cancelled scope throws again until
 * the scope is left. That something one awaited was cancelled is not this error but {@link TaskCancelledException}.
 *
 * <p>It has a stack trace where that tells something: where the body was when its time limit passed, or when it was interrupted
 * from outside. The errors by which the tasks of a cancelled tree unwind have one in debug mode only, because filling it would be
 * the larger half of their cost. In debug mode the cause shows where the cancellation was asked for.
 *
 * <p>Never await in a static initialiser: an error there makes the class unusable for good. {@code
 * assertThrows(Exception.class, …)} turns a cancellation into an assertion failure.
 */
@SuppressWarnings("java:S1194") // an Error on purpose: too much code catches Exception and goes on
public final class CancelledError extends Error {
    private static final long serialVersionUID = 1;

    private final CancelReason reason;

    CancelledError(String task, CancelReason reason) {
        this(task, reason, true);
    }

    /** In debug mode always with a stack trace. */
    CancelledError(String task, CancelReason reason, boolean debug) {
        super("task '" + task + "' is cancelled: " + reason, placeOf(reason), true, debug || tellsWhere(reason));
        this.reason = reason;
    }

    private static boolean tellsWhere(CancelReason reason) {
        return switch (reason.kind()) {
            case DEADLINE, INTERRUPT, SIGNAL -> true;
            case REQUEST, FAILURE, SHUTDOWN -> false;
        };
    }

    /**
     * {@return why the nearest cancelled scope around the await was cancelled}
     */
    public CancelReason reason() {
        return reason;
    }

    /** Makes no text where there is no place: this is on the path of each cancelled task. */
    private static @Nullable Place placeOf(CancelReason reason) {
        return reason.at().isEmpty() ? null : Place.orNull("cancelled here: " + reason, reason.at());
    }
}
