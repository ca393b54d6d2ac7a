package dev.espalier.io;

/**
 * A stream with limits, around another stream of any kind.
 *
 * {@snippet class="dev.espalier.io.LimitedStreamTest" region="limits"}
 *
 * <p><b>Threads.</b> As the stream below.
 */
public interface LimitedStream extends ByteStream {
    /**
     * Puts limits on a stream. What was read ahead of it is read first.
     *
     * @param plain the stream below, which is this stream's from now on
     * @param limits which
     * @return the stream, for tasks of this loop
     */
    static LimitedStream of(ByteStream plain, StreamLimits limits) {
        return new WatchedStream(plain, limits);
    }

    /**
     * {@return its limits}
     */
    StreamLimits limits();

    /**
     * Sets other limits, also while tasks wait: for them, too, time begins anew. A protocol may so be patient between requests and strict
     * within one.
     *
     * @param limits which
     */
    void setLimits(StreamLimits limits);

    /**
     * {@return the stream below} To be asked for its addresses and options; who reads, writes or closes it breaks this stream.
     */
    ByteStream plain();
}
