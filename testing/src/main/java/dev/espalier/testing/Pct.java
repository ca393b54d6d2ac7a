package dev.espalier.testing;

import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * Random priorities of tasks, lowered at a few random steps: Burckhardt, Kothari, Musuvathi and Nagarakatte, A Randomized
 * Scheduler with Probabilistic Guarantees of Finding Bugs (ASPLOS 2010). A task that is started later draws its priority then,
 * as Ozkan and others do for message-passing programs (OOPSLA 2018).
 *
 * @param depth how many orderings of two steps a bug needs
 */
record Pct(int depth) implements Strategy {
    Pct {
        if (depth < 1) {
            throw new IllegalArgumentException("the depth of a bug is at least 1, not " + depth);
        }
    }

    @Override
    public Session open(Profile profile) {
        return new Walk(depth, profile);
    }

    private static final class Walk implements Session {
        private final int depth;
        private final Profile profile;
        private int runs;

        private Walk(int depth, Profile profile) {
            this.depth = depth;
            this.profile = profile;
        }

        @Override
        public Decider next(RandomGenerator random) {
            runs++;
            int[] changes = random.ints(depth - 1L, 0, Math.max(1, profile.steps())).sorted().toArray();
            return new Priorities(random, changes);
        }

        @Override
        public String guarantee() {
            int tasks = profile.stepsByTask().size();
            double hit = 1 / (tasks * Math.pow(profile.steps(), depth - 1));
            double miss = Math.pow(1 - Math.min(1, hit), runs);
            return miss > 0.5
                    ? ""
                    : String.format(
                            Locale.ROOT,
                            "a bug that needs %d ordering%s is missed with a probability of at most %.2g (%d tasks, %d steps)",
                            depth, depth == 1 ? "" : "s", miss, tasks, profile.steps());
        }

        @Override
        public String toString() {
            return "pct(" + depth + ")";
        }
    }

    /** By the holder of the turn. */
    private static final class Priorities implements Decider {
        private final RandomGenerator random;
        private final int[] changes; // before which steps, ascending
        private int passed; // changes
        private final LongMap priorities = new LongMap(); // from 0 if drawn, below if lowered

        private Priorities(RandomGenerator random, int[] changes) {
            this.random = random;
            this.changes = changes;
        }

        @Override
        public int choose(Choice choice) {
            int best = best(choice);
            while (passed < changes.length && changes[passed] <= choice.position()) {
                passed++;
                priorities.put(choice.task(best), -passed);
                best = best(choice);
            }
            return best;
        }

        private int best(Choice choice) {
            int best = 0;
            long highest = Long.MIN_VALUE;
            for (int i = 0; i < choice.size(); i++) {
                long priority = priorityOf(choice.task(i));
                if (priority > highest) {
                    highest = priority;
                    best = i;
                }
            }
            return best;
        }

        private long priorityOf(long task) {
            long priority = priorities.get(task);
            if (priority == LongMap.NONE) {
                priority = random.nextLong() >>> 1;
                priorities.put(task, priority);
            }
            return priority;
        }
    }
}
