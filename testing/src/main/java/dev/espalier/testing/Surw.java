package dev.espalier.testing;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Interleaves the steps of some tasks so that each of their orders is as likely as any other: Zhao and others, Selectively
 * Uniform Concurrency Testing (ASPLOS 2025). Which tasks is drawn for each run; the next of them is drawn with the number of
 * steps it has left as its weight, as counted in the first run. The other tasks walk at random.
 */
record Surw() implements Strategy {
    @Override
    public Session open(Profile profile) {
        List<Long> tasks = profile.stepsByTask().keySet().stream().sorted().toList();
        return new Session() {
            @Override
            public Decider next(RandomGenerator random) {
                return new Weights(random, profile, selected(tasks, random));
            }

            @Override
            public String toString() {
                return "surw()";
            }
        };
    }

    /** All of them in one run of four, else each with even odds: most bugs are between two tasks. */
    private static LongMap selected(List<Long> tasks, RandomGenerator random) {
        var selected = new LongMap();
        boolean all = random.nextInt(4) == 0;
        for (long task : tasks) {
            if (all || random.nextBoolean()) {
                selected.put(task, 1);
            }
        }
        return selected;
    }

    /** By the holder of the turn. */
    private static final class Weights implements Decider {
        private final RandomGenerator random;
        private final Profile profile;
        private final LongMap selected;
        private boolean drawn;
        private long intended; // the selected task whose step comes next among those of the selected

        private Weights(RandomGenerator random, Profile profile, LongMap selected) {
            this.random = random;
            this.profile = profile;
            this.selected = selected;
        }

        @Override
        public int choose(Choice choice) {
            if (!drawn || !isReady(choice, intended)) {
                drawn = draw(choice);
            }
            int chosen = walk(choice);
            if (isSelected(choice.task(chosen))) {
                drawn = false;
            }
            return chosen;
        }

        private boolean isSelected(long task) {
            return selected.get(task) != LongMap.NONE;
        }

        private static boolean isReady(Choice choice, long task) {
            for (int i = 0; i < choice.size(); i++) {
                if (choice.task(i) == task) {
                    return true;
                }
            }
            return false;
        }

        /** Among the ready ones of the selected; false if there is none. */
        private boolean draw(Choice choice) {
            long sum = 0;
            for (int i = 0; i < choice.size(); i++) {
                sum += weight(choice, i);
            }
            long at = sum == 0 ? 0 : random.nextLong(sum);
            for (int i = 0; i < choice.size(); i++) {
                at -= weight(choice, i);
                if (at < 0 && isSelected(choice.task(i))) {
                    intended = choice.task(i);
                    return true;
                }
            }
            return false;
        }

        private long weight(Choice choice, int index) {
            long task = choice.task(index);
            return isSelected(task)
                    ? Math.max(1, profile.stepsByTask().getOrDefault(task, 1) - choice.step(index) + 1)
                    : 0;
        }

        /** Any ready step but those of selected tasks whose turn it is not. */
        private int walk(Choice choice) {
            int open = 0;
            int chosen = choice.usual();
            for (int i = 0; i < choice.size(); i++) {
                if (!isSelected(choice.task(i)) || (drawn && choice.task(i) == intended)) {
                    open++;
                    if (random.nextInt(open) == 0) {
                        chosen = i;
                    }
                }
            }
            return chosen;
        }
    }
}
