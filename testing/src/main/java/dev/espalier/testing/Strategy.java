package dev.espalier.testing;

import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How an exploration chooses its schedules. The portfolio is right for most; a strategy of your own
 * implements this interface.
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
     * @param deviations in order
     */
    record Course(long fingerprint, boolean isNew, List<Deviation> deviations) {
        /**
         * Copies the list.
         *
         * @param fingerprint the order of its steps, hashed
         * @param isNew whether no run before had this order
         * @param deviations in order
         */
        public Course {
            deviations = List.copyOf(deviations);
        }
    }

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
     * {@return each ready step with the same probability}
     */
    static Strategy randomWalk() {
        return profile -> random -> choice -> random.nextInt(choice.size());
    }
}
