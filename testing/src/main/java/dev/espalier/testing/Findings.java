package dev.espalier.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The failures of a search: the first one, or one of each kind where every one is wanted. Used by the worker. */
final class Findings {
    private static final int MOST = 10;

    private final Explorer explorer;
    private final Exploration.Options options;
    private final Map<String, Finding> byKey = new LinkedHashMap<>();
    private @Nullable Throwable end; // a failure that ends everything: real time decided it, not the order of steps

    private record Finding(Trial trial, Throwable failure, String how) {}

    Findings(Explorer explorer, Exploration.Options options) {
        this.explorer = explorer;
        this.options = options;
    }

    /** Adds a run, if it has failed in a way that is new; whether the search is over. */
    boolean add(Trial trial, String how) {
        Throwable failure = trial.failure();
        if (failure == null) {
            return false;
        }
        if (failure instanceof BlockedLoopError || explorer.isOver()) {
            end = failure;
            explorer.output().show(trial.printed());
            return true;
        }
        byKey.putIfAbsent(Trial.keyOf(failure), new Finding(trial, failure, how));
        return !options.everyFailure() || byKey.size() >= MOST;
    }

    /** The failure that comes out, with what is to be said about it, and the others suppressed in it; null without any. */
    @Nullable Throwable told() {
        List<Throwable> all = new ArrayList<>();
        for (Finding found : byKey.values()) {
            String name = options.name() + (all.isEmpty() ? "" : "-" + (all.size() + 1)); // each has a tape of its own
            all.add(new Telling(explorer, options.withName(name), found.how).of(found.trial, found.failure));
        }
        if (end != null) {
            all.add(0, end);
        }
        return Failures.first(all);
    }
}
