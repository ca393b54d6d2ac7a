package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.spi.TimerSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of a run that wait for the run itself: to come to rest, or for any change. The {@link Driver} ends these waits.
 *
 * <p>Written and read by the holder of the turn, and by the driving thread while nobody holds it.
 */
final class Waits {
    private final LoopRun run;
    private final List<Promise<Boolean>> settling = new ArrayList<>(0);
    private final List<Promise<Boolean>> looking = new ArrayList<>(0);

    Waits(LoopRun run) {
        this.run = run;
    }

    // ---- in tasks

    @Awaits
    void settle() {
        await(settling, "all else to be idle (settle)");
    }

    @Awaits
    private static void await(List<Promise<Boolean>> list, String what) {
        Promise<Boolean> end = Promise.create(what);
        list.add(end);
        try {
            end.await();
        } finally {
            list.remove(end);
        }
    }

    /** Lets one other step be made; what it was, and what its task waits for now. */
    @Awaits
    Optional<String> step() {
        Steps steps = run.steps();
        steps.beginSingle(Task.current().id());
        String step;
        try {
            Async.checkpoint();
        } finally {
            step = steps.endSingle();
        }
        if (step == null || steps.stepped() == 0) {
            return Optional.ofNullable(step);
        }
        return Optional.of(run.loop().tasks().stream()
                .filter(task -> task.id() == steps.stepped())
                .map(task -> "task '" + task.name() + "', which now waits for " + task.waitingFor())
                .findFirst()
                .orElse("the last of " + step));
    }

    @Awaits
    void settleAll(Duration limit) {
        VirtualClock clock = run.clock();
        long target = clock.momentIn(limit);
        settle();
        for (OptionalLong next = run.loop().nextTimer(); next.isPresent(); next = run.loop().nextTimer()) {
            if (next.getAsLong() - target > 0) {
                clock.moveTo(target);
                List<TimerSnapshot> timers = run.loop().timers();
                throw new LivelockError("there is no rest within " + limit + " of virtual time: "
                        + (timers.size() == 1 ? "1 timer is" : timers.size() + " timers are")
                        + " still set, the next in "
                        + Duration.ofNanos(next.getAsLong() - target)
                        + "; end what ticks, or use settle or advanceBy, which do not wait for it"
                        + Report.of(timers, clock), new Throwable().getStackTrace());
            }
            clock.moveTo(next.getAsLong());
            settle();
        }
    }

    @Awaits
    void eventually(Duration limit, Runnable assertion) {
        VirtualClock clock = run.clock();
        long begun = clock.nanoTime();
        long end = clock.momentIn(limit);
        int looks = 1;
        AssertionError failure = failureOf(assertion);
        while (failure != null && clock.nanoTime() - end < 0) {
            change(Duration.ofNanos(end - clock.nanoTime()));
            looks++;
            failure = failureOf(assertion);
        }
        if (failure != null && run.outside() == 0) {
            settle(); // what is due at the very end belongs to it
            looks++;
            failure = failureOf(assertion);
        }
        if (failure != null) {
            throw new AssertionError("the assertion still failed at " + clock.now() + ", after "
                    + Duration.ofNanos(clock.nanoTime() - begun) + " of virtual time and " + looks + " looks; last: "
                    + failure.getMessage(), failure);
        }
    }

    private static @Nullable AssertionError failureOf(Runnable assertion) {
        try {
            assertion.run();
            return null;
        } catch (AssertionError e) {
            return e;
        }
    }

    /** Waits until another task has made a step, but not for ever. */
    @Awaits
    private void change(Duration limit) {
        long me = Task.current().id();
        run.steps().addLooker(me);
        try {
            Async.moveOnAfter(limit, () -> await(looking, "a change (eventually)"));
        } finally {
            run.steps().removeLooker(me);
        }
    }

    // ---- for the driver

    /** After a tick: lets those look who look out for changes, if there was any; false if nobody does. */
    boolean ticked() {
        if (!run.steps().takeNews() || looking.isEmpty()) {
            return false;
        }
        looking.forEach(change -> change.trySucceed(true));
        return true;
    }

    /** Lets those go on who settle; false if there is none. */
    boolean settled() {
        settling.forEach(idle -> idle.trySucceed(true));
        return !settling.isEmpty();
    }
}
