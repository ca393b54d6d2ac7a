package dev.espalier.io;

import dev.espalier.core.EventLoop;
import java.time.Duration;

/** How fast a server accepts: each connection uses the time that one takes at that rate, and a tenth of a second may be saved up. */
final class AcceptPace {
    private static final long SECOND = 1_000_000_000;
    private static final int BURSTS_PER_SECOND = 10;

    private final EventLoop loop;
    private final long interval; // ns from one to the next; 0: as they come
    private final long most; // ns that may be saved up
    private long paidUntil; // on the loop's clock: what was accepted has used the time up to here; by the holder of the turn

    AcceptPace(EventLoop loop, int perSecond) {
        this.loop = loop;
        this.interval = perSecond == Integer.MAX_VALUE ? 0 : Math.ceilDiv(SECOND, perSecond);
        this.most = interval * Math.max(1, perSecond / BURSTS_PER_SECOND);
        this.paidUntil = loop.now() - most;
    }

    /** How long the next one has to wait; zero or less if it need not. */
    Duration untilNext() {
        return interval == 0 ? Duration.ZERO : Duration.ofNanos(paidUntil + interval - loop.now());
    }

    /** One was accepted. */
    void count() {
        long oldest = loop.now() - most;
        paidUntil = (paidUntil - oldest < 0 ? oldest : paidUntil) + interval;
    }
}
