package dev.espalier.testing;

import java.util.Arrays;
import java.util.Optional;

/**
 * Beside a failure that an exploration found: how to see it again. It is suppressed in the failure, which is left as it was
 * thrown, and its message tells the schedule as a sentence, how it was found, where the tape lies, and each step.
 *
 * <p>It is not thrown.
 */
public final class ReplayInfo extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Tape tape;

    ReplayInfo(String message, Tape tape) {
        super(message, null, false, false);
        this.tape = tape;
    }

    /**
     * Finds it in a failure.
     *
     * @param failure that an exploration found
     * @return the information; empty if there is none
     */
    public static Optional<ReplayInfo> of(Throwable failure) {
        return Arrays.stream(failure.getSuppressed())
                .filter(ReplayInfo.class::isInstance)
                .map(ReplayInfo.class::cast)
                .findFirst();
    }

    /**
     * {@return the tape of the failure}
     */
    public Tape tape() {
        return tape;
    }
}
