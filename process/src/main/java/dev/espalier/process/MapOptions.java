package dev.espalier.process;

/**
 * How a {@linkplain ProcessPool#stream stream} of calls is run.
 *
 * @param ordered true: results come in the order of the arguments; false: in the order in which they are ready
 * @param lookahead how many arguments may be taken whose results were not yet received; 1 to 1 000 000. It bounds the
 *         memory of the stream
 */
public record MapOptions(boolean ordered, int lookahead) {
    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is outside of its bounds
     */
    public MapOptions {
        if (lookahead < 1 || lookahead > 1_000_000) {
            throw new IllegalArgumentException("lookahead is " + lookahead + "; it must be 1 to 1000000");
        }
    }

    /**
     * {@return ordered, with a look-ahead of 256}
     */
    public static MapOptions defaults() {
        return new MapOptions(true, 256);
    }

    /**
     * {@return these options with another value}
     *
     * @param ordered whether results come in the order of the arguments
     */
    public MapOptions withOrdered(boolean ordered) {
        return new MapOptions(ordered, lookahead);
    }

    /**
     * {@return these options with another value}
     *
     * @param lookahead how many arguments may be taken whose results were not yet received
     */
    public MapOptions withLookahead(int lookahead) {
        return new MapOptions(ordered, lookahead);
    }
}
