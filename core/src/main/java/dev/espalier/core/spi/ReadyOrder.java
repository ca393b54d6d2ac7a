package dev.espalier.core.spi;

/**
 * Chooses which ready item runs next. Production takes the oldest; a test takes any, by a seed.
 *
 * <p>Only items of the current tick can be chosen: what becomes ready during a tick waits for the next one.
 */
@FunctionalInterface
public interface ReadyOrder {
    /** The oldest item first. */
    ReadyOrder FIFO = ready -> 0;

    /**
     * Chooses. Called by the holder of the loop's turn; it must not block and must not call into the loop.
     *
     * @param ready the items of this tick, valid during the call
     * @return an index from 0, the oldest, to {@code ready.size() - 1}
     */
    int choose(View ready);

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
