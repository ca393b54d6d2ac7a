package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;

/** Depth of stacks, and what an overflow may do: at worst it fails the loop loudly. */
class StackTest {

    @BothEngines
    void theStackSizeOfTheLoopBoundsTheDepthOfTasksOnTheCarrierEngine(LoopFixture loops) {
        int small = depthWithStack(loops, 512 << 10);
        int large = depthWithStack(loops, 64 << 20);
        if (loops.engine == LoopOptions.Engine.CARRIER) {
            assertThat(large).isGreaterThan(8 * small);
        } else {
            assertThat(large).as("the JDK's scheduler has its own stacks").isPositive();
        }
    }

    private static int depthWithStack(LoopFixture loops, long bytes) {
        int[] depth = {0};
        try (EventLoop loop = loops.open(withStackSize(loops.options(), bytes))) {
            loop.run(() -> {
                try {
                    dive(depth);
                } catch (StackOverflowError e) {
                    assertThat(depth[0]).isPositive();
                }
                checkpoint();
            });
        }
        return depth[0];
    }

    private static void dive(int[] depth) {
        depth[0]++;
        dive(depth);
    }

    @BothEngines
    void aStackOverflowBetweenAwaitsIsAnOrdinaryFailureOfItsTask(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> TaskGroup.run(group -> group.start(() -> dive(new int[1]))))
                    .isInstanceOf(StackOverflowError.class);
            checkpoint();
        });
    }

    private static LoopOptions withStackSize(LoopOptions from, long bytes) {
        return from.withStackSize(bytes);
    }

    /** At the very edge of a stack the JDK's own park can be torn; with room below it, every await must be right. */
    @BothEngines
    void anOverflowCaughtDeepInARecursionLeavesTheAwaitsThereIntact(LoopFixture loops) {
        List<VoidBody<RuntimeException>> awaits = List.of(
                Async::checkpoint,
                () -> sleep(millis(1)),
                () -> Async.timeout(seconds(3600), Async::checkpoint),
                () -> TaskGroup.run(group -> group.start(Async::checkpoint)),
                () -> AsyncSemaphore.of(1).withPermit(Async::checkpoint));
        for (VoidBody<RuntimeException> await : awaits) {
            loops.run(() -> {
                TaskGroup.run(group -> {
                    group.start(Waits::settle);
                    var dive = new Dive(await);
                    dive.deeper(0);
                    assertThat(dive.awaited).isTrue();
                });
                long start = EventLoop.current().now();
                sleep(seconds(7)); // whoever is in a queue twice wakes early here
                assertThat(loops.since(start)).isEqualTo(seconds(7));
            });
        }
    }

    /** Dives to the end of the stack, comes back most of the way, and awaits there. */
    private static final class Dive {
        /**
         * Suspending copies the frames into one object, by a recursion of the JVM's own. So it needs stack in proportion to its
         * depth, and a stack beyond half a region of the collector cannot be suspended at all.
         */
        private static final int SHALLOW = 200;

        private final VoidBody<RuntimeException> await;
        private boolean awaited;

        private Dive(VoidBody<RuntimeException> await) {
            this.await = await;
        }

        private void deeper(int depth) {
            try {
                deeper(depth + 1);
            } catch (StackOverflowError e) {
                if (depth > SHALLOW) {
                    throw e;
                }
                await.run();
                awaited = true;
            }
        }
    }
}
