package dev.espalier.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What an exploration that found no failure has covered.
 *
 * @param runs how often the body was run
 * @param schedules how many different orders of steps there were among the runs
 * @param steps all steps of all runs
 * @param took real time
 * @param covered virtual time, of all runs together
 * @param guarantee what that proves, in words
 */
public record Exploration(int runs, int schedules, long steps, Duration took, Duration covered, String guarantee) {
    @Override
    public String toString() {
        return runs + (runs == 1 ? " run, " : " runs, ") + schedules
                + (schedules == 1 ? " schedule, " : " different schedules, ") + steps + " steps in " + took.toMillis()
                + " ms, " + covered + " of virtual time; " + guarantee;
    }

    /**
     * How a body is explored.
     *
     * @param run how each run is made; its seed is not used
     * @param runs how many runs at most, from 1
     * @param budget how long to go on in real time, positive; a run that has begun is not cut short by it
     * @param strategy chooses the schedules
     * @param seed decides everything random
     * @param name of the test: part of what the seed decides, and the name of its tape
     * @param replay only this tape is run, once; empty: a search
     * @param tapes where the tape of a failure is written; empty: it is not
     * @param everyFailure whether the search goes on after a failure, up to ten of different classes or lines; the first comes out,
     *     the others are suppressed in it, and each has its {@link ReplayInfo}
     * @param allOutput whether all that the runs print is shown. If not, {@code System.out} and {@code System.err} are replaced
     *     while the search goes on, and show at its end what the failing run has printed, made small; of more than 64 KiB the
     *     end. What other threads print is shown as it comes
     */
    public record Options(
            LoopTester.Options run,
            int runs,
            Duration budget,
            Strategy strategy,
            long seed,
            String name,
            Optional<Tape> replay,
            Optional<Path> tapes,
            boolean everyFailure,
            boolean allOutput) {

        /** Checks the numbers. */
        public Options {
            if (runs < 1) {
                throw new IllegalArgumentException("runs must be at least 1, not " + runs);
            }
            if (!budget.isPositive()) {
                throw new IllegalArgumentException("budget must be positive, not " + budget);
            }
        }

        /**
         * {@return the default options: 200 runs or two seconds, the default run, the portfolio, seed 0, no tape, the first
         * failure, and the output of that}
         */
        public static Options defaults() {
            return new Options(LoopTester.Options.defaults(), 200, Duration.ofSeconds(2), Strategy.portfolio(), 0, "test",
                    Optional.empty(), Optional.empty(), false, false);
        }

        /**
         * {@return these options with another way to make each run}
         *
         * @param value how
         */
        public Options withRun(LoopTester.Options value) {
            return new Options(value, runs, budget, strategy, seed, name, replay, tapes, everyFailure, allOutput);
        }

        /**
         * {@return these options with another number of runs}
         *
         * @param value how many at most, from 1
         */
        public Options withRuns(int value) {
            return new Options(run, value, budget, strategy, seed, name, replay, tapes, everyFailure, allOutput);
        }

        /**
         * {@return these options with another budget}
         *
         * @param value how long to go on in real time, positive
         */
        public Options withBudget(Duration value) {
            return new Options(run, runs, value, strategy, seed, name, replay, tapes, everyFailure, allOutput);
        }

        /**
         * {@return these options with another strategy}
         *
         * @param value chooses the schedules
         */
        public Options withStrategy(Strategy value) {
            return new Options(run, runs, budget, value, seed, name, replay, tapes, everyFailure, allOutput);
        }

        /**
         * {@return these options with another seed}
         *
         * @param value decides everything random
         */
        public Options withSeed(long value) {
            return new Options(run, runs, budget, strategy, value, name, replay, tapes, everyFailure, allOutput);
        }

        /**
         * {@return these options for another test}
         *
         * @param value its name
         */
        public Options withName(String value) {
            return new Options(run, runs, budget, strategy, seed, value, replay, tapes, everyFailure, allOutput);
        }

        /**
         * {@return these options for one run, as a tape says}
         *
         * @param value the tape
         */
        public Options withReplay(Tape value) {
            return new Options(run, runs, budget, strategy, seed, name, Optional.of(value), tapes, everyFailure, allOutput);
        }

        /**
         * {@return these options with a place for the tape of a failure}
         *
         * @param folder where it is written, made if there is none
         */
        public Options withTapes(Path folder) {
            return new Options(run, runs, budget, strategy, seed, name, replay, Optional.of(folder), everyFailure, allOutput);
        }

        /**
         * {@return these options with a search that goes on after a failure or not}
         *
         * @param value whether failures of other classes or at other lines are looked for too
         */
        public Options withEveryFailure(boolean value) {
            return new Options(run, runs, budget, strategy, seed, name, replay, tapes, value, allOutput);
        }

        /**
         * {@return these options with the output of all runs, or of the failing one}
         *
         * @param value whether all that the runs print is shown, as it comes
         */
        public Options withAllOutput(boolean value) {
            return new Options(run, runs, budget, strategy, seed, name, replay, tapes, everyFailure, value);
        }
    }
}
