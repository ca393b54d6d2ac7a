package dev.espalier.testing;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A task as every run of a test knows it: by who started it, under which name, and as which of those. The task's number would
 * not do, because it depends on the order in which tasks are started.
 *
 * <p>Written and read by the holder of the turn.
 */
final class Lane {
    final long key;
    final String name;
    private final @Nullable Lane starter;

    int steps; // begun
    int draws; // random numbers taken
    @Nullable String point; // the race point that the task has come to; null: none
    private @Nullable Map<String, Integer> children; // how many it has started, by name

    private Lane(long key, String name, @Nullable Lane starter) {
        this.key = key;
        this.name = name;
        this.starter = starter;
    }

    /** What has no task above it. */
    static Lane root(String name) {
        return new Lane(mix(name.hashCode()), name, null);
    }

    /** Another child; null: without a name of its own. */
    Lane child(@Nullable String given) {
        Map<String, Integer> counts = children == null ? new HashMap<>() : children;
        children = counts;
        int number = counts.merge(given == null ? "" : given, 1, Integer::sum);
        long childKey = mix(mix(key + (given == null ? 0 : given.hashCode())) + number);
        return new Lane(childKey, given == null ? name + "." + number : number == 1 ? given : given + "#" + number,
                this);
    }

    /** A name for each, that no other has where one word more can tell them apart. */
    static Map<Lane, String> names(Collection<Lane> lanes) {
        var count = new HashMap<String, Integer>();
        lanes.forEach(lane -> count.merge(lane.name, 1, Integer::sum));
        var names = new HashMap<Lane, String>();
        for (Lane lane : lanes) {
            Lane by = lane.starter;
            names.put(lane, by == null || count.getOrDefault(lane.name, 0) == 1 ? lane.name : lane.name + " of " + by.name);
        }
        return names;
    }

    /** Spreads the bits of a number: the finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
    static long mix(long bits) {
        long z = bits + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    @Override
    public String toString() {
        return name;
    }
}
