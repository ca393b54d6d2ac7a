package dev.espalier.core.spi;

/**
 * What a loop sees of memory that others write, another process for one. The loop looks at it while something is expected
 * there; before it sleeps it asks for a wake-up, which has to come by a channel that the loop reads.
 *
 * <p>No wake-up is lost if both sides keep this order. The writer: write, full fence, look whether the reader is parked, and
 * only then wake it. The loop: {@code parked(true)}, full fence, {@code hasNews()}, and only then sleep.
 *
 * <p>All methods are called by the holder of the loop's turn. All but {@link #news()} are called inside a step of the
 * scheduler: they must be quick and must neither block nor throw, nor touch anything of the loop.
 */
public interface Lookout {
    /**
     * {@return whether there is something to do; mostly asked in vain, many times in a row}
     */
    boolean hasNews();

    /**
     * Tells the writers whether the loop must be woken when they have written.
     *
     * @param value true: it is about to sleep; false: it is awake
     */
    void parked(boolean value);

    /**
     * {@return whether the last {@code parked(true)} still stands, so that no writer has taken it upon itself to wake the loop}
     */
    boolean isParked();

    /** There are news. Runs as a callback of the loop, and again in the next tick if it has left some of them. */
    void news();
}
