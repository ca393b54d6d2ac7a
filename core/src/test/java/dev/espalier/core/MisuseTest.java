package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Bad use gets an immediate error that says who, what and the way out. */
class MisuseTest {

    @Test
    void awaitingOutsideATaskIsAnErrorThatNamesTheThreadAndTheWayIn() {
        List<VoidBody<?>> awaits = List.of(
                Async::checkpoint,
                Async::sleepForever,
                () -> Async.sleep(seconds(1)),
                () -> Async.timeout(seconds(1), () -> 1),
                () -> Async.moveOnAfter(seconds(1), () -> 1),
                () -> Async.shield(seconds(1), () -> 1),
                () -> Async.offload(() -> 1),
                () -> Async.gather(() -> 1, () -> 2),
                () -> TaskGroup.run(_ -> {}),
                TaskGroup::open,
                () -> CancelScope.run(_ -> {}),
                CancelScope::current,
                () -> Channel.open(1),
                () -> AsyncSemaphore.of(1),
                Mutex::create,
                ReadWriteMutex::create,
                () -> CapacityLimiter.of(1),
                Event::create,
                Notify::create,
                () -> Latch.of(1),
                () -> Barrier.of(1),
                () -> ResourceGuard.of("busy"),
                Once::create,
                () -> AtomicCell.of(1),
                ParkingLot::create,
                Promise::create,
                () -> Deadline.after(seconds(1)));
        for (VoidBody<?> await : awaits) {
            assertThatThrownBy(await::run).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(Thread.currentThread().getName())
                    .hasMessageContaining("Async.run");
        }
    }

    @BothEngines
    void awaitingInACallbackIsAnErrorThatShowsTheWayOut(LoopFixture loops) {
        loops.run(() -> {
            var thrown = new ArrayList<Throwable>();
            var semaphore = AsyncSemaphore.of(0);
            EventLoop.current().callSoon(() -> {
                for (VoidBody<?> await : List.<VoidBody<?>>of(Async::checkpoint, semaphore::acquire, TaskGroup::open)) {
                    assertThatThrownBy(await::run).satisfies(thrown::add);
                }
            });
            settle();
            assertThat(thrown).hasSize(3).allSatisfy(e -> assertThat(e).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("EventLoop.submit"));
        });
    }

    @BothEngines
    void aTaskThatJoinsItselfOrATaskAroundItIsToldSo(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<?> main = Task.current();
            assertThatThrownBy(main::join).isInstanceOf(IllegalStateException.class).hasMessageContaining("itself");
            assertThatThrownBy(main::await).isInstanceOf(IllegalStateException.class);
            Task<Void> child = group.start("child", () -> {
                assertThatThrownBy(main::join).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("child").hasMessageContaining("main");
                TaskGroup.run(inner -> inner.start("grandchild", () -> assertThatThrownBy(
                        () -> main.cancelAndJoin("why not")).isInstanceOf(IllegalStateException.class)));
            });
            child.join();
        }));
    }

    @BothEngines
    void anObjectOfARunningLoopTouchedByAForeignThreadIsToldSo(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> channel = Channel.open(1);
            var semaphore = AsyncSemaphore.of(1);
            Promise<String> promise = Promise.create();
            EventLoop loop = EventLoop.current();
            TaskGroup.run(group -> {
                var thrown = new ArrayList<Throwable>();
                List<VoidBody<?>> touches = List.of(
                        () -> channel.sender().trySend("x"),
                        () -> channel.receiver().tryReceive(),
                        () -> channel.sender().close(),
                        semaphore::release,
                        semaphore::tryAcquire,
                        () -> promise.succeed("x"),
                        () -> group.start(() -> {}),
                        group::children,
                        () -> loop.callSoon(() -> {}),
                        () -> loop.callLater(seconds(1), () -> {}));
                Waits.join(Thread.ofPlatform().name("stranger").start(() -> {
                    for (VoidBody<?> touch : touches) {
                        assertThatThrownBy(touch::run).satisfies(thrown::add);
                    }
                }));
                assertThat(thrown).hasSameSizeAs(touches).allSatisfy(e -> assertThat(e)
                        .isInstanceOf(ForeignLoopException.class)
                        .hasMessageContaining("stranger").hasMessageContaining(loop.name()));
            });
            assertThat(semaphore.available()).isEqualTo(1);
            assertThat(channel.receiver().tryReceive()).isEmpty();
        });
    }

    @BothEngines
    void bothLoopsAreNamedWhileBothRun(LoopFixture loops) throws Exception {
        try (EventLoop mine = loops.open(loops.realTime().withName("mine"));
                EventLoop theirs = loops.open(loops.realTime().withName("theirs"))) {
            mine.run(() -> {
                Promise<String> promise = Promise.create("a promise of mine");
                Async.offload(() -> theirs.run(() -> {
                    assertThatThrownBy(promise::await)
                            .isInstanceOf(ForeignLoopException.class)
                            .hasMessageContainingAll("belongs to " + mine.name(), "task 'main' runs on " + theirs.name());
                    assertThatThrownBy(() -> promise.succeed("x"))
                            .isInstanceOf(ForeignLoopException.class)
                            .hasMessageContainingAll("belongs to " + mine.name(), "by task 'main' of " + theirs.name());
                    var inCallback = new ArrayList<Throwable>();
                    theirs.callSoon(() -> inCallback.add(catchThrowable(() -> promise.succeed("x"))));
                    Async.checkpoint();
                    assertThat(inCallback).singleElement().asString().contains("by a callback of " + theirs.name());
                }));
            });
            assertThat(mine.name()).matches("loop-\\d+ \\(mine\\)");
        }
    }

    @BothEngines
    void aTaskOfAnotherLoopCannotBeAwaited(LoopFixture loops) throws Exception {
        var theirs = new AtomicReference<Task<?>>();
        var theirPromise = new AtomicReference<Promise<String>>();
        try (EventLoop other = loops.open(loops.options())) {
            other.submit(() -> {
                theirs.set(Task.current());
                theirPromise.set(Promise.create());
                sleepForever();
            });
            other.runOnce(seconds(0));
            other.runOnce(seconds(0));
            loops.runInRealTime(() -> {
                assertThatThrownBy(() -> theirs.get().join()).isInstanceOf(ForeignLoopException.class)
                        .hasMessageContaining(other.name()).hasMessageContaining("EventLoop.submit");
                assertThatThrownBy(() -> theirPromise.get().await()).isInstanceOf(ForeignLoopException.class);
            });
        }
    }

    @BothEngines
    void aScopeLeftOutOfOrderIsAnErrorAndTheTaskEndsCleanly(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> group.start(() -> CancelScope.run(_ -> {
            TaskGroup leaked = TaskGroup.open();
            leaked.start(Async::sleepForever);
            checkpoint();
        })))).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.leaves()).singleElement()
                .satisfies(leaf -> assertThat(leaf).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("reverse order"))));
    }

    @BothEngines
    void aGroupIsLeftOnlyByItsOwnerAndOnlyOnce(LoopFixture loops) {
        loops.run(() -> {
            TaskGroup group = TaskGroup.open();
            group.start(() -> assertThatThrownBy(group::join).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the task that opened it"));
            group.join();
            assertThatThrownBy(group::join).isInstanceOf(IllegalStateException.class).hasMessageContaining("left before");
            group.close();
            assertThatThrownBy(() -> group.start(() -> {})).isInstanceOf(IllegalStateException.class);
        });
    }

    @BothEngines
    void badNumbersAreRefusedWithTheNumberSeen(LoopFixture loops) {
        loops.run(() -> {
            var semaphore = AsyncSemaphore.of(1);
            List<VoidBody<?>> bad = List.of(
                    () -> Channel.open(-7),
                    () -> AsyncSemaphore.of(-7),
                    () -> semaphore.acquire(-7),
                    () -> semaphore.release(-7));
            for (VoidBody<?> body : bad) {
                assertThatThrownBy(body::run).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-7");
            }
            assertThatThrownBy(() -> semaphore.acquire(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> {
                semaphore.release(Integer.MAX_VALUE);
            }).isInstanceOf(IllegalStateException.class);
            assertThat(semaphore.available()).isEqualTo(1);
        });
    }

    @BothEngines
    void noScopeIsCurrentInATaskThatOpenedNone(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(CancelScope::current).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("main"));
    }
}
