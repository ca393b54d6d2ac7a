package dev.espalier.testing;

import dev.espalier.core.CancelledError;
import dev.espalier.core.spi.ErrorReport;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which of the failures of a run comes out. */
final class Failures {
    private Failures() {}

    /**
     * The first, with the others suppressed in it; a cancellation only if nothing else explains it. Null if there is
     * none.
     */
    static @Nullable Throwable first(List<? extends @Nullable Throwable> candidates) {
        if (Collections.frequency(candidates, null) == candidates.size()) {
            return null; // as nearly every time, and runs are made by the thousand
        }
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Throwable> all = candidates.stream()
                .filter(Objects::nonNull)
                .map(Throwable.class::cast)
                .filter(seen::add)
                .toList();
        List<Throwable> causes =
                all.stream().filter(failure -> !(failure instanceof CancelledError)).toList();
        List<Throwable> kept = causes.isEmpty() ? all : causes;
        if (kept.isEmpty()) {
            return null;
        }
        Throwable first = kept.get(0);
        kept.stream().skip(1).filter(other -> !holds(first, other)).forEach(first::addSuppressed);
        return first;
    }

    private static boolean holds(Throwable failure, Throwable other) {
        return failure.getCause() == other || List.of(failure.getSuppressed()).contains(other);
    }

    /** What the user threw comes out as it is, unless nobody could expect it there. */
    static Throwable of(ErrorReport report) {
        Throwable failure = report.exception();
        return failure instanceof RuntimeException || failure instanceof Error
                ? failure
                : new AssertionError(
                        report.message() + (report.task() == null ? "" : " (task '" + report.task() + "')"), failure);
    }
}
