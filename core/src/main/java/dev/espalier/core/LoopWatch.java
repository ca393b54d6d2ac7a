package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.LoopStatistics;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/*
 * What the watchdog knows of one loop. It compares the numbers of steps and ticks with those of its last look: a step that it
 * sees twice has lasted at least the time between. A loop that waits for events has no holder of the turn, and a loop that
 * nobody drives has none either, so neither is ever slow.
 *
 *   nothing  -> SLOW      the step, or the tick, is older than slowStep: its stack is kept; told when it is over
 *   SLOW     -> BLOCKED   the step is older than blockedAfter: told at once, and again when it is over
 *
 * All fields without a word to the contrary are written and read by the watchdog's thread.
 */
final class LoopWatch {
    private static final long NEVER = Long.MAX_VALUE;

    private final EventLoop loop;
    private final Engine engine;
    private final long slow;
    private final long blocked;

    private long step;
    private long tick;
    private long stepHeld; // how long the present step has been seen
    private long tickHeld;
    private @Nullable Held found; // the step that is slow now
    private boolean toldBlocked;
    private @Nullable String inTick; // who was seen in a tick that is slow now

    private long counted;

    private volatile long slowSteps; // by the watchdog, read by any thread
    private volatile LoopStatistics.@Nullable Slow slowest; // by the watchdog, read by any thread

    LoopWatch(EventLoop loop, Engine engine) {
        this.loop = loop;
        this.engine = engine;
        this.slow = orNever(loop.options().slowStep());
        this.blocked = orNever(loop.options().blockedAfter());
    }

    private static long orNever(Duration limit) {
        return limit.isZero() ? NEVER : Nanos.of(limit);
    }

    /** How often to look: a step that lasts a quarter longer than the limit is always found. */
    long pause() {
        return Math.min(slow, blocked) / 4;
    }

    /** Looks once; {@code passed} is the time since the last look. */
    void look(long passed) {
        Coroutine holder = engine.pinned();
        holder = holder == null ? loop.scheduler.running() : holder;
        long stepNow = loop.scheduler.steps();
        long tickNow = loop.scheduler.ticks();
        boolean moved = stepNow != step;
        boolean idle = holder == null && !moved;
        lookAtStep(moved || holder == null ? null : holder, passed);
        lookAtTick(tickNow != tick || idle, holder, passed);
        step = stepNow;
        tick = tickNow;
    }

    private void lookAtStep(@Nullable Coroutine holder, long passed) {
        if (holder == null) {
            stepEnded();
            stepHeld = 0;
            return;
        }
        stepHeld += passed;
        if (found == null && stepHeld >= Math.min(slow, blocked)) {
            found = Held.by(holder, engine.pinned() == holder);
        }
        if (found != null && !toldBlocked && stepHeld >= blocked) {
            found = Held.by(holder, engine.pinned() == holder); // where it is now, not where it was when it became slow
            toldBlocked = true;
            warn(ErrorReport.Kind.BLOCKED, loop.name() + " has been held for " + Nanos.text(stepHeld) + " by " + found
                    + ". " + found.advice(), found);
        }
    }

    private void stepEnded() {
        Held ended = found;
        if (ended == null) {
            return;
        }
        found = null;
        inTick = null; // the step tells it all
        tickHeld = 0;
        count(ended.who(), stepHeld);
        String lasted = Nanos.text(stepHeld);
        if (toldBlocked) {
            toldBlocked = false;
            warn(ErrorReport.Kind.BLOCKED, loop.name() + " moves again: " + ended.who() + " held it for " + lasted, ended);
        } else {
            warn(ErrorReport.Kind.SLOW, "a step of " + loop.name() + " took " + lasted + ": " + ended + ". "
                    + ended.advice(), ended);
        }
    }

    private void lookAtTick(boolean ended, @Nullable Coroutine holder, long passed) {
        if (!ended) {
            tickHeld += passed;
            if (tickHeld >= slow && holder != null) {
                inTick = Held.nameOf(holder);
            }
            return;
        }
        String seen = inTick;
        if (seen != null && found == null) {
            count("a tick with " + seen, tickHeld);
            String message = "a tick of " + loop.name() + " took " + Nanos.text(tickHeld)
                    + ", though no step of it was slow: very many items were ready at once, among them " + seen
                    + ". Timers and channels waited. Start less at once, for example with parallelMap";
            loop.warn(new ErrorReport(ErrorReport.Kind.SLOW, message, new IllegalStateException(message), null));
        }
        inTick = null;
        tickHeld = 0;
    }

    private void count(String what, long nanos) {
        slowSteps = ++counted;
        LoopStatistics.Slow worst = slowest;
        if (worst == null || Nanos.of(worst.duration()) < nanos) {
            slowest = new LoopStatistics.Slow(what, Duration.ofNanos(nanos));
        }
    }

    private void warn(ErrorReport.Kind kind, String message, Held held) {
        var finding = new IllegalStateException(message);
        finding.setStackTrace(held.stack());
        loop.warn(new ErrorReport(kind, message, finding, held.task()));
    }

    long slowSteps() {
        return slowSteps;
    }

    LoopStatistics.@Nullable Slow slowest() {
        return slowest;
    }
}
