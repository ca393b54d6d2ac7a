package dev.espalier.testing;

import dev.espalier.core.spi.LoopRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The random numbers of one run. Each is made of the seed, the task that takes it, and how many that task took before: so a
 * number stays the same when tasks take turns in another order.
 *
 * <p>Written and read by the holder of the turn; read by the driving thread when the run is over.
 */
final class Draws implements LoopRandom {
    /** One number, by who took it, and as which one, from 1. */
    record Draw(long task, int number) {}

    private final long seed;
    private final @Nullable Schedule schedule;
    private final Map<Draw, Long> fixed;

    private final Lane only = Lane.root("run"); // where no schedule says whose step it is
    private final List<Draw> taken = new ArrayList<>(); // of a run with a schedule

    Draws(long seed, @Nullable Schedule schedule, Map<Draw, Long> fixed) {
        this.seed = seed;
        this.schedule = schedule;
        this.fixed = fixed;
    }

    static Draws of(long seed) {
        return new Draws(seed, null, Map.of());
    }

    @Override
    public long nextLong() {
        Lane lane = schedule == null ? only : schedule.current();
        int number = ++lane.draws;
        long value = Lane.mix(Lane.mix(seed ^ lane.key) + number);
        if (schedule == null) {
            return value;
        }
        var draw = new Draw(lane.key, number);
        taken.add(draw);
        return Objects.requireNonNullElse(fixed.get(draw), value);
    }

    /** From 0; the number 0 gives 0. */
    int below(int bound) {
        return Math.floorMod(nextLong(), bound);
    }

    /** The number 0 gives false. */
    boolean flip(double probability) {
        return (nextLong() >>> 11) * 0x1p-53 >= 1 - probability;
    }

    long seed() {
        return seed;
    }

    Map<Draw, Long> fixed() {
        return fixed;
    }

    List<Draw> taken() {
        return taken;
    }
}
