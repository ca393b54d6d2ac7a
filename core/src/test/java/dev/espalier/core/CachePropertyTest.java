package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** A cache against a plain model, under random interleavings, cancellations, failures, writes and invalidations. */
class CachePropertyTest {
    private static final int KEYS = 2;

    private static void explore(long seed, boolean handoff, VoidBodyWith<SplittableRandom, RuntimeException> body) {
        var loops = new LoopFixture(handoff ? LoopOptions.Engine.HANDOFF : LoopOptions.Engine.CARRIER);
        var random = new SplittableRandom(seed);
        try (EventLoop loop = loops.open(loops.options().withOrder(ready -> random.nextInt(ready.size())))) {
            loop.run(() -> body.run(random));
            assertThat(loop.statistics().timers()).isZero();
        }
        // S26: of a load that failed in the tick in which the last of those who waited was cancelled.
        assertThat(loops.takeReports()).allSatisfy(report -> assertThat(report.exception()).isInstanceOf(IOException.class));
        loops.assertNothingLeft();
    }

    @Property(tries = 200)
    void everyWaiterGetsWhatTheModelSaysAndNoLoadOutlivesItsWaiters(@ForAll long seed, @ForAll boolean handoff) {
        explore(seed, handoff, random -> TaskGroup.run(group -> {
            var model = new Model(group, random);
            TaskGroup.run(tasks -> {
                var readers = new ArrayList<Task<?>>();
                for (int i = 0; i < 8; i++) {
                    readers.add(tasks.start(model::read));
                }
                for (int i = 0; i < 20; i++) {
                    model.disturb(readers);
                    Async.checkpoint();
                }
            });
            Waits.settle();
            model.assertQuiet();
        }));
    }

    /**
     * What may be kept, by the rules: the last value that was put, or that was loaded by a load which no write overtook. A
     * load is asked for a tick or two before it begins here, so where a write came just then both values are possible.
     */
    private static final class Model {
        private final SplittableRandom random;
        private final SingleFlightCache<Integer, Integer> cache;
        private final Map<Integer, Set<Optional<Integer>>> possible = new HashMap<>();

        /** For each key how often it was put or invalidated: a load that began before the last time is not kept. */
        private final int[] writes = new int[KEYS];
        private final long[] lastWrite = new long[KEYS]; // in ticks

        private final Map<Task<?>, Integer> running = new HashMap<>(); // loads and their keys
        private int versions;

        private Model(TaskGroup group, SplittableRandom random) {
            this.random = random;
            this.cache = SingleFlightCache.open(group, CacheLimits.ofSize(10), this::load);
        }

        /** Its value says which key it belongs to, and no two are alike. */
        private int newValue(int key) {
            return ++versions * KEYS + key;
        }

        private int load(int key) throws IOException {
            int before = writes[key];
            boolean certain = ticks() - lastWrite[key] > 3;
            // One that nobody waits for is cancelled, and may not have had its turn to unwind.
            assertThat(running.entrySet().stream()
                    .filter(load -> load.getValue() == key && !load.getKey().isEffective()).count())
                    .as("loads of one key at a time, those apart that a write overtook")
                    .isLessThanOrEqualTo(before);
            running.put(Task.running(), key);
            try {
                pauses();
            } finally {
                running.remove(Task.running());
            }
            if (random.nextInt(4) == 0) {
                throw new IOException("of key " + key);
            }
            int value = newValue(key);
            if (writes[key] == before && !Task.running().isEffective()) { // cancelled: its last waiter has left
                Optional<Integer> loaded = Optional.of(value);
                if (certain) {
                    possible.put(key, Set.of(loaded));
                } else {
                    var either = new HashSet<>(possible(key));
                    either.add(loaded);
                    possible.put(key, either);
                }
            }
            return value;
        }

        private void read() {
            for (int i = 0; i < 6; i++) {
                int key = random.nextInt(KEYS);
                try {
                    assertThat(cache.get(key, IOException.class) % KEYS).as("of the right key").isEqualTo(key);
                } catch (IOException e) {
                    assertThat(e).hasMessage("of key " + key);
                }
                pauses();
            }
        }

        private void disturb(List<Task<?>> readers) {
            int key = random.nextInt(KEYS);
            switch (random.nextInt(5)) {
                case 0 -> readers.get(random.nextInt(readers.size())).cancel("at a random moment");
                case 1 -> {
                    int value = newValue(key);
                    wrote(key, Optional.of(value));
                    cache.put(key, value);
                }
                case 2 -> {
                    wrote(key, Optional.empty());
                    cache.invalidate(key);
                }
                default -> assertThat(possible(key)).contains(cache.tryGet(key));
            }
        }

        private void wrote(int key, Optional<Integer> value) {
            writes[key]++;
            lastWrite[key] = ticks();
            possible.put(key, Set.of(value));
        }

        private Set<Optional<Integer>> possible(int key) {
            return possible.getOrDefault(key, Set.of(Optional.empty()));
        }

        private static long ticks() {
            return EventLoop.current().statistics().ticks();
        }

        private void pauses() {
            for (int i = random.nextInt(5); i > 0; i--) {
                Async.checkpoint();
            }
        }

        private void assertQuiet() {
            assertThat(running).as("loads that nobody waits for").isEmpty();
            assertThat(cache.statistics().loading()).isZero();
            for (int key = 0; key < KEYS; key++) {
                assertThat(possible(key)).contains(cache.tryGet(key));
            }
        }
    }
}
