package dev.espalier.testing;

import java.util.random.RandomGenerator;

/** Each ready step with the same probability. */
record RandomWalk() implements Strategy {
    @Override
    public Session open(Profile profile) {
        return new Session() {
            @Override
            public Decider next(RandomGenerator random) {
                return choice -> random.nextInt(choice.size());
            }

            @Override
            public String toString() {
                return "randomWalk()";
            }
        };
    }
}
