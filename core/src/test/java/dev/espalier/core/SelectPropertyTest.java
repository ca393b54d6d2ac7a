package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Waits.millis;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * S41 under random interleavings and cancellations, against plain lists of what was sent, received, acquired and
 * released.
 */
class SelectPropertyTest {
    private static final int TRIES = 200;

    /** Channels and a semaphore, tasks that select over random ones of them, and what these tasks say they did. */
    private static final class World {
        private final SplittableRandom random;
        private final List<Channel<Integer>> channels = new ArrayList<>();
        private final AsyncSemaphore semaphore = AsyncSemaphore.of(2);
        private final Mutex mutex = Mutex.create();
        private final List<Integer> sent = new ArrayList<>();
        private final List<Integer> received = new ArrayList<>();
        private int held;
        private int next;

        private World(SplittableRandom random, int count) {
            this.random = random;
            for (int i = 0; i < count; i++) {
                channels.add(Channel.open(random.nextInt(3)));
            }
        }

        /** One select; what it chose is done exactly once, and nothing else. */
        private void selectOnce() {
            var clauses = new ArrayList<Clause<Runnable>>();
            for (Channel<Integer> channel : channels) {
                boolean foreign = random.nextInt(4) == 0;
                if (random.nextBoolean()) {
                    Receiver<Integer> ours = channel.receiver();
                    Receiver<Integer> receiver = foreign ? new ForeignReceiver<>(ours) : ours;
                    clauses.add(Clause.receive(receiver, value -> () -> received.add(value)));
                }
                if (!foreign && random.nextInt(3) == 0) { // through a wrapper it would see its own sending as ready
                    int value = ++next;
                    clauses.add(Clause.send(channel.sender(), value, () -> () -> sent.add(value)));
                }
            }
            if (random.nextInt(3) == 0) {
                clauses.add(Clause.acquire(semaphore, () -> () -> held++));
            }
            if (random.nextInt(4) == 0 && !mutex.isHeldByCurrentTask()) {
                clauses.add(Clause.lock(mutex, () -> () -> assertThat(mutex.isHeldByCurrentTask()).isTrue()));
            }
            clauses.add(random.nextInt(4) == 0
                    ? Clause.otherwise(() -> () -> {})
                    : Clause.after(millis(1 + random.nextInt(3)), () -> () -> {}));
            Collections.shuffle(clauses, new java.util.Random(random.nextLong()));
            @SuppressWarnings("unchecked") // an array of clauses of one type
            Clause<Runnable>[] array = clauses.toArray(Clause[]::new);
            Async.<Runnable>select(array).run(); // no await between the choice and what is noted of it
        }

        private void act() {
            try {
                actSometimes();
            } finally {
                unlock();
            }
        }

        private void unlock() {
            if (mutex.isHeldByCurrentTask()) {
                mutex.unlock();
            }
        }

        private void actSometimes() {
            for (int i = 0; i < 15; i++) {
                if (random.nextBoolean()) {
                    unlock();
                }
                int what = random.nextInt(10);
                Channel<Integer> channel = channels.get(random.nextInt(channels.size()));
                if (what < 6) {
                    selectOnce();
                } else if (what == 6) {
                    int value = ++next;
                    if (channel.sender().trySend(value)) {
                        sent.add(value);
                    }
                } else if (what == 7) {
                    channel.receiver().tryReceive().ifPresent(received::add);
                } else if (held > 0) {
                    held--;
                    semaphore.release();
                }
                checkpoint();
            }
        }

        private void assertNothingLostOrDoubled() {
            for (Channel<Integer> channel : channels) {
                assertThat(channel.toString()).doesNotContain("wait");
                Receiver<Integer> receiver = channel.receiver();
                for (var left = receiver.tryReceive(); left.isPresent(); left = receiver.tryReceive()) {
                    received.add(left.get());
                }
            }
            assertThat(received).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(sent);
            assertThat(semaphore.available() + held).isEqualTo(2);
            assertThat(mutex.isLocked()).isFalse();
        }
    }

    @Property(tries = TRIES)
    void s41NoValueAndNoPermitIsLostOrDoubled(
            @ForAll long seed,
            @ForAll boolean handoff,
            @ForAll @IntRange(min = 1, max = 4) int channels,
            @ForAll @IntRange(min = 1, max = 6) int tasks) {
        var loops = new LoopFixture(handoff ? LoopOptions.Engine.HANDOFF : LoopOptions.Engine.CARRIER);
        var random = new SplittableRandom(seed);
        var drawn = new SplittableRandom(~seed);
        LoopOptions options =
                loops.options().withOrder(ready -> random.nextInt(ready.size())).withRandom(drawn::nextLong);
        try (EventLoop loop = loops.open(options)) {
            loop.run(() -> {
                var world = new World(random, channels);
                TaskGroup.run(group -> {
                    var victims = new ArrayList<Task<?>>();
                    for (int i = 0; i < tasks; i++) {
                        victims.add(group.start(world::act));
                    }
                    for (int i = random.nextInt(40); i > 0; i--) {
                        checkpoint();
                    }
                    victims.get(random.nextInt(tasks)).cancel("at a random moment");
                });
                world.assertNothingLostOrDoubled();
            });
            assertThat(loop.statistics().timers()).isZero();
        }
        loops.assertNothingLeft();
    }

    @Property(tries = 100)
    void everyReadyClauseIsChosenNowAndThen(@ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int count) {
        var loops = new LoopFixture(LoopOptions.Engine.CARRIER);
        var drawn = new SplittableRandom(seed);
        try (EventLoop loop = loops.open(loops.options().withRandom(drawn::nextLong))) {
            loop.run(() -> {
                var semaphores = new ArrayList<AsyncSemaphore>();
                var clauses = new ArrayList<Clause<Integer>>();
                for (int i = 0; i < count; i++) {
                    int index = i;
                    semaphores.add(AsyncSemaphore.of(1000));
                    clauses.add(Clause.acquire(semaphores.get(i), () -> index));
                }
                @SuppressWarnings("unchecked") // an array of clauses of one type
                Clause<Integer>[] array = clauses.toArray(Clause[]::new);
                for (int i = 0; i < 200 * count; i++) {
                    Async.<Integer>select(array);
                }
                assertThat(semaphores).allSatisfy(it -> assertThat(1000 - it.available()).isBetween(100, 320));
                int before = semaphores.get(0).available();
                Async.<Integer>selectInOrder(array);
                assertThat(semaphores.get(0).available()).isEqualTo(before - 1);
            });
        }
        loops.assertNothingLeft();
    }

    @Property(tries = 100)
    void completionsComeInTheOrderOfTheEndsAlsoAfterCancelledWaits(
            @ForAll long seed, @ForAll boolean handoff, @ForAll @IntRange(min = 1, max = 12) int count) {
        var loops = new LoopFixture(handoff ? LoopOptions.Engine.HANDOFF : LoopOptions.Engine.CARRIER);
        var random = new SplittableRandom(seed);
        loops.run(() -> TaskGroup.run(group -> {
            var ended = new ArrayList<Promise<Integer>>();
            List<Promise<Integer>> all = Stream.generate(Promise::<Integer>create).limit(count).toList();
            group.start(() -> {
                var left = new ArrayList<>(all);
                Collections.shuffle(left, new java.util.Random(seed));
                for (Promise<Integer> promise : left) {
                    Async.sleep(millis(random.nextInt(3)));
                    promise.succeed(1);
                    ended.add(promise);
                }
            });
            var seen = new ArrayList<Promise<Integer>>();
            Iterator<Promise<Integer>> ends = Async.asCompleted(all).iterator();
            while (ends.hasNext()) {
                Async.moveOnAfter(millis(random.nextInt(3)), () -> {
                    seen.add(ends.next());
                });
            }
            assertThat(seen).containsExactlyElementsOf(ended);
        }));
        loops.assertNothingLeft();
    }
}
