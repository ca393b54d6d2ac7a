package dev.espalier.testing;

import java.util.random.RandomGenerator;

/**
 * A random priority for each step, kept while it waits: the basic form of Yuan, Yang and Gu, Partial Order Aware Concurrency
 * Sampling (CAV 2018). The full form draws again for steps that race with the one that was run; what a step will touch is not
 * known here before it has run.
 */
record Pos() implements Strategy {
    @Override
    public Session open(Profile profile) {
        return new Session() {
            @Override
            public Decider next(RandomGenerator random) {
                var priorities = new LongMap();
                return choice -> best(choice, priorities, random);
            }

            @Override
            public String toString() {
                return "pos()";
            }
        };
    }

    private static int best(Choice choice, LongMap priorities, RandomGenerator random) {
        int best = 0;
        long highest = -1;
        for (int i = 0; i < choice.size(); i++) {
            long step = Lane.mix(choice.task(i)) + choice.step(i);
            long priority = priorities.get(step);
            if (priority == LongMap.NONE) {
                priority = random.nextLong() >>> 1;
                priorities.put(step, priority);
            }
            if (priority > highest) {
                highest = priority;
                best = i;
            }
        }
        return best;
    }
}
