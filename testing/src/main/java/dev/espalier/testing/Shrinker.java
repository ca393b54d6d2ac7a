package dev.espalier.testing;

import dev.espalier.testing.Draws.Draw;
import dev.espalier.testing.Strategy.Deviation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Makes the schedule of a failure small: the fewest deviations from the usual order that still fail in the same way, by the
 * ddmin of Zeller and Hildebrandt (Simplifying and Isolating Failure-Inducing Input, 2002), and then random numbers that
 * are zero. Deviations name the steps they are about, so leaving some out does not change what the others mean.
 */
final class Shrinker {
    /** Runs, in all: enough for a thousand deviations, and less than a few seconds. */
    private static final int MOST_RUNS = 2000;

    /** Other schedules that are tried at the end: all with one deviation of a hundred steps, and some with two. */
    private static final int MOST_OTHERS = 500;

    private static final RandomGenerator NO_RANDOM = () -> {
        throw new AssertionError("not random");
    };

    private final Explorer explorer;
    private final String key;
    private final long seed;

    private List<Deviation> deviations;
    private Map<Draw, Long> fixed;
    private List<Draw> taken;
    private int runs;

    /** The smallest form found. */
    record Small(long seed, List<Deviation> deviations, Map<Draw, Long> fixed, int runs) {}

    Shrinker(Explorer explorer, Trial found, String key) {
        this.explorer = explorer;
        this.key = key;
        this.seed = found.draws().seed();
        this.deviations = found.schedule().deviations();
        this.fixed = found.draws().fixed();
        this.taken = found.draws().taken();
    }

    Small shrink() {
        fewerDeviations();
        if (zeroes()) {
            fewerDeviations();
        }
        fewest();
        return new Small(seed, deviations, fixed, runs);
    }

    private void fewerDeviations() {
        if (fails(List.of(), fixed)) {
            return;
        }
        int parts = 2;
        while (deviations.size() >= 2 && runs < MOST_RUNS) {
            if (dropOneOf(parts)) {
                parts = Math.max(2, parts - 1);
            } else if (parts < deviations.size()) {
                parts = Math.min(deviations.size(), parts * 2);
            } else {
                return;
            }
        }
    }

    /** Whether the failure stays when one of so many parts is left out. */
    private boolean dropOneOf(int parts) {
        int size = deviations.size();
        // From the end: what comes late is often the tail of a run that had failed already.
        for (int part = parts - 1; part >= 0; part--) {
            int from = (int) ((long) size * part / parts);
            int to = (int) ((long) size * (part + 1) / parts);
            var rest = new ArrayList<>(deviations.subList(0, from));
            rest.addAll(deviations.subList(to, size));
            if (to > from && fails(rest, fixed)) {
                return true;
            }
        }
        return false;
    }

    /** What is left cannot be made shorter by leaving out; other schedules with fewer deviations may fail all the same. */
    private void fewest() {
        if (deviations.size() < 2) {
            return;
        }
        Strategy.Session tree = new Exhaustive(deviations.size() - 1).open(new Strategy.Profile(0, 0, Map.of()));
        int tried = 0;
        Strategy.Decider next = tree.next(NO_RANDOM);
        while (next != null && ++tried <= MOST_OTHERS) {
            Trial trial = explorer.run(next, seed, fixed, null);
            runs++;
            if (trial.failsAs(key)) {
                deviations = trial.schedule().deviations();
                return;
            }
            tree.ended(new Strategy.Course(trial.schedule().fingerprint(), true, List.of()));
            next = tree.next(NO_RANDOM);
        }
    }

    private boolean zeroes() {
        boolean changed = false;
        for (Draw draw : List.copyOf(taken)) {
            if (runs >= MOST_RUNS) {
                break;
            }
            var more = new HashMap<>(fixed);
            if (more.put(draw, 0L) == null) {
                changed |= fails(deviations, more);
            }
        }
        return changed;
    }

    /** Tries, and keeps what still fails. */
    private boolean fails(List<Deviation> fewer, Map<Draw, Long> numbers) {
        if (++runs > MOST_RUNS) {
            return false;
        }
        Trial trial = explorer.again(seed, fewer, numbers, null);
        if (!trial.failsAs(key)) {
            return false;
        }
        List<Deviation> happened = trial.schedule().deviations();
        deviations = happened.size() <= fewer.size() ? happened : fewer;
        fixed = numbers;
        taken = trial.draws().taken();
        return true;
    }
}
