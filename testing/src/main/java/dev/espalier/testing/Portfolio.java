package dev.espalier.testing;

import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Several strategies in turn, because each is blind for something: the youngest first; then every second run is one of all
 * schedules with one deviation, until they are done, if they are few; the others walk at random in their several ways, those
 * twice as often that found more of the bugs in this module's tests.
 */
record Portfolio() implements Strategy {
    private static final int MOST_CHOICES = 300;

    @Override
    public Session open(Profile profile) {
        return new Turns(profile);
    }

    /** By the worker. */
    private static final class Turns implements Session {
        private final Exhaustive.Tree tree;
        private final boolean treeFirst;
        private final List<Session> others;
        private Session last;
        private int turns;
        private int walks; // of those, by the others

        private Turns(Profile profile) {
            tree = new Exhaustive(3).open(profile);
            treeFirst = profile.choices() <= MOST_CHOICES;
            Session pos = Strategy.pos().open(profile);
            Session pct = Strategy.pct(3).open(profile);
            others = List.of(pos, pct, Strategy.surw().open(profile), pos, Strategy.pct(2).open(profile), pct,
                    Strategy.randomWalk().open(profile), Strategy.delays(3).open(profile));
            last = tree;
        }

        @Override
        public @Nullable Decider next(RandomGenerator random) {
            if (tree.isWhole()) {
                return null;
            }
            int turn = turns++;
            if (turn == 0) {
                last = LIFO;
            } else if ((treeFirst && tree.complete() < 1) ? turn % 2 == 1 : turn % (others.size() + 1) == 0) {
                last = tree;
            } else {
                last = others.get(walks++ % others.size());
            }
            Decider decider = last.next(random);
            if (decider == null) {
                last = others.get(0);
                return tree.isWhole() ? null : last.next(random);
            }
            return decider;
        }

        @Override
        public void ended(Course run) {
            last.ended(run);
        }

        @Override
        public boolean keepsDraws() {
            return last.keepsDraws();
        }

        @Override
        public String guarantee() {
            return Stream.concat(Stream.of(tree), others.stream())
                    .map(Session::guarantee)
                    .filter(text -> !text.isEmpty())
                    .distinct()
                    .collect(Collectors.joining("; "));
        }

        /** Who began the last run: the one to name if it fails. */
        @Override
        public String toString() {
            return last.toString();
        }
    }

    private static final Session LIFO = new Session() {
        @Override
        public Decider next(RandomGenerator random) {
            return choice -> choice.usual() == choice.size() - 1 ? choice.size() - 2 : choice.size() - 1;
        }

        @Override
        public String toString() {
            return "the youngest first";
        }
    };
}
