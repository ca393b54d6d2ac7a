package dev.espalier.core.spi;

import dev.espalier.core.CancelledError;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Task;

/**
 * Is told what the tasks of a loop do. Every method does nothing unless it is overridden.
 *
 * {@snippet class="dev.espalier.core.DebugSnippetsTest" region="instrument"}
 *
 * <p><b>Threads.</b> All calls come from tasks and callbacks of the loop, one at a time, with its turn. An instrument must not
 * await, and should be quick: the loop waits for it.
 *
 * <p><b>Ordering.</b> Calls come in the order of the events. What happens where no code of a user may run (in the scheduler, in a
 * poll) is told a moment later, before the next step begins; such calls carry the time at which it happened. There is no call
 * before a poll: nothing of a user can run there, and after it one would be too late.
 *
 * <p>An instrument that throws is removed and reported to the error sink.
 */
public interface Instrument {
    /**
     * {@return whether this instrument wants to know of each step}
     *
     * <p>Read once, when it is added. One that says no is never told {@link #taskScheduled}, {@link #beforeStep}, {@link
     * #afterStep} and {@link #polled}, and the loop spends nothing on them.
     */
    default boolean watchesSteps() {
        return true;
    }

    /**
     * A run of the loop begins.
     *
     * @param loop the loop
     */
    default void runStarted(EventLoop loop) {}

    /**
     * A run of the loop ends: all its tasks have ended, or have refused to.
     *
     * @param loop the loop
     */
    default void runEnded(EventLoop loop) {}

    /**
     * A task was created. It has not begun.
     *
     * @param task the task
     */
    default void taskStarted(Task<?> task) {}

    /**
     * A task can run and waits for its turn.
     *
     * @param task the task
     * @param at when, in nanoseconds of the loop's clock
     */
    default void taskScheduled(Task<?> task, long at) {}

    /**
     * A task gets the turn.
     *
     * @param task the task
     */
    default void beforeStep(Task<?> task) {}

    /**
     * A task gives the turn away, or ends.
     *
     * @param task the task
     */
    default void afterStep(Task<?> task) {}

    /**
     * An await of a task throws its cancellation. Told in the midst of the await, so that the stack is that of the task: each time,
     * also if the task has met the same cancellation before.
     *
     * @param task the task
     * @param error what is thrown
     */
    default void cancellationMet(Task<?> task, CancelledError error) {}

    /**
     * A method of the library drops a cancellation that one of its awaits has met, because what it returns had come before: a race
     * that was decided, an offloaded body that has ended. The next await of the task throws.
     *
     * @param task the task
     * @param error what was thrown inside the method, and does not come out
     */
    default void cancellationDropped(Task<?> task, CancelledError error) {}

    /**
     * A task has ended. {@link Task#state()} tells how.
     *
     * @param task the task
     */
    default void taskEnded(Task<?> task) {}

    /**
     * The loop has waited for events, or has looked for them, once or several times in a row.
     *
     * @param began when, in nanoseconds of the loop's clock
     * @param ended when, in nanoseconds of the loop's clock
     */
    default void polled(long began, long ended) {}
}
