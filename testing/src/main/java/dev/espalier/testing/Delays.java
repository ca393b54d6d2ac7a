package dev.espalier.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The usual order, but for a few steps that are held back: Emmi, Qadeer and Rakamarić, Delay-Bounded Scheduling (POPL 2011). A
 * step is held back until some others have run, or nothing else is ready.
 *
 * @param most how many steps are held back in a run, at most
 */
record Delays(int most) implements Strategy {
    Delays {
        if (most < 1) {
            throw new IllegalArgumentException("at least one step is held back, not " + most);
        }
    }

    @Override
    public Session open(Profile profile) {
        return new Session() {
            @Override
            public Decider next(RandomGenerator random) {
                int count = random.nextInt(1, most + 1);
                int[] at = random.ints(count, 0, Math.max(1, profile.choices())).sorted().toArray();
                return new Holding(random, at, Math.max(2, profile.steps()));
            }

            @Override
            public String toString() {
                return "delays(" + most + ")";
            }
        };
    }

    private record Held(long task, int step, int until) {}

    /** By the holder of the turn. */
    private static final class Holding implements Decider {
        private final RandomGenerator random;
        private final int[] at; // the numbers of the choices at which a step is held back, ascending
        private final int longest;
        private int passed; // of those
        private int choices;
        private final List<Held> held = new ArrayList<>();

        private Holding(RandomGenerator random, int[] at, int longest) {
            this.random = random;
            this.at = at;
            this.longest = longest;
        }

        @Override
        public int choose(Choice choice) {
            while (passed < at.length && at[passed] <= choices) {
                passed++;
                int next = first(choice);
                held.add(new Held(choice.task(next), choice.step(next), choice.position() + random.nextInt(1, longest)));
            }
            choices++;
            return first(choice);
        }

        /** The usual one, or the oldest, that is not held back. */
        private int first(Choice choice) {
            if (!isHeld(choice, choice.usual())) {
                return choice.usual();
            }
            for (int i = 0; i < choice.size(); i++) {
                if (!isHeld(choice, i)) {
                    return i;
                }
            }
            return choice.usual();
        }

        private boolean isHeld(Choice choice, int index) {
            for (Held one : held) {
                if (one.task == choice.task(index) && one.step == choice.step(index) && choice.position() < one.until) {
                    return true;
                }
            }
            return false;
        }
    }
}
