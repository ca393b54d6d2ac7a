package dev.espalier.core;

import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.eventually;
import static dev.espalier.core.Waits.millis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/** Threads that call into a loop. Real time: they are real threads. */
class PortalTest {

    private static void withPortal(LoopFixture loops, BodyWithGroup body) throws Exception {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            try (Portal portal = Portal.open(group)) {
                body.run(group, portal);
            }
        }));
    }

    @FunctionalInterface
    private interface BodyWithGroup {
        void run(TaskGroup group, Portal portal) throws Exception;
    }

    // ---- call

    @BothEngines
    void aThreadCallsABodyThatAwaitsAndGetsItsValue(LoopFixture loops) throws Exception {
        withPortal(loops, (_, portal) -> {
            String value = offload(() -> portal.call(() -> {
                sleep(millis(1));
                return "value of " + Task.current().name();
            }));
            assertThat(value).contains("call of thread").contains("offload");
        });
    }

    @BothEngines
    void whatTheBodyThrowsComesOutWithItsTypeAndTheGroupGoesOn(LoopFixture loops) throws Exception {
        withPortal(loops, (group, portal) -> {
            offload(() -> assertThatThrownBy(() -> portal.call(() -> {
                sleep(millis(1));
                throw new IOException("typed");
            })).isInstanceOf(IOException.class).hasMessage("typed"));
            assertThat(group.scope().isCancelled()).isFalse();
            assertThat(Async.<Integer, Exception>offload(() -> portal.call(() -> 7))).isEqualTo(7);
        });
    }

    @BothEngines
    void aCallOnAThreadOfALoopIsRefusedAsItWouldHoldTheLoop(LoopFixture loops) throws Exception {
        withPortal(loops, (_, portal) -> assertThatThrownBy(() -> portal.call(() -> 1))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("Portal.call")
                .hasMessageContaining("main"));
    }

    @BothEngines
    void callsOfOneThreadBeginInOrderAndAreChildrenOfTheGroup(LoopFixture loops) throws Exception {
        withPortal(loops, (group, portal) -> {
            var order = new ArrayList<Integer>();
            List<CompletableFuture<Void>> sent = offload(() -> IntStream.range(0, 100).mapToObj(i -> portal.start(() -> {
                order.add(i);
                sleep(millis(1));
            })).toList());
            eventually(() -> order.size() == 100);
            for (CompletableFuture<Void> future : sent) {
                Async.await(future);
            }
            assertThat(order).isEqualTo(IntStream.range(0, 100).boxed().toList());
            assertThat(group.children()).isEmpty();
        });
    }

    @BothEngines
    void aCallUsesWhatBelongsToTheLoopSoThreadsShareASemaphoreWithTasks(LoopFixture loops) throws Exception {
        var inside = new AtomicInteger();
        var most = new AtomicInteger();
        withPortal(loops, (group, portal) -> {
            AsyncSemaphore semaphore = AsyncSemaphore.of(1);
            VoidBody<RuntimeException> section = () -> semaphore.withPermit(() -> {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                sleep(millis(1));
                inside.decrementAndGet();
            });
            TaskGroup.run(users -> {
                for (int i = 0; i < 5; i++) {
                    users.start(section);
                    users.start(() -> offload(() -> portal.call(section)));
                }
            });
        });
        assertThat(most).hasValue(1);
    }

    @BothEngines
    void aCallTakesTheContextOfItsThreadAlong(LoopFixture loops) throws Exception {
        ContextVar<String> who = ContextVar.named("who");
        withPortal(loops, (_, portal) -> assertThat(Async.<String, RuntimeException>offload(
                () -> who.with("the caller", () -> portal.<String, RuntimeException>call(who::get)))).isEqualTo("the caller"));
    }

    // ---- cancellation

    @BothEngines
    void interruptingTheCallerCancelsTheBodyAndWaitsForIt(LoopFixture loops) throws Exception {
        withPortal(loops, (_, portal) -> {
            var order = new ArrayList<String>();
            var thrown = new AtomicReference<Throwable>();
            Promise<String> began = Promise.create();
            Thread caller = Thread.ofPlatform().unstarted(() -> {
                assertThatThrownBy(() -> portal.call(() -> {
                    try {
                        began.succeed("");
                        sleepForever();
                    } finally {
                        Async.shield(Waits.seconds(5), () -> sleep(millis(5)));
                        order.add("body ended");
                    }
                })).satisfies(thrown::set);
                order.add(Thread.currentThread().isInterrupted() ? "call threw, flag set" : "the flag is lost");
            });
            caller.start();
            began.await();
            caller.interrupt();
            offload(() -> caller.join());
            assertThat(order).containsExactly("body ended", "call threw, flag set");
            assertThat(thrown.get()).isInstanceOfSatisfying(CancelledError.class,
                    e -> assertThat(e.reason().kind()).isEqualTo(CancelReason.Kind.INTERRUPT));
        });
    }

    @BothEngines
    void anInterruptBeforeTheLoopHasTakenTheCallFreesTheCallerAtOnce(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.realTime())) {
            var ran = new ArrayList<String>();
            loop.submit(() -> TaskGroup.run(group -> {
                Portal portal = Portal.open(group);
                Thread caller = Thread.ofPlatform().start(() -> {
                    Thread.currentThread().interrupt();
                    assertThatThrownBy(() -> portal.call(() -> ran.add("never"))).isInstanceOf(CancelledError.class);
                });
                Waits.join(caller); // holds the loop: the call cannot begin
                Waits.settle();
                assertThat(ran).isEmpty();
            }));
            loop.run(() -> sleep(millis(1)));
        }
    }

    @BothEngines
    void cancellingTheTaskOfAnOffloadedBodyCancelsTheCallItMakes(LoopFixture loops) throws Exception {
        withPortal(loops, (group, portal) -> {
            Promise<String> began = Promise.create();
            var ended = new ArrayList<String>();
            Task<Void> offloading = group.start(() -> offload(() -> portal.call(() -> {
                try {
                    began.succeed("");
                    sleepForever();
                } finally {
                    ended.add("the call");
                }
            })));
            began.await();
            offloading.cancelAndJoin("no longer wanted");
            assertThat(ended).containsExactly("the call");
            assertThat(offloading.state()).isInstanceOf(Awaitable.Cancelled.class);
        });
    }

    @BothEngines
    void cancellingTheFutureCancelsTheBodyAndALaterFailureIsReported(LoopFixture loops) throws Exception {
        withPortal(loops, (_, portal) -> {
            Promise<String> began = Promise.create();
            Promise<String> ended = Promise.create();
            CompletableFuture<Void> future = portal.start(() -> {
                try {
                    began.succeed("");
                    sleepForever();
                } finally {
                    ended.succeed("");
                    failInCleanUp();
                }
            });
            began.await();
            future.cancel(true);
            ended.await();
            Waits.settle();
        });
        assertThat(loops.takeReports()).singleElement().satisfies(
                report -> assertThat(report.exception()).hasMessage("in the clean-up"));
    }

    private static void failInCleanUp() {
        throw new IllegalStateException("in the clean-up");
    }

    @BothEngines
    void aCallIsCancelledWithItsGroup(LoopFixture loops) throws Exception {
        var thrown = new AtomicReference<Throwable>();
        var caller = new AtomicReference<Thread>();
        withPortal(loops, (group, portal) -> {
            Promise<String> began = Promise.create();
            caller.set(Thread.ofPlatform().start(() -> assertThatThrownBy(() -> portal.call(() -> {
                began.succeed("");
                sleepForever();
            })).satisfies(thrown::set)));
            began.await();
            group.cancel("the group ends");
        });
        caller.get().join();
        assertThat(thrown.get()).isInstanceOf(TaskCancelledException.class).hasMessageContaining("the group ends");
    }

    // ---- closing

    @BothEngines
    void aClosedPortalRefusesAndWhatIsInFlightGoesOn(LoopFixture loops) throws Exception {
        withPortal(loops, (_, portal) -> {
            Promise<String> release = Promise.create();
            Promise<String> began = Promise.create();
            CompletableFuture<String> inFlight = portal.start(() -> {
                began.succeed("");
                return release.await();
            });
            began.await();
            portal.close();
            portal.close();
            assertThatThrownBy(() -> portal.start(() -> 1)).isInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("closed").hasMessageContaining("1 call(s) in flight");
            offload(() -> assertThatThrownBy(() -> portal.call(() -> 1)).isInstanceOf(RejectedExecutionException.class));
            release.succeed("value");
            assertThat(Async.await(inFlight)).isEqualTo("value");
        });
    }

    @BothEngines
    void aCallThatWasSentButNotBegunBeforeTheCloseIsRefused(LoopFixture loops) throws Exception {
        withPortal(loops, (_, portal) -> {
            var ran = new ArrayList<String>();
            CompletableFuture<Boolean> sent = portal.start(() -> ran.add("never"));
            portal.close();
            assertThatThrownBy(() -> Async.await(sent)).hasCauseInstanceOf(RejectedExecutionException.class);
            assertThat(ran).isEmpty();
        });
    }

    @BothEngines
    void cancelEndsWhatIsInFlight(LoopFixture loops) throws Exception {
        withPortal(loops, (group, portal) -> {
            Promise<String> began = Promise.create();
            CompletableFuture<Void> inFlight = portal.start(() -> {
                began.succeed("");
                sleepForever();
            });
            began.await();
            portal.cancel("enough");
            assertThatThrownBy(() -> Async.await(inFlight)).isInstanceOf(TaskCancelledException.class);
            assertThat(group.scope().isCancelled()).as("the group goes on").isFalse();
        });
    }

    @BothEngines
    void aPortalIsOpenedOnTheLoopOfItsGroup(LoopFixture loops) {
        loops.runInRealTime(() -> TaskGroup.run(group -> offload(
                () -> assertThatThrownBy(() -> Portal.open(group)).isInstanceOf(ForeignLoopException.class))));
    }

    @BothEngines
    void theEndOfTheGroupClosesThePortal(LoopFixture loops) {
        loops.runInRealTime(() -> {
            var left = new Portal[1];
            TaskGroup.run(group -> {
                left[0] = Portal.open(group);
            });
            offload(() -> assertThatThrownBy(() -> left[0].call(() -> 1)).isInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("its group has been left"));
        });
    }

    @BothEngines
    void aCallThatTheLoopWillNeverBeginEndsWithTheLoop(LoopFixture loops) throws Exception {
        var portal = new AtomicReference<Portal>();
        var called = new CompletableFuture<Integer>();
        var sent = new CountDownLatch(1);
        try (EventLoop loop = loops.open(loops.realTime())) {
            loop.run(() -> TaskGroup.run(group -> portal.set(Portal.open(group))));
            Thread.ofPlatform().start(() -> {
                try {
                    called.complete(portal.get().start(() -> 1).whenComplete((_, _) -> {}).join());
                } catch (RuntimeException e) {
                    called.completeExceptionally(e);
                }
            });
            CompletableFuture<Integer> second = portal.get().start(() -> 2);
            second.whenComplete((_, _) -> sent.countDown());
        }
        sent.await();
        assertThatThrownBy(called::get).hasRootCauseInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> portal.get().call(() -> 1)).isInstanceOf(RejectedExecutionException.class);
    }

    @BothEngines
    void callsFromManyThreadsAllEndHoweverTheyAreInterrupted(LoopFixture loops) throws Exception {
        var ended = new AtomicInteger();
        var odd = new AtomicReference<Throwable>();
        withPortal(loops, (_, portal) -> {
            var threads = new ArrayList<Thread>();
            for (int i = 0; i < 8; i++) {
                threads.add(Thread.ofPlatform().uncaughtExceptionHandler((_, e) -> odd.set(e)).start(() -> {
                    for (int n = 0; n < 200; n++) {
                        try {
                            portal.call(() -> sleep(java.time.Duration.ofNanos(1000)));
                        } catch (CancelledError e) {
                            assertThat(Thread.interrupted()).isTrue();
                        }
                        Thread.interrupted(); // one that came when the body had ended
                    }
                    ended.incrementAndGet();
                }));
            }
            for (int n = 0; n < 300; n++) {
                threads.get(n % 8).interrupt();
                sleep(java.time.Duration.ofNanos(50_000));
            }
            eventually(() -> threads.stream().noneMatch(Thread::isAlive));
        });
        assertThat(odd.get()).isNull();
        assertThat(ended).hasValue(8);
    }
}
