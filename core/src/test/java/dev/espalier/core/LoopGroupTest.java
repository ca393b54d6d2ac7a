package dev.espalier.core;

import static dev.espalier.core.Async.await;
import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several loops at once, in real time. */
class LoopGroupTest {

    private static LoopGroup open(int size, LoopOptions.Engine engine) {
        return LoopGroup.open(size, LoopOptions.defaults().withEngine(engine).withShutdownTimeout(Duration.ofSeconds(5)));
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void loopsRunAtTheSameTime(LoopOptions.Engine engine) throws Exception {
        try (var loops = open(2, engine)) {
            var meeting = new CyclicBarrier(2); // each blocks its loop until the other is there
            List<CompletableFuture<Integer>> met = loops.loops().stream()
                    .map(loop -> loop.submit(() -> meeting.await(30, TimeUnit.SECONDS)))
                    .toList();
            Set<Integer> arrivals = new HashSet<>();
            for (CompletableFuture<Integer> one : met) {
                arrivals.add(one.get(30, TimeUnit.SECONDS));
            }
            assertThat(arrivals).containsExactlyInAnyOrder(0, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void workIsSpreadInTurn(LoopOptions.Engine engine) {
        try (var loops = open(3, engine)) {
            assertThat(loops.loops()).hasSize(3);
            List<String> names = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                names.add(loops.submit(() -> EventLoop.current().name()).join());
            }
            List<String> each = loops.loops().stream().map(EventLoop::name).toList();
            assertThat(names.subList(0, 3)).containsExactlyInAnyOrderElementsOf(each);
            assertThat(names.subList(3, 6)).isEqualTo(names.subList(0, 3));
        }
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void aTaskAwaitsTheWorkOfAnotherLoopAndItsFailure(LoopOptions.Engine engine) {
        try (var loops = open(2, engine)) {
            EventLoop other = loops.loops().get(1);
            String seen = loops.loops().get(0).submit(() -> {
                String value = await(other.submit(() -> "from " + EventLoop.current().name()));
                assertThatThrownBy(() -> await(other.submit(() -> {
                            throw new IllegalStateException("over there");
                        })))
                        .isInstanceOf(TaskFailedException.class)
                        .hasRootCauseMessage("over there");
                return value;
            }).join();
            assertThat(seen).isEqualTo("from " + other.name());
        }
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void cancellingTheOneWhoWaitsCancelsTheWorkOfTheOtherLoop(LoopOptions.Engine engine) throws Exception {
        try (var loops = open(2, engine)) {
            var started = new CountDownLatch(1);
            var cancelled = new CountDownLatch(1);
            CompletableFuture<Void> waiting = loops.loops().get(0).submit(() -> {
                await(loops.loops().get(1).submit(() -> {
                    started.countDown();
                    try {
                        sleepForever();
                    } finally {
                        cancelled.countDown();
                    }
                }));
            });
            assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
            waiting.cancel(false);
            assertThat(cancelled.await(30, TimeUnit.SECONDS)).as("the task over there was cancelled").isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void touchingAnObjectOfAnotherLoopIsAnError(LoopOptions.Engine engine) {
        try (var loops = open(2, engine)) {
            Promise<String> promise = loops.loops().get(0).submit(() -> Promise.<String>create()).join();
            loops.loops().get(1).submit(() -> {
                assertThatThrownBy(() -> promise.trySucceed("x")).isInstanceOf(ForeignLoopException.class);
                assertThatThrownBy(promise::await).isInstanceOf(ForeignLoopException.class)
                        .hasMessageContaining("EventLoop.submit");
            }).join();
        }
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void closingCancelsWhatIsLeftInAllLoopsAndRefusesMore(LoopOptions.Engine engine) throws Exception {
        var loops = open(2, engine);
        var running = new CountDownLatch(2);
        var ended = new CountDownLatch(2);
        for (EventLoop loop : loops.loops()) {
            loop.submit(() -> {
                running.countDown();
                try {
                    sleepForever();
                } finally {
                    ended.countDown();
                }
            });
        }
        assertThat(running.await(30, TimeUnit.SECONDS)).isTrue();
        loops.close();
        loops.close();
        assertThat(ended.getCount()).isZero();
        assertThat(LiveLoops.all()).doesNotContainAnyElementsOf(loops.loops());
        assertThatThrownBy(() -> loops.submit(() -> 1)).isInstanceOf(RejectedExecutionException.class);
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void aTaskCannotCloseItsGroup(LoopOptions.Engine engine) {
        try (var loops = open(1, engine)) {
            loops.submit(() -> assertThatThrownBy(loops::close).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("LoopGroup.close was called inside")).join();
        }
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void aGroupThatWasJustOpenedCanBeClosed(LoopOptions.Engine engine) {
        for (int i = 0; i < 20; i++) {
            open(2, engine).close();
        }
    }

    @ParameterizedTest
    @EnumSource(LoopOptions.Engine.class)
    void anInterruptDoesNotLeaveHalfOfAGroupOpen(LoopOptions.Engine engine) {
        var loops = open(2, engine);
        var flag = new AtomicBoolean();
        Thread closer = Thread.ofPlatform().start(() -> {
            Thread.currentThread().interrupt();
            loops.close();
            flag.set(Thread.currentThread().isInterrupted());
        });
        await().atMost(Duration.ofSeconds(30)).until(() -> !closer.isAlive());
        assertThat(loops.loops()).allMatch(EventLoop::isClosed);
        assertThat(flag).as("the flag is set again").isTrue();
    }
}
