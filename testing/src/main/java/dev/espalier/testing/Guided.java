package dev.espalier.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Changes schedules that were new: leaves one of their deviations out, or adds one. The idea is that of coverage-guided
 * fuzzing, as greybox schedulers for threads use it.
 *
 * @param base makes the schedules to begin with, and one in four later
 */
record Guided(Strategy base) implements Strategy {
    private static final int MOST_KEPT = 64;
    private static final int LONGEST = 200;

    @Override
    public Session open(Profile profile) {
        return new Search(base.open(profile), profile);
    }

    /** By the worker. */
    private static final class Search implements Session {
        private final Session base;
        private final Profile profile;
        private final List<List<Deviation>> kept = new ArrayList<>();
        private int replaced; // the oldest of them

        private Search(Session base, Profile profile) {
            this.base = base;
            this.profile = profile;
        }

        @Override
        public @Nullable Decider next(RandomGenerator random) {
            if (kept.isEmpty() || random.nextInt(4) == 0) {
                return base.next(random);
            }
            var deviations = new ArrayList<>(kept.get(random.nextInt(kept.size())));
            if (!deviations.isEmpty() && random.nextBoolean()) {
                deviations.remove(random.nextInt(deviations.size()));
            }
            Replay replay = Replay.lenient(deviations);
            int added = random.nextInt(Math.max(1, profile.steps()));
            return choice -> {
                int index = replay.choose(choice);
                boolean add = index == choice.usual() && choice.position() == added;
                return add ? random.nextInt(choice.size()) : index;
            };
        }

        @Override
        public void ended(Course run) {
            if (!run.isNew() || run.deviations().size() > LONGEST) {
                return;
            }
            if (kept.size() < MOST_KEPT) {
                kept.add(run.deviations());
            } else {
                kept.set(replaced++ % MOST_KEPT, run.deviations());
            }
        }

        @Override
        public String toString() {
            return "guided(" + base + ")";
        }
    }
}
