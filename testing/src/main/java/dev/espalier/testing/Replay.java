package dev.espalier.testing;

import dev.espalier.testing.Strategy.Choice;
import dev.espalier.testing.Strategy.Deviation;
import dev.espalier.testing.Strategy.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Decides as a run before did, by its deviations.
 *
 * <p>A <em>lenient</em> one goes by the steps that a deviation names, and passes over those that do not fit: so leaving some out
 * does not change what the others mean. A <em>strict</em> one also goes by the position of each: at the first that does not
 * fit, it remembers why and goes on in the usual order.
 *
 * <p>Written by the holder of the turn, read when the run is over.
 */
final class Replay implements Strategy.Decider {
    private final List<Deviation> left; // those that have not been met, in order
    private final boolean strict;
    private final Map<Long, String> names;
    private @Nullable String divergence;

    private Replay(List<Deviation> deviations, boolean strict, Map<Long, String> names) {
        this.left = new ArrayList<>(deviations);
        this.strict = strict;
        this.names = names;
    }

    static Replay lenient(List<Deviation> deviations) {
        return new Replay(deviations, false, Map.of());
    }

    /** The names are those of the tasks, for the message. */
    static Replay strict(List<Deviation> deviations, Map<Long, String> names) {
        return new Replay(deviations, true, names);
    }

    @Override
    public int choose(Choice choice) {
        return strict ? strictly(choice) : leniently(choice);
    }

    private int leniently(Choice choice) {
        int usual = choice.usual();
        for (int i = 0; i < left.size(); i++) {
            Deviation deviation = left.get(i);
            int index = is(choice, usual, deviation.usual()) ? find(choice, deviation.chosen()) : -1;
            if (index >= 0) {
                left.remove(i);
                return index;
            }
        }
        return usual;
    }

    private int strictly(Choice choice) {
        if (divergence != null || left.isEmpty() || left.get(0).position() > choice.position()) {
            return choice.usual();
        }
        Deviation due = left.get(0);
        int index = find(choice, due.chosen());
        if (due.position() < choice.position() || index < 0 || !is(choice, choice.usual(), due.usual())) {
            divergence = words(due) + ", but at step " + (choice.position() + 1) + " there are ready " + ready(choice);
            return choice.usual();
        }
        left.remove(0);
        return index;
    }

    private static boolean is(Choice choice, int index, Step step) {
        return choice.task(index) == step.task() && choice.step(index) == step.number();
    }

    private static int find(Choice choice, Step step) {
        for (int i = 0; i < choice.size(); i++) {
            if (is(choice, i, step)) {
                return i;
            }
        }
        return -1;
    }

    /** Why a strict replay could not follow; null if it did. Asked when the run is over. */
    @Nullable String divergence() {
        if (divergence == null && strict && !left.isEmpty()) {
            return words(left.get(0)) + ", but the run ended before that";
        }
        return divergence;
    }

    private String words(Deviation deviation) {
        return "the tape runs " + words(deviation.chosen()) + " before " + words(deviation.usual()) + " at step "
                + (deviation.position() + 1);
    }

    private String words(Step step) {
        return "step " + step.number() + " of '" + names.getOrDefault(step.task(), Long.toHexString(step.task())) + "'";
    }

    private static String ready(Choice choice) {
        var ready = new StringJoiner(", ");
        for (int i = 0; i < choice.size(); i++) {
            String name = choice instanceof Schedule schedule ? schedule.lane(i).name : Long.toHexString(choice.task(i));
            ready.add("step " + choice.step(i) + " of '" + name + "'" + (i == choice.usual() ? " (usual)" : ""));
        }
        return ready.toString();
    }
}
