package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.millis;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.ReadyOrder;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The order of a program is the same on both engines, by construction: the step is one method. */
class SameOrderTest {
    private static final int ROUNDS = 700;

    @Test
    void bothEnginesRunALongMixedProgramInTheSameOrder() {
        Set<Trace> different = new HashSet<>();
        for (long seed : new long[] {0, 1, 2}) {
            Trace carrier = trace(LoopOptions.Engine.CARRIER, seed);
            Trace handoff = trace(LoopOptions.Engine.HANDOFF, seed);
            assertThat(carrier.steps).as("steps of the program").isGreaterThanOrEqualTo(10_000);
            assertThat(handoff).as("order with seed " + seed).isEqualTo(carrier);
            different.add(carrier);
        }
        assertThat(different).as("FIFO and two seeds give three orders").hasSize(3);
    }

    @Test
    void theSameSeedGivesTheSameOrderAgain() {
        assertThat(trace(LoopOptions.Engine.CARRIER, 7)).isEqualTo(trace(LoopOptions.Engine.CARRIER, 7));
    }

    /** The order of all steps as a hash, with their number and the virtual time that passed. */
    private record Trace(long hash, int steps, long nanos) {}

    private static Trace trace(LoopOptions.Engine engine, long seed) {
        var loops = new LoopFixture(engine);
        var random = new SplittableRandom(seed);
        ReadyOrder order = seed == 0 ? ReadyOrder.FIFO : ready -> random.nextInt(ready.size());
        var program = new Program();
        long start = loops.time.nanoTime();
        try (EventLoop loop = loops.open(loops.options().withOrder(order))) {
            loop.run(program::run);
        }
        loops.assertNothingLeft();
        return new Trace(program.hash, program.steps, loops.time.nanoTime() - start);
    }

    /** Yields, values through a channel, permits, spawn and await, timeouts that fire and that do not. By the turn's holder. */
    private static final class Program {
        private long hash;
        private int steps;

        private void step(int who) {
            hash = hash * 31 + who;
            steps++;
        }

        private void run() {
            Channel<Integer> channel = Channel.open(3);
            AsyncSemaphore semaphore = AsyncSemaphore.of(2);
            TaskGroup.run(group -> {
                group.start(() -> yielding(1));
                group.start(() -> yielding(2));
                group.start(() -> sending(channel.sender()));
                group.start(() -> receiving(channel.receiver()));
                for (int i = 0; i < 4; i++) {
                    int who = 10 + i;
                    group.start(() -> locking(semaphore, who));
                }
                group.start(() -> spawning());
                group.start(() -> timing());
                group.start(() -> callingBack());
            });
        }

        private void yielding(int who) {
            for (int i = 0; i < 2 * ROUNDS; i++) {
                step(who);
                checkpoint();
            }
        }

        private void sending(Sender<Integer> sender) {
            for (int i = 0; i < 2 * ROUNDS; i++) {
                sender.send(i);
                step(3);
            }
            sender.close();
        }

        private void receiving(Receiver<Integer> receiver) {
            for (int value : receiver) {
                step(100 + value);
            }
        }

        private void locking(AsyncSemaphore semaphore, int who) {
            for (int i = 0; i < ROUNDS; i++) {
                semaphore.withPermit(() -> {
                    step(who);
                    checkpoint();
                    step(who + 100);
                });
            }
        }

        private void spawning() {
            for (int i = 0; i < ROUNDS; i++) {
                int value = i;
                step(TaskGroup.call(group -> {
                    Task<Integer> child = group.start(() -> {
                        step(5);
                        if (value % 3 == 0) {
                            checkpoint();
                        }
                        return value;
                    });
                    group.start(() -> step(6));
                    return child.await();
                }));
            }
        }

        private void timing() {
            for (int i = 0; i < ROUNDS; i++) {
                int delay = i % 7;
                boolean ended = moveOnAfter(millis(3), () -> sleep(millis(delay)));
                step(ended ? 7 : 8);
            }
        }

        private void callingBack() {
            for (int i = 0; i < ROUNDS; i++) {
                EventLoop.current().callSoon(() -> step(9));
                EventLoop.current().callLater(millis(i % 5), () -> step(90));
                sleep(millis(1));
            }
        }
    }
}
