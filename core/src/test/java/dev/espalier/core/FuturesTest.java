package dev.espalier.core;

import static dev.espalier.core.Async.await;
import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** Promises, tasks and futures of the JDK, in both directions. */
class FuturesTest {

    // ---- Promise

    @BothEngines
    void aPromiseEndsOnceAndWakesAllItsWaitersInOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Promise<String> promise = Promise.create("answer");
            var got = new ArrayList<String>();
            for (String who : new String[] {"a", "b", "c"}) {
                group.start(() -> {
                    got.add(who + promise.await());
                });
            }
            settle();
            assertThat(promise.state()).isInstanceOf(Awaitable.Pending.class);
            promise.succeed("!");
            assertThat(got).as("never on the stack of who ends it").isEmpty();
            settle();
            assertThat(got).containsExactly("a!", "b!", "c!");
            assertThat(promise.result()).isEqualTo("!");
            assertThat(promise.trySucceed("again")).isFalse();
            assertThat(promise.tryFail(new IOException())).isFalse();
            assertThat(promise.tryCancel("late")).isFalse();
            assertThatThrownBy(() -> promise.succeed("again")).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("answer").hasMessageContaining("trySucceed");
            assertThatThrownBy(() -> promise.fail(new IOException())).isInstanceOf(IllegalStateException.class);
        }));
    }

    @BothEngines
    void aFailedPromiseThrowsWrappedOrAsAskedFor(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> promise = Promise.create();
            var failure = new IOException("typed");
            promise.fail(failure);
            assertThatThrownBy(promise::await).isInstanceOf(TaskFailedException.class).hasCause(failure);
            assertThatThrownBy(promise::result).isInstanceOf(TaskFailedException.class).hasCause(failure);
            assertThatThrownBy(() -> promise.await(IOException.class)).isSameAs(failure);
            assertThatThrownBy(() -> promise.await(IllegalStateException.class))
                    .isInstanceOf(TaskFailedException.class);
            assertThat(promise.state()).isEqualTo(new Awaitable.Failed<>(failure));
        });
    }

    @BothEngines
    void aCancelledPromiseIsNotACancellationOfItsWaiter(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> promise = Promise.create();
            assertThat(promise.tryCancel("gone")).isTrue();
            assertThatThrownBy(promise::await).isInstanceOf(TaskCancelledException.class).hasMessageContaining("gone");
            assertThat(promise.toFuture()).isNotNull();
            checkpoint();
        });
    }

    @BothEngines
    void aPendingResultIsAnError(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> Promise.create("early").result())
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("early"));
    }

    // ---- to futures of the JDK

    @BothEngines
    void aFutureEndsAsItsAwaitableDoesAndOnlyLater(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> good = Promise.create();
            Promise<String> bad = Promise.create();
            Promise<String> gone = Promise.create();
            CompletableFuture<String> first = good.toFuture();
            CompletableFuture<String> second = bad.toFuture();
            CompletableFuture<String> third = gone.toFuture();
            good.succeed("value");
            bad.fail(new IOException("typed"));
            gone.tryCancel("gone");
            assertThat(first).as("completed by a callback").isNotDone();
            settle();
            assertThat(first).isCompletedWithValue("value");
            assertThatThrownBy(second::join).hasCauseInstanceOf(IOException.class);
            assertThat(third).isCancelled();
        });
    }

    @BothEngines
    void cancellingAFutureMadeOfATaskDoesNotTouchTheTask(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<String> task = group.start(() -> {
                sleep(seconds(1));
                return "value";
            });
            task.toFuture().cancel(true);
            assertThat(task.await()).isEqualTo("value");
        }));
    }

    // ---- from futures of the JDK

    @BothEngines
    void aFutureCompletedByAThreadIsAwaited(LoopFixture loops) {
        loops.time.expectForeignThreads();
        loops.run(() -> {
            var future = new CompletableFuture<String>();
            Thread.ofPlatform().start(() -> future.complete("from a thread"));
            assertThat(await(future)).isEqualTo("from a thread");
            CompletionStage<Integer> stage = CompletableFuture.supplyAsync(() -> 41).thenApply(i -> i + 1);
            assertThat(await(stage)).isEqualTo(42);
        });
    }

    @BothEngines
    void aFutureCompletedByATaskOfTheSameLoopIsAwaited(LoopFixture loops) {
        loops.time.expectForeignThreads();
        loops.run(() -> TaskGroup.run(group -> {
            var future = new CompletableFuture<String>();
            group.start(() -> {
                checkpoint();
                future.complete("from beside");
            });
            assertThat(await(future)).isEqualTo("from beside");
        }));
    }

    @BothEngines
    void aFailedFutureThrowsItsCauseWrappedOrAsAskedFor(LoopFixture loops) {
        loops.run(() -> {
            var failure = new IOException("typed");
            CompletableFuture<String> failed = CompletableFuture.failedFuture(failure);
            CompletionStage<Integer> dependent = failed.thenApply(String::length);
            assertThatThrownBy(() -> await(failed)).isInstanceOf(TaskFailedException.class).hasCause(failure);
            assertThatThrownBy(() -> await(dependent)).isInstanceOf(TaskFailedException.class).hasCause(failure);
            assertThatThrownBy(() -> await(dependent, IOException.class)).isSameAs(failure);
        });
    }

    @BothEngines
    void aTaskCancelledWhileAwaitingAFutureCancelsTheFuture(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var future = new CompletableFuture<String>();
            Task<Void> waiter = group.start(() -> {
                await(future);
            });
            settle();
            waiter.cancel("no longer wanted");
            waiter.join();
            assertThat(future).isCancelled();
            assertThat(waiter.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    @BothEngines
    void aCompletionAfterTheCancelIsIgnored(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var source = new CompletableFuture<String>();
            CompletionStage<String> stage = source.minimalCompletionStage(); // cannot be cancelled
            Task<Void> waiter = group.start(() -> {
                await(stage);
            });
            settle();
            waiter.cancel("first");
            source.complete("late");
            waiter.join();
            settle();
            assertThat(waiter.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    @BothEngines
    void aPlainFutureIsWaitedForByAnOffloadThread(LoopFixture loops) throws Exception {
        loops.runInRealTime(() -> {
            var good = new FutureTask<>(() -> "value");
            var bad = new FutureTask<String>(() -> {
                throw new IOException("typed");
            });
            Thread.ofPlatform().start(good);
            Thread.ofPlatform().start(bad);
            assertThat(await((Future<String>) good)).isEqualTo("value");
            assertThatThrownBy(() -> await((Future<String>) bad)).isInstanceOf(TaskFailedException.class)
                    .hasCauseInstanceOf(IOException.class);
            var gone = new FutureTask<>(() -> "never");
            gone.cancel(true);
            assertThatThrownBy(() -> await((Future<String>) gone)).isInstanceOf(TaskCancelledException.class);
        });
    }

    @BothEngines
    void aTaskCancelledWhileAwaitingAPlainFutureCancelsIt(LoopFixture loops) throws Exception {
        var interrupted = new CountDownLatch(1);
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            var began = new CompletableFuture<String>();
            var future = new FutureTask<String>(() -> {
                began.complete("");
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    interrupted.countDown();
                }
                return "never";
            });
            Thread.ofPlatform().start(future);
            Task<Void> waiter = group.start(() -> {
                await((Future<String>) future);
            });
            await(began);
            settle();
            waiter.cancel("no longer wanted");
            waiter.join();
            assertThat(future.isCancelled()).isTrue();
        }));
        interrupted.await();
    }

    @BothEngines
    void theFutureOfTheJdkKnowsNothingOfOurCancelledError(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<Void> child = group.start(Async::sleepForever);
            CompletableFuture<Void> future = child.toFuture();
            settle();
            child.cancel("x");
            child.join();
            settle();
            assertThatThrownBy(future::get).isInstanceOf(CancellationException.class)
                    .isNotInstanceOf(ExecutionException.class);
        }));
    }

    // ---- tasks

    @BothEngines
    void aTaskShowsWhatItWaitsForAndThenHowItEnded(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Promise<String> promise = Promise.create("the answer");
            Task<Void> child = group.start("asker", () -> {
                promise.await();
            });
            assertThat(child.toString()).contains("asker").contains("its turn");
            settle();
            assertThat(child.toString()).contains("waits for").contains("the answer");
            assertThat(Task.current().toString()).contains("it runs");
            promise.succeed("42");
            child.join();
            assertThat(child.toString()).contains("succeeded");
            assertThat(child.name()).isEqualTo("asker");
            assertThat(child.id()).isPositive();
        }));
    }

    @BothEngines
    void theTaskTreeCanBeRead(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withSpawnTraces(true))) {
            loop.run(() -> TaskGroup.run(group -> {
                group.start("sleeper", FuturesTest::aPlaceToSleep);
                settle();
                assertThat(group.children()).singleElement().satisfies(child -> {
                    assertThat(child.name()).isEqualTo("sleeper");
                    assertThat(child.parentId()).isEqualTo(Task.current().id());
                    assertThat(child.waitingFor()).contains("sleepForever");
                    assertThat(child.stack()).anyMatch(frame -> frame.getMethodName().equals("aPlaceToSleep"));
                    assertThat(child.startedAt()).anyMatch(
                            frame -> frame.getMethodName().contains("theTaskTreeCanBeRead"));
                });
                assertThat(loop.tasks()).extracting(task -> task.name()).containsExactly("main", "sleeper");
                group.cancel("seen");
            }));
        }
    }

    private static void aPlaceToSleep() {
        sleepForever();
    }

    @BothEngines
    void cancelAndJoinReturnsWhenTheTaskHasEnded(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var ended = new ArrayList<String>();
            Task<Void> child = group.start(() -> {
                try {
                    sleepForever();
                } finally {
                    Async.shield(seconds(5), () -> sleep(seconds(1)));
                    ended.add("ended");
                }
            });
            settle();
            child.cancelAndJoin("now");
            assertThat(ended).containsExactly("ended");
        }));
    }

    @BothEngines
    void joinDoesNotThrowTheFailureOfTheTask(LoopFixture loops) {
        loops.run(() -> {
            var group = TaskGroup.open();
            Task<Void> child = group.start(() -> Async.shield(seconds(1), () -> {
                throw new IOException("kept for the group");
            }));
            CancelScope.run(_ -> assertThatThrownBy(child::join).isInstanceOf(CancelledError.class));
            assertThatThrownBy(group::join).isInstanceOf(GroupException.class);
            group.close();
        });
    }
}
