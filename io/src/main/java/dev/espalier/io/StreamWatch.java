package dev.espalier.io;

import dev.espalier.core.Deadline;
import dev.espalier.core.EventLoop;
import dev.espalier.io.StreamLimits.Limit;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Watches that a peer keeps the limits of a stream.
 *
 * <p>There is one timer. A wait arms it only if it is not armed for an earlier moment, and nobody disarms it when a wait ends: it
 * looks how things are when it fires, and is armed again for what is left. So a wait costs two looks at the clock.
 *
 * <p>Written and read by the holder of the turn.
 */
final class StreamWatch {
    private static final long NEVER = Long.MAX_VALUE;
    private static final long SECOND = 1_000_000_000;

    private final EventLoop loop;
    private final ByteStream stream; // what is watched, and aborted

    final Direction reading = new Direction(Limit.READ, Limit.READ_RATE);
    final Direction writing = new Direction(Limit.WRITE, Limit.WRITE_RATE);

    private StreamLimits limits;
    private long idle; // of the limits, in nanoseconds
    private long moved; // when a byte last moved, in any direction
    private EventLoop.@Nullable Handle timer;
    private long armedFor;

    private @Nullable Limit broken; // which limit, once one is
    private String reason = "";

    StreamWatch(EventLoop loop, ByteStream stream, StreamLimits limits) {
        this.loop = loop;
        this.stream = stream;
        this.limits = limits;
        setLimits(limits);
    }

    StreamLimits limits() {
        return limits;
    }

    void setLimits(StreamLimits value) {
        limits = value;
        idle = nanos(value.idle());
        moved = loop.now();
        reading.limit(value.read(), value.readRate());
        writing.limit(value.write(), value.writeRate());
        stop();
        arm();
    }

    private long nanos(Optional<Duration> limit) {
        return limit.isEmpty() ? NEVER : Deadline.after(limit.get()).nanos() - loop.now();
    }

    /** Says why the stream was cut, for who waited; null if it was not. */
    @Nullable StreamTimeoutException broken() {
        return broken == null ? null : new StreamTimeoutException(reason, broken);
    }

    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void arm() {
        long now = loop.now();
        long left = Math.min(reading.left(now), writing.left(now));
        if (left == NEVER || broken != null) {
            return;
        }
        long moment = now + left;
        if (timer == null || moment - armedFor < 0) {
            stop();
            armedFor = moment;
            timer = loop.callAt(new Deadline(moment), this::look);
        }
    }

    private void look() {
        timer = null;
        long now = loop.now();
        writing.noteProgress(now);
        Direction slower = reading.left(now) <= writing.left(now) ? reading : writing;
        if (slower.left(now) > 0) {
            arm();
            return;
        }
        Limit limit = slower.brokenLimit(now);
        broken = limit;
        reason = reason(limit, slower.waited + now - slower.since, slower.bytes) + "; the stream was aborted";
        stream.abort();
    }

    private String reason(Limit limit, long waited, long bytes) {
        return switch (limit) {
            case IDLE -> "nothing moved on " + stream + " for " + limits.idle().orElseThrow() + ", which is its limit";
            case READ -> "the peer of " + stream + " sent nothing for " + limits.read().orElseThrow() + ", which is its limit";
            case WRITE -> "the peer of " + stream + " took nothing for " + limits.write().orElseThrow() + ", which is its limit";
            case READ_RATE -> tooSlow("sent", waited, bytes, limits.readRate().orElseThrow());
            case WRITE_RATE -> tooSlow("took", waited, bytes, limits.writeRate().orElseThrow());
        };
    }

    private String tooSlow(String did, long waited, long bytes, StreamLimits.Rate rate) {
        return "the peer of " + stream + " " + did + " " + bytes + " bytes while it was waited for, for " + Duration.ofNanos(waited)
                + ", and its limit is " + rate.bytesPerSecond() + " bytes a second, up to " + rate.grace() + " behind";
    }

    /** Reading or writing. */
    final class Direction {
        private final Limit ofWait;
        private final Limit ofRate;

        private long longest = NEVER; // that a wait without a byte may last
        private long bytesPerSecond;
        private long grace = NEVER;
        private long allowance; // what is left of the grace

        private boolean waits;
        private long since; // when the wait began, or a byte last moved in it
        private @Nullable ByteBuffer underWay; // what is being written: its position tells of progress
        private int seen; // its position when it was last looked at
        private long waited; // in all, for the message
        private long bytes;

        private Direction(Limit ofWait, Limit ofRate) {
            this.ofWait = ofWait;
            this.ofRate = ofRate;
        }

        private void limit(Optional<Duration> wait, Optional<StreamLimits.Rate> rate) {
            longest = nanos(wait);
            bytesPerSecond = rate.map(StreamLimits.Rate::bytesPerSecond).orElse(0L);
            grace = nanos(rate.map(StreamLimits.Rate::grace));
            allowance = grace;
            since = loop.now();
            waited = 0;
            bytes = 0;
        }

        /** A task begins to wait for the peer. */
        void begin(@Nullable ByteBuffer written) {
            waits = true;
            since = loop.now();
            underWay = written;
            seen = written == null ? 0 : written.position();
            arm();
        }

        /**
         * It does not wait any more.
         *
         * @param count how many bytes have moved, if no buffer tells
         */
        void end(int count) {
            note(loop.now(), underWay == null ? count : underWay.position() - seen);
            waits = false;
            underWay = null;
        }

        private void noteProgress(long now) {
            if (underWay != null && underWay.position() > seen) {
                note(now, underWay.position() - seen);
                seen = underWay.position();
            }
        }

        private void note(long now, int count) {
            if (grace != NEVER) {
                long earned = Math.min(grace, (long) ((double) count * SECOND / bytesPerSecond));
                allowance = Math.min(grace, Math.max(0, allowance - (now - since)) + earned);
            }
            waited += now - since;
            bytes += count;
            since = now;
            if (count > 0) {
                moved = now;
            }
        }

        /** How long this may go on; {@link #NEVER} if there is no limit. */
        private long left(long now) {
            return waits ? Math.min(leftOfIdle(now), Math.min(after(longest, now), after(allowance, now))) : NEVER;
        }

        private long leftOfIdle(long now) {
            return idle == NEVER ? NEVER : idle - (now - (moved - since > 0 ? moved : since));
        }

        private long after(long limit, long now) {
            return limit == NEVER ? NEVER : limit - (now - since);
        }

        private Limit brokenLimit(long now) {
            return after(longest, now) <= 0 ? ofWait : after(allowance, now) <= 0 ? ofRate : Limit.IDLE;
        }
    }
}
