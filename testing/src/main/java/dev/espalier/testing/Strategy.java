package dev.espalier.testing;

import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How an exploration chooses its schedules. The {@linkplain #portfolio() portfolio} is right for most; a strategy of your
 * own implements this interface.
 *
 * <p>A <em>step</em> is what a task does from one await to the next. Where several steps are ready, one of them is the
 * <em>usual</em> one: the one that production would run next, which is the oldest, or the task that has the turn if it is at
 * an await that need not wait. To run another one is a <em>deviation</em>; a schedule is known by its deviations.
 *
 * <p><b>Threads.</b> A strategy may serve several explorations at once; a session serves one.
 */
@FunctionalInterface
public interface Strategy {
    /**
     * Begins an exploration.
     *
     * @param profile what the first run, in which every step was the usual one, looked like
     * @return what chooses the schedules of this exploration
     */
    Session open(Profile profile);

    /** One exploration. */
    interface Session {
        /**
         * Begins a run.
         *
         * @param random the random numbers of this run: the same in each exploration with the same seed
         * @return decides in this run; null: every schedule within reach has been run
         */
        @Nullable Decider next(RandomGenerator random);

        /**
         * A run has ended, and no failure was found.
         *
         * @param run what it looked like
         */
        default void ended(Course run) {}

        /**
         * {@return whether the run that {@link #next} began last takes the same random numbers as the first run, because it
         * builds on what was seen there}
         */
        default boolean keepsDraws() {
            return false;
        }

        /**
         * {@return what the runs so far guarantee if no failure was found, in words; empty: nothing}
         */
        default String guarantee() {
            return "";
        }
    }

    /** Decides in one run. */
    @FunctionalInterface
    interface Decider {
        /**
         * Chooses the next step. Must not call into the loop.
         *
         * @param choice what is ready, valid during the call
         * @return an index from 0 to {@code choice.size() - 1}
         */
        int choose(Choice choice);
    }

    /** The steps that are ready, at least two. */
    interface Choice {
        /**
         * {@return how many}
         */
        int size();

        /**
         * {@return the index of the usual one}
         */
        int usual();

        /**
         * Tells which task a step belongs to.
         *
         * @param index from 0 to {@code size() - 1}
         * @return the task as all runs know it: by who started it, and as which of its children; callbacks share one key
         */
        long task(int index);

        /**
         * Tells which step of its task it is.
         *
         * @param index from 0 to {@code size() - 1}
         * @return its number, from 1
         */
        int step(int index);

        /**
         * {@return how many steps have been run before}
         */
        int position();
    }

    /**
     * What the first run looked like.
     *
     * @param steps its steps
     * @param choices how often more than one step was ready
     * @param stepsByTask its steps by {@linkplain Choice#task task}
     */
    record Profile(int steps, int choices, Map<Long, Integer> stepsByTask) {
        /**
         * Copies the map.
         *
         * @param steps its steps
         * @param choices how often more than one step was ready
         * @param stepsByTask its steps by task
         */
        public Profile {
            stepsByTask = Map.copyOf(stepsByTask);
        }
    }

    /**
     * What a run looked like.
     *
     * @param fingerprint the order of its steps, hashed
     * @param isNew whether no run before had this order
     * @param deviations in order; must not be changed
     */
    record Course(long fingerprint, boolean isNew, List<Deviation> deviations) {}

    /**
     * One step that was run before the usual one.
     *
     * @param position how many steps had been run before
     * @param usual the step that was usual
     * @param chosen the step that was run instead
     */
    record Deviation(int position, Step usual, Step chosen) {}

    /**
     * One step.
     *
     * @param task as {@link Choice#task}
     * @param number as {@link Choice#step}
     */
    record Step(long task, int number) {}

    /**
     * {@return several strategies in turn, because each is blind for something: the youngest step first; then every second run is
     * one of all schedules with one deviation, if they are few, and later now and then one with up to three; the others are POS,
     * PCT, SURW, delays and random walks}
     */
    static Strategy portfolio() {
        return new Portfolio();
    }

    /**
     * {@return each ready step with the same probability} Simple, and the weakest: what needs a task to be held back for long is
     * hardly ever met.
     */
    static Strategy randomWalk() {
        return new RandomWalk();
    }

    /**
     * Random priorities of tasks, lowered at some random steps (PCT, ASPLOS 2010). Strong where a task must be far ahead of
     * another; each run finds a bug that needs {@code depth} orderings with a probability of at least 1/(n k^(depth-1)), with n
     * tasks and k steps.
     *
     * @param depth how many orderings of two steps a bug needs, from 1; most need one or two
     * @return the strategy
     */
    static Strategy pct(int depth) {
        return new Pct(depth);
    }

    /**
     * {@return a random priority for each step, kept while it waits (the basic form of POS, CAV 2018)} Strong where single steps
     * must be late.
     */
    static Strategy pos() {
        return new Pos();
    }

    /**
     * {@return the steps of some tasks, drawn for each run, interleaved so that each of their orders is as likely as any other
     * (SURW, ASPLOS 2025)} Strong where two tasks must meet at one of many places.
     */
    static Strategy surw() {
        return new Surw();
    }

    /**
     * The usual order, but for a few steps that are held back for a while (delay bounding, POPL 2011). Strong where one late
     * step is enough, in programs with many tasks.
     *
     * @param most how many are held back in a run, from 1
     * @return the strategy
     */
    static Strategy delays(int most) {
        return new Delays(most);
    }

    /**
     * Every schedule with at most so many deviations, each once, those with fewer first. It ends when all have been run, and its
     * guarantee says how far it came. What it remembers is bounded by 64 MiB; the guarantee then says less.
     *
     * @param mostDeviations from 1
     * @return the strategy
     */
    static Strategy exhaustive(int mostDeviations) {
        return new Exhaustive(mostDeviations);
    }

    /**
     * Changes schedules that were new, as fuzzers do: leaves a deviation out, or adds one.
     *
     * @param base makes the schedules to begin with
     * @return the strategy
     */
    static Strategy guided(Strategy base) {
        return new Guided(base);
    }
}
