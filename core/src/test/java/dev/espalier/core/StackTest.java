package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

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
        return new LoopOptions(from.engine(), from.clock(), from.random(), from.order(), from.driver(), from.errorSink(),
                from.shutdownTimeout(), from.offloadThreads(), bytes, from.spawnTraces(), from.interrupts());
    }

    @Test
    void aStackOverflowInsideACheckpointNeverHangs() {
        assertEndsRightOrLoudly(Async::checkpoint);
    }

    @Test
    void aStackOverflowInsideASleepNeverHangs() {
        assertEndsRightOrLoudly(() -> sleep(millis(1)));
    }

    @Test
    void aStackOverflowInsideATimeoutNeverHangs() {
        assertEndsRightOrLoudly(() -> Async.timeout(seconds(3600), Async::checkpoint));
    }

    @Test
    void aStackOverflowInsideAGroupNeverHangs() {
        assertEndsRightOrLoudly(() -> TaskGroup.run(group -> group.start(Async::checkpoint)));
    }

    @Test
    void aStackOverflowInsideASemaphoreNeverHangs() {
        assertEndsRightOrLoudly(() -> AsyncSemaphore.of(1).withPermit(Async::checkpoint));
    }

    /**
     * On the carrier engine: a thread of the JDK's own scheduler is lost when its stack ends inside the JDK's park.
     *
     * <p>Awaits at the very end of the stack, then with one frame more room, and so on until an await has room enough.
     */
    private static void assertEndsRightOrLoudly(VoidBody<RuntimeException> await) {
        var loops = new LoopFixture(LoopOptions.Engine.CARRIER);
        for (int round = 0; round < 5; round++) {
            EventLoop loop = loops.open(withStackSize(loops.options().withShutdownTimeout(seconds(1)), 1 << 20));
            try {
                loop.run(() -> {
                    TaskGroup.run(group -> {
                        group.start(Waits::settle);
                        diveAndAwait(await);
                    });
                    long start = loop.now();
                    sleep(seconds(7)); // whoever is in a queue twice wakes early here
                    assertThat(loops.since(start)).isEqualTo(seconds(7));
                    assertThat(loop.statistics().timers()).isZero();
                });
                loop.close();
            } catch (StackOverflowError | IllegalStateException | GroupException | AssertionError e) {
                assertThat(e).satisfiesAnyOf(
                        it -> assertThat(it).hasStackTraceContaining("StackOverflowError"),
                        it -> assertThat(it).hasStackTraceContaining("broke down"),
                        it -> assertThat(it).hasMessage("set twice"), // invariants of the library, by assert
                        it -> assertThat(it).hasMessage("woken twice"));
                assertThatCloseEnds(loop);
            }
            loops.takeReports();
        }
    }

    private static void assertThatCloseEnds(EventLoop loop) {
        try {
            loop.close();
        } catch (IllegalStateException e) {
            assertThat(e).as("a loop that broke down says so again").hasStackTraceContaining("broke down");
        }
    }

    private static void diveAndAwait(VoidBody<RuntimeException> await) {
        try {
            diveAndAwait(await);
        } catch (StackOverflowError e) {
            await.run();
        }
    }
}
