package dev.espalier.io;

import java.time.Duration;
import java.util.Optional;

/**
 * How slow a peer may be, and how fast it is served.
 *
 * <p>Time counts only while a task waits on the stream for its peer: how long this side thinks, or waits for its own bandwidth, is not the
 * peer's fault. What breaks a limit gets the stream aborted, and its tasks a {@link StreamTimeoutException}.
 *
 * {@snippet class="dev.espalier.io.LimitedStreamTest" region="limits"}
 *
 * @param idle how long nothing may move in either direction
 * @param read how long a wait for the next bytes may last
 * @param write how long a write may make no progress; noticed after twice that time at the latest
 * @param readRate how fast the peer must send
 * @param writeRate how fast the peer must take what is written
 * @param readBandwidth how fast it is read, on its own or together with others
 * @param writeBandwidth how fast it is written
 */
public record StreamLimits(
        Optional<Duration> idle,
        Optional<Duration> read,
        Optional<Duration> write,
        Optional<Rate> readRate,
        Optional<Rate> writeRate,
        Optional<Bandwidth> readBandwidth,
        Optional<Bandwidth> writeBandwidth) {
    private static final StreamLimits NONE = new StreamLimits(
            Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** Which of them. */
    public enum Limit {
        /** {@link StreamLimits#idle()}. */
        IDLE,
        /** {@link StreamLimits#read()}. */
        READ,
        /** {@link StreamLimits#write()}. */
        WRITE,
        /** {@link StreamLimits#readRate()}. */
        READ_RATE,
        /** {@link StreamLimits#writeRate()}. */
        WRITE_RATE
    }

    /**
     * How fast a peer must be. It may be waited for as long as the grace; every byte earns the time it takes at this rate, up to
     * the grace again. So a byte now and then does not keep a connection, and one that was fast may not stop for longer.
     *
     * @param bytesPerSecond from 1
     * @param grace how long it may fall behind, positive
     */
    public record Rate(long bytesPerSecond, Duration grace) {
        /** Checks the numbers. */
        public Rate {
            if (bytesPerSecond < 1) {
                throw new IllegalArgumentException("a rate is at least 1 byte a second, not " + bytesPerSecond);
            }
            checkPositive("the grace of a rate", grace);
        }
    }

    /** Checks the durations. */
    public StreamLimits {
        idle.ifPresent(value -> checkPositive("idle", value));
        read.ifPresent(value -> checkPositive("read", value));
        write.ifPresent(value -> checkPositive("write", value));
    }

    private static void checkPositive(String name, Duration value) {
        if (!value.isPositive()) {
            throw new IllegalArgumentException(name + " must be positive, not " + value);
        }
    }

    /**
     * {@return no limits}
     */
    public static StreamLimits none() {
        return NONE;
    }

    /**
     * {@return these limits with another one for nothing moving}
     *
     * @param value how long, positive
     */
    public StreamLimits withIdle(Duration value) {
        return new StreamLimits(Optional.of(value), read, write, readRate, writeRate, readBandwidth, writeBandwidth);
    }

    /**
     * {@return these limits with another one for the wait for bytes}
     *
     * @param value how long, positive
     */
    public StreamLimits withRead(Duration value) {
        return new StreamLimits(idle, Optional.of(value), write, readRate, writeRate, readBandwidth, writeBandwidth);
    }

    /**
     * {@return these limits with another one for writes without progress}
     *
     * @param value how long, positive
     */
    public StreamLimits withWrite(Duration value) {
        return new StreamLimits(idle, read, Optional.of(value), readRate, writeRate, readBandwidth, writeBandwidth);
    }

    /**
     * {@return these limits with another rate at which the peer must send}
     *
     * @param bytesPerSecond from 1
     * @param grace how long it may fall behind, positive
     */
    public StreamLimits withReadRate(long bytesPerSecond, Duration grace) {
        var rate = Optional.of(new Rate(bytesPerSecond, grace));
        return new StreamLimits(idle, read, write, rate, writeRate, readBandwidth, writeBandwidth);
    }

    /**
     * {@return these limits with another rate at which the peer must take what is written}
     *
     * @param bytesPerSecond from 1
     * @param grace how long it may fall behind, positive
     */
    public StreamLimits withWriteRate(long bytesPerSecond, Duration grace) {
        var rate = Optional.of(new Rate(bytesPerSecond, grace));
        return new StreamLimits(idle, read, write, readRate, rate, readBandwidth, writeBandwidth);
    }

    /**
     * {@return these limits with another bandwidth for reading}
     *
     * @param value of this stream, or of several
     */
    public StreamLimits withReadBandwidth(Bandwidth value) {
        return new StreamLimits(idle, read, write, readRate, writeRate, Optional.of(value), writeBandwidth);
    }

    /**
     * {@return these limits with another bandwidth for writing}
     *
     * @param value of this stream, or of several
     */
    public StreamLimits withWriteBandwidth(Bandwidth value) {
        return new StreamLimits(idle, read, write, readRate, writeRate, readBandwidth, Optional.of(value));
    }
}
