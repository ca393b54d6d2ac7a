package dev.espalier.testing;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Beside a failure that a sweep found: which cancellation brought it out, and how to make that run again. It is
 * suppressed in the failure, which is left as it was thrown.
 *
 * <p>It is not thrown.
 */
public final class SweepInfo extends Exception {
    private static final long serialVersionUID = 1;

    private final transient Sweep.@Nullable Cut cut;

    SweepInfo(String message, Sweep.@Nullable Cut cut) {
        super(message, null, false, false);
        this.cut = cut;
    }

    /**
     * Finds it in a failure.
     *
     * @param failure that a sweep found
     * @return the information; empty if there is none
     */
    public static Optional<SweepInfo> of(Throwable failure) {
        return Arrays.stream(failure.getSuppressed())
                .filter(SweepInfo.class::isInstance)
                .map(SweepInfo.class::cast)
                .findFirst();
    }

    /**
     * {@return the cut, for {@link Sweep.Options#withOnly}; empty if the run without any failed}
     */
    public Optional<Sweep.Cut> cut() {
        return Optional.ofNullable(cut);
    }
}
