package dev.espalier.core.spi;

/**
 * Chooses which ready item runs next. Production takes the oldest; a test takes any, by a seed.
 *
 * <p>An order that {@linkplain #explores() explores} has every schedule that a program may meet within its reach; any other
 * chooses among the items of the current tick, and what becomes ready during a tick waits for the next one.
 */
@FunctionalInterface
public interface ReadyOrder {
    /** The oldest item first. */
    ReadyOrder FIFO = ready -> 0;

    /**
     * Chooses. Called by the holder of the loop's turn; it must not block and must not call into the loop.
     *
     * @param ready the items it may choose from, valid during the call
     * @return an index from 0, the oldest, to {@code ready.size() - 1}
     */
    int choose(View ready);

    /**
     * {@return whether this order may choose any ready item, those included that became ready during the current tick, and is
     * asked at each await that need not wait}
     *
     * <p>Read once, when a loop is made. An order that explores and always chooses 0 and never gives way is FIFO.
     */
    default boolean explores() {
        return false;
    }

    /**
     * Decides whether a task gives way at an await that need not wait, as it would if its budget were spent there. Asked if
     * this order {@linkplain #explores() explores} and anything else is ready. A task that gives way is ready itself, as the
     * youngest, when {@link #choose} is asked next.
     *
     * @param taskId the id of the task
     * @param others what is ready beside it, valid during the call
     * @return whether it gives way
     */
    default boolean giveWay(long taskId, View others) {
        return false;
    }

    /**
     * Is told that a task gets the turn without being chosen: it was started by {@link
     * dev.espalier.core.TaskGroup#startNow}. Told if this order {@linkplain #explores() explores}.
     *
     * @param taskId the id of the task
     */
    default void handedOver(long taskId) {}

    /** The items that can run now, oldest first. */
    interface View {
        /**
         * {@return how many there are, at least one}
         */
        int size();

        /**
         * Returns the id of a task.
         *
         * @param index from 0 to {@code size() - 1}
         * @return the id of the task, 0 for a callback
         */
        long taskId(int index);

        /**
         * Returns an item in words.
         *
         * @param index from 0 to {@code size() - 1}
         * @return the description
         */
        String describe(int index);
    }
}
