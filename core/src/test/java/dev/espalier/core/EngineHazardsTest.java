package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** What virtual threads do behind one's back, and what must not come of it. Real time: the claims are about real threads. */
class EngineHazardsTest {
    private static final int SECTIONS = 20;

    // ---- blocking outside the library holds the loop (HOLD)

    @BothEngines
    void holdAroundThreadSleep(LoopFixture loops) throws Exception {
        assertNobodyComesBetween(loops, () -> Thread.sleep(1));
    }

    @BothEngines
    void holdAroundCompletableFutureJoin(LoopFixture loops) throws Exception {
        assertNobodyComesBetween(loops, () -> CompletableFuture.supplyAsync(
                () -> 1, CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS)).join());
    }

    @BothEngines
    void holdAroundAContendedMonitor(LoopFixture loops) throws Exception {
        Object monitor = new Object();
        assertNobodyComesBetween(loops, () -> {
            var held = new CountDownLatch(1);
            Thread.ofPlatform().start(() -> {
                synchronized (monitor) {
                    held.countDown();
                    LockSupport.parkNanos(1_000_000);
                }
            });
            held.await();
            synchronized (monitor) {
                held.await();
            }
        });
    }

    @BothEngines
    void holdAroundAContendedReentrantLock(LoopFixture loops) throws Exception {
        var lock = new ReentrantLock();
        assertNobodyComesBetween(loops, () -> {
            var held = new CountDownLatch(1);
            Thread.ofPlatform().start(() -> {
                lock.lock();
                held.countDown();
                LockSupport.parkNanos(1_000_000);
                lock.unlock();
            });
            held.await();
            lock.lock();
            lock.unlock();
        });
    }

    @BothEngines
    void holdAroundTheJoinOfAVirtualThread(LoopFixture loops) throws Exception {
        assertNobodyComesBetween(loops, () -> Thread.startVirtualThread(() -> LockSupport.parkNanos(100_000)).join());
    }

    @BothEngines
    void holdAroundThreadYield(LoopFixture loops) throws Exception {
        assertNobodyComesBetween(loops, () -> {
            for (int i = 0; i < 100; i++) {
                Thread.yield();
            }
        });
    }

    private static void assertNobodyComesBetween(LoopFixture loops, VoidBody<Exception> blocking) throws Exception {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            int[] x = {0};
            var done = new AtomicBoolean();
            var others = new AtomicInteger();
            group.start(() -> {
                while (!done.get()) {
                    x[0] = 2;
                    others.incrementAndGet();
                    checkpoint();
                }
            });
            for (int i = 0; i < SECTIONS; i++) {
                x[0] = 1;
                blocking.run();
                assertThat(x[0]).as("a section without an await was entered").isEqualTo(1);
                checkpoint();
            }
            done.set(true);
            assertThat(others.get()).as("the other ran between the sections").isGreaterThanOrEqualTo(SECTIONS - 1);
        }));
    }

    @BothEngines
    void aLoopHeldFromOutsideSaysWhoHoldsItAndWhere(LoopFixture loops) throws Exception {
        var inside = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        try (EventLoop loop = loops.open(loops.realTime())) {
            Thread driver = Thread.ofPlatform().start(() -> loop.run(() -> TaskGroup.run(group -> group.start("holder", () -> {
                inside.countDown();
                blockOutsideTheLibrary(release);
            }))));
            inside.await();
            org.awaitility.Awaitility.await().untilAsserted(() -> assertThat(loop.toString())
                    .contains("holder").contains("outside the library").contains("blockOutsideTheLibrary"));
            release.countDown();
            driver.join();
        }
    }

    private static void blockOutsideTheLibrary(CountDownLatch latch) throws InterruptedException {
        latch.await();
    }

    // ---- foreign virtual threads

    @BothEngines
    void aVirtualThreadStartedInACoroutineDoesNotRunOnTheLoop(LoopFixture loops) throws Exception {
        loops.runInRealTime(() -> {
            var running = new CountDownLatch(1);
            var stop = new AtomicBoolean();
            Thread busy = Thread.startVirtualThread(() -> {
                running.countDown();
                while (!stop.get()) {
                    Thread.onSpinWait();
                }
            });
            running.await(); // with the turn held: it runs in parallel
            sleep(millis(1)); // and the loop turns beside it
            assertThat(EventLoop.currentIfAny()).isNotNull();
            stop.set(true);
            busy.join();
        });
    }

    @BothEngines
    void anExecutorOfVirtualThreadsMadeInACoroutineWorksBesideTheLoop(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                var futures = new ArrayList<CompletableFuture<Object>>();
                for (int i = 0; i < 100; i++) {
                    futures.add(CompletableFuture.supplyAsync(() -> {
                        LockSupport.parkNanos(1000);
                        return String.valueOf(EventLoop.currentIfAny());
                    }, executor));
                }
                for (CompletableFuture<Object> future : futures) {
                    assertThat(Async.await(future)).isEqualTo("null");
                }
            }
        });
    }

    // ---- callbacks have a home

    @BothEngines
    void aCallbackRunsInAVirtualThreadAndKnowsItsLoopButCannotAwait(LoopFixture loops) {
        loops.runInRealTime(() -> {
            var seen = new ArrayList<Object>();
            EventLoop loop = EventLoop.current();
            loop.callSoon(() -> {
                seen.add(Thread.currentThread().isVirtual());
                seen.add(EventLoop.current());
                assertThatThrownBy(Async::checkpoint).hasMessageContaining("callback").hasMessageContaining("cannot await");
                seen.add("done");
            });
            settle();
            assertThat(seen).containsExactly(true, loop, "done");
        });
    }

    @BothEngines
    void s47ACallbackThatTakesAMonitorHeldByABlockedCoroutineDoesNotHang(LoopFixture loops) {
        Object monitor = new Object();
        var order = new ArrayList<String>();
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            EventLoop.current().callLater(millis(1), () -> {
                synchronized (monitor) {
                    order.add("callback");
                }
            });
            group.start(() -> {
                synchronized (monitor) {
                    Thread.sleep(20);
                    order.add("coroutine");
                }
            });
            sleep(millis(30));
        }));
        assertThat(order).containsExactly("coroutine", "callback");
    }

    // ---- threads are reused

    @BothEngines
    void threadLocalsOfABodyAreNotSeenByTheNextOnTheSameThread(LoopFixture loops) {
        var local = new ThreadLocal<String>();
        loops.runInRealTime(() -> {
            var seen = new ArrayList<String>();
            for (int i = 0; i < 100; i++) {
                TaskGroup.run(group -> {
                    group.start(() -> {
                        seen.add(local.get());
                        local.set("left behind by a task that did not suspend");
                    });
                    group.start(() -> {
                        seen.add(local.get());
                        local.set("left behind by a task that did");
                        checkpoint();
                    });
                    EventLoop.current().callSoon(() -> {
                        seen.add(local.get());
                        local.set("left behind by a callback");
                    });
                });
            }
            assertThat(seen).hasSize(300).containsOnlyNulls();
        });
    }

    @BothEngines
    void threadLocalsSurviveAnAwait(LoopFixture loops) {
        var local = new ThreadLocal<Integer>();
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            for (int i = 0; i < 10; i++) {
                int mine = i;
                group.start(() -> {
                    local.set(mine);
                    for (int n = 0; n < 10; n++) {
                        checkpoint();
                        assertThat(local.get()).isEqualTo(mine);
                    }
                });
            }
        }));
    }

    @BothEngines
    void anInterruptFlagLeftByABodyIsNotSeenByTheNext(LoopFixture loops) {
        loops.runInRealTime(() -> {
            var flags = new ArrayList<Boolean>();
            for (int i = 0; i < 10; i++) {
                TaskGroup.run(group -> {
                    group.start(() -> Thread.currentThread().interrupt());
                    group.start(() -> {
                        flags.add(Thread.currentThread().isInterrupted());
                    });
                });
            }
            assertThat(flags).hasSize(10).containsOnly(false);
        });
    }

    // ---- interrupts

    @BothEngines
    void s9AnInterruptCancelsTheTaskAndDoesNotSpin(LoopFixture loops) {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            var thread = new AtomicReference<Thread>();
            Task<Void> child = group.start(() -> {
                thread.set(Thread.currentThread());
                try {
                    sleepForever();
                } finally {
                    Async.shield(millis(2000), () -> sleep(millis(20))); // with the flag set, a park would not wait
                }
            });
            checkpoint();
            long ticks = EventLoop.current().statistics().ticks();
            Thread.ofPlatform().start(() -> thread.get().interrupt());
            child.join();
            assertThat(child.state()).isInstanceOfSatisfying(Awaitable.Cancelled.class,
                    end -> assertThat(end.reason().kind()).isEqualTo(CancelReason.Kind.INTERRUPT));
            assertThat(EventLoop.current().statistics().ticks() - ticks).as("ticks").isLessThan(50);
        }));
    }

    @BothEngines
    void s9AnInterruptOfTheRunningTaskByItselfCancelsItWhenItWaits(LoopFixture loops) {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            Task<Void> child = group.start(() -> {
                Thread.currentThread().interrupt();
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
                sleepForever();
            });
            child.join();
            assertThat(child.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    @BothEngines
    void aStormOfInterruptsNeverCostsATurn(LoopFixture loops) throws Exception {
        var thread = new AtomicReference<Thread>();
        var stop = new AtomicBoolean();
        Thread storm = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                Thread target = thread.get();
                if (target != null) {
                    target.interrupt();
                }
                LockSupport.parkNanos(10_000);
            }
        });
        loops.runInRealTime(() -> Async.shield(millis(30_000), () -> {
            thread.set(Thread.currentThread());
            for (int i = 0; i < 2000; i++) {
                checkpoint();
            }
            thread.set(null);
        }));
        stop.set(true);
        storm.join();
    }

    // ---- stack dumps and spurious wake-ups

    @BothEngines
    void aStackDumpLoopLosesNoSwitch(LoopFixture loops) throws Exception {
        var threads = new AtomicReference<List<Thread>>(List.of());
        var stop = new AtomicBoolean();
        var dumps = new AtomicLong();
        Thread dumper = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                for (Thread thread : threads.get()) {
                    dumps.addAndGet(thread.getStackTrace().length);
                }
            }
        });
        var switches = new AtomicInteger();
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            var all = new ArrayList<Thread>();
            for (int i = 0; i < 10; i++) {
                group.start(() -> {
                    all.add(Thread.currentThread());
                    for (int n = 0; n < 20_000; n++) {
                        checkpoint();
                        switches.incrementAndGet();
                    }
                });
            }
            checkpoint();
            threads.set(List.copyOf(all));
        }));
        stop.set(true);
        dumper.join();
        assertThat(switches).hasValue(200_000);
        assertThat(dumps.get()).as("frames seen in dumps").isPositive();
    }

    /** A dump may say "runnable" late, when its thread has gone on from a yield to a park: that must not be taken for an unpark. */
    @BothEngines
    void aStackDumpLoopLosesNoTurnBetweenYieldsAndWaits(LoopFixture loops) throws Exception {
        var threads = new AtomicReference<List<Thread>>(List.of());
        var stop = new AtomicBoolean();
        Thread dumper = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                threads.get().forEach(Thread::getStackTrace);
            }
        });
        var rounds = new AtomicInteger();
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(0);
            var all = new ArrayList<Thread>();
            group.start(() -> {
                all.add(Thread.currentThread());
                for (int n = 0; n < 50_000; n++) {
                    checkpoint();
                    channel.sender().send(n);
                }
            });
            group.start(() -> {
                all.add(Thread.currentThread());
                for (int n = 0; n < 50_000; n++) {
                    assertThat(channel.receiver().receive()).isEqualTo(n);
                    checkpoint();
                    rounds.incrementAndGet();
                }
            });
            checkpoint();
            threads.set(List.copyOf(all));
        }));
        stop.set(true);
        dumper.join();
        assertThat(rounds).hasValue(50_000);
    }

    @BothEngines
    void spuriousUnparksOfCoroutinesDoNothing(LoopFixture loops) throws Exception {
        var threads = new AtomicReference<List<Thread>>(List.of());
        var stop = new AtomicBoolean();
        Thread unparker = Thread.ofPlatform().start(() -> {
            while (!stop.get()) {
                threads.get().forEach(LockSupport::unpark);
                Thread.onSpinWait();
            }
        });
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            var all = new ArrayList<Thread>();
            var woken = new ArrayList<Integer>();
            Promise<Integer> gate = Promise.create();
            for (int i = 0; i < 5; i++) {
                group.start(() -> {
                    all.add(Thread.currentThread());
                    woken.add(gate.await());
                });
            }
            checkpoint();
            threads.set(List.copyOf(all));
            for (int i = 0; i < 2000; i++) {
                checkpoint();
            }
            sleep(millis(20));
            assertThat(woken).as("woken before the promise ended").isEmpty();
            gate.succeed(1);
            settle();
            assertThat(woken).hasSize(5);
        }));
        stop.set(true);
        unparker.join();
    }

    @BothEngines
    void aPermitLeftByAnUnparkDoesNotCutAWaitOutsideTheLibraryOfTheNextBody(LoopFixture loops) {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            group.start(() -> LockSupport.unpark(Thread.currentThread()));
            group.start(() -> {
                long start = System.nanoTime();
                Thread.sleep(2);
                assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(2_000_000);
            });
        }));
    }

    // ---- the executor of a coroutine is total

    @BothEngines
    void s48ExecuteOfACoroutineTakesAnyRunnableFromAnyThreadAtAnyTime(LoopFixture loops) throws Exception {
        var foreign = new CountDownLatch(200);
        loops.runInRealTime(() -> {
            Coroutine me = Coroutine.current();
            assertThat(me).isNotNull();
            for (int i = 0; i < 100; i++) {
                if (loops.engine == LoopOptions.Engine.CARRIER) {
                    me.execute(foreign::countDown);
                    Thread.ofPlatform().start(() -> me.execute(foreign::countDown));
                } else {
                    foreign.countDown();
                    foreign.countDown();
                }
                checkpoint();
            }
        });
        assertThat(foreign.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @BothEngines
    void aHundredThousandShortTasksShareFewThreads(LoopFixture loops) {
        var threads = java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<Thread, Boolean>());
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            for (int i = 0; i < 100_000; i++) {
                group.start(() -> {
                    threads.add(Thread.currentThread());
                });
            }
        }));
        assertThat(threads).hasSizeLessThan(10);
    }
}
