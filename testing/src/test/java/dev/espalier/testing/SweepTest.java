package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaitable;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Channel;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Mutex;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBody;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.testing.Sweep.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;

/** The sweep finds bugs that were put in, and is silent on their repaired twins. */
class SweepTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static Sweep.Options on(LoopOptions.Engine engine) {
        return Sweep.Options.defaults().withRun(Engines.Options.on(engine));
    }

    private static Throwable failureOf(Sweep.Options options, VoidBodyWith<LoopTester, ?> body) {
        return catchThrowable(() -> LoopTester.sweep(options, body));
    }

    private static SweepInfo infoOf(Throwable failure) {
        assertThat(failure).as("what the sweep found").isNotNull();
        return SweepInfo.of(failure).orElseThrow(() -> new AssertionError("no SweepInfo in it", failure));
    }

    private static Sweep.Cut cutOf(Throwable failure) {
        return infoOf(failure).cut().orElseThrow();
    }

    // ---- a semaphore by hand

    /** Right but for what a subclass breaks. */
    private static class Permits {
        final Deque<Promise<Boolean>> waiters = new ArrayDeque<>();
        int free;

        void acquire() {
            checkpoint();
            if (free > 0) {
                free--;
                return;
            }
            Promise<Boolean> turn = Promise.create("a permit");
            waiters.add(turn);
            await(turn);
        }

        void await(Promise<Boolean> turn) {
            try {
                turn.await();
            } catch (CancelledError e) {
                waiters.remove(turn);
                throw e;
            }
        }

        void release() {
            Promise<Boolean> next = waiters.poll();
            if (next == null) {
                free++;
            } else {
                next.succeed(true);
            }
        }
    }

    private static VoidBodyWith<LoopTester, RuntimeException> acquiring(Supplier<Permits> maker) {
        return t -> {
            Permits permits = maker.get();
            var released = new ArrayList<String>();
            t.background().start("owner", () -> {
                sleep(SECOND);
                released.add("one");
                permits.release();
            });
            t.conserve("permits", () -> permits.free);
            t.swept(() -> {
                permits.acquire();
                permits.release();
            });
            sleep(SECOND.multipliedBy(2));
            assertThat(permits.free).as("permits at last").isEqualTo(released.size());
        };
    }

    @Engines
    @DisplayName("testing M2, S18: a waiter that stays in its queue when it is cancelled is found")
    void waiterThatStaysInItsQueueIsFound(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine), acquiring(() -> new Permits() {
            @Override
            void await(Promise<Boolean> turn) {
                turn.await();
            }
        }));
        assertThat(failure).isInstanceOf(AssertionError.class).hasMessageContaining("permits at last");
        assertThat(cutOf(failure)).isEqualTo(Sweep.Cut.parse("CANCEL:2:PARKED"));
    }

    @Engines
    @DisplayName("testing M2, S18: a permit that is lost by a cancellation in the tick of the wake-up is found")
    void permitLostInTheTickOfTheWakeUpIsFound(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine), acquiring(() -> new Permits() {
            @Override
            void await(Promise<Boolean> turn) {
                super.await(turn);
                checkpoint(); // and the permit is ours
            }
        }));
        assertThat(failure).hasMessageContaining("permits at last");
        assertThat(cutOf(failure)).isEqualTo(Sweep.Cut.parse("CANCEL:2:WOKEN"));
    }

    @Engines
    @DisplayName("testing M2, S18: a right semaphore passes, and the result says what was covered")
    void rightSemaphorePasses(LoopOptions.Engine engine) {
        Sweep sweep = LoopTester.sweep(on(engine), acquiring(Permits::new));
        assertThat(sweep.awaits()).hasSize(2);
        assertThat(sweep.awaits().get(1).waitingFor()).contains("a permit");
        assertThat(sweep.awaits().get(1).stack().toString()).contains("Permits.acquire");
        assertThat(sweep.missed()).isZero();
        // Await 1 gives way: before and woken; await 2 waits, and others run: all four. Without INTERRUPT:WOKEN.
        assertThat(sweep.runs()).isEqualTo(1 + 5 + 4 + 5 + 5 + 5 + 4 + 1);
        assertThat(sweep).hasToString(sweep.runs() + " runs in " + sweep.took().toMillis()
                + " ms: the target was cut at 2 awaits that wait and, where each gives way, at 2");
    }

    // ---- channels

    private static VoidBodyWith<LoopTester, RuntimeException> receiving(boolean lossy) {
        return t -> {
            Channel<Integer> numbers = Channel.open(2);
            var taken = new ArrayList<Integer>();
            t.background().start("sender", () -> {
                for (int i = 0; i < 4; i++) {
                    sleep(SECOND);
                    numbers.sender().send(i);
                }
                numbers.sender().close();
            });
            t.conserve("numbers", numbers, taken);
            t.swept(() -> {
                for (int number : numbers.receiver()) {
                    if (lossy) {
                        sleep(SECOND.dividedBy(2));
                        taken.add(number);
                    } else {
                        taken.add(number);
                        sleep(SECOND.dividedBy(2));
                    }
                }
            });
        };
    }

    @Engines
    @DisplayName("testing M2: a value that a cancelled receiver loses is found")
    void lostValueIsFound(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine), receiving(true));
        assertThat(failure).hasMessage("'numbers' is not conserved: it was 0 before the target and is 1 after it. A "
                + "target that returns has its full effect, which is 0 in the undisturbed run, and any other has none; "
                + "this one was cancelled: the sweep of cancellations");
        assertThat(cutOf(failure)).isEqualTo(Sweep.Cut.parse("CANCEL:1:WOKEN"));
        LoopTester.sweep(on(engine), receiving(false));
    }

    // ---- locks, cleaning up

    @Engines
    @DisplayName("testing M2: a lock that a timeout leaves locked is found")
    void lockLeftByATimeoutIsFound(LoopOptions.Engine engine) {
        Sweep.Options timeouts = on(engine).withKinds(Kind.TIMEOUT);
        assertThat(cutOf(failureOf(timeouts, locking(mutex -> {
            mutex.lock();
            sleep(SECOND);
            mutex.unlock();
        })))).isEqualTo(Sweep.Cut.parse("TIMEOUT:1:PARKED"));
        LoopTester.sweep(timeouts, locking(mutex -> mutex.withLock(() -> sleep(SECOND))));
    }

    private static VoidBodyWith<LoopTester, RuntimeException> locking(VoidBodyWith<Mutex, RuntimeException> code) {
        return t -> {
            Mutex mutex = Mutex.create();
            t.swept(() -> code.run(mutex));
            assertThat(mutex.tryLock()).as("the lock is free").isTrue();
            mutex.unlock();
        };
    }

    private static VoidBodyWith<LoopTester, RuntimeException> pooling(boolean shielded) {
        return t -> {
            Channel<String> pool = Channel.open(1);
            pool.sender().send("connection");
            t.conserve("connections", () -> pool.statistics().size());
            t.swept(() -> {
                String connection = pool.receiver().receive();
                try {
                    sleep(SECOND);
                } finally {
                    if (shielded) {
                        shield(SECOND, () -> pool.sender().send(connection));
                    } else {
                        pool.sender().send(connection);
                    }
                }
            });
        };
    }

    @Engines
    @DisplayName("testing M2: clean-up that awaits without a shield is found, and both awaits are told")
    void cleanUpWithoutAShieldIsFound(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine), pooling(false));
        assertThat(failure).hasMessageContaining("'connections' is not conserved: it was 1 before the target and is 0");
        assertThat(infoOf(failure).getMessage().split("its cancellation was met by task 'target'", -1)).hasSize(3);
        LoopTester.sweep(on(engine), pooling(true));
    }

    // ---- how the target ends

    private static VoidBodyWith<LoopTester, RuntimeException> target(VoidBody<RuntimeException> body) {
        return t -> t.swept(body);
    }

    @Engines
    @DisplayName("testing M2: a cancellation that is swallowed is found, and may be declared")
    void swallowedCancellationIsFound(LoopOptions.Engine engine) {
        VoidBodyWith<LoopTester, RuntimeException> swallowing = target(() -> {
            try {
                sleep(SECOND);
            } catch (Throwable e) {
                // and go on
            }
        });
        Throwable failure = failureOf(on(engine), swallowing);
        assertThat(failure).isInstanceOf(AssertionError.class)
                .hasMessageContaining("'target' has swallowed its cancellation");
        assertThat(cutOf(failure)).isEqualTo(Sweep.Cut.parse("CANCEL:1:BEFORE"));
        LoopTester.sweep(on(engine).withMayReturn(true), swallowing);
    }

    @Engines
    @DisplayName("testing M2: a cancellation that is swallowed where nothing needs to wait is found")
    void swallowedCancellationOfAQuickAwaitIsFound(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine), target(() -> {
            var permits = AsyncSemaphore.of(1);
            try {
                permits.acquire();
            } catch (Throwable e) {
                // and go on
            }
        }));
        assertThat(failure).hasMessageContaining("has swallowed its cancellation");
        assertThat(cutOf(failure)).isEqualTo(Sweep.Cut.parse("CANCEL:1:BEFORE:YIELDING"));
    }

    @Engines
    @DisplayName("testing M2: a child of the target that swallows is found too")
    void childThatSwallowsIsFound(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine).withKinds(Kind.SCOPE), target(() -> TaskGroup.run(group -> group.start(
                "child", () -> {
                    try {
                        sleep(SECOND);
                    } catch (Throwable e) {
                        // and go on
                    }
                }))));
        assertThat(failure).hasMessageContaining("task 'child' has swallowed its cancellation");
        assertThat(infoOf(failure)).hasMessageContaining("its cancellation was met by task 'child'");
    }

    @Engines
    @DisplayName("testing M2: a shielded region is no swallowing")
    void shieldedRegionPasses(LoopOptions.Engine engine) {
        Sweep sweep = LoopTester.sweep(
                on(engine).withCleanUp(SECOND), target(() -> shield(SECOND.multipliedBy(2), () -> sleep(SECOND))));
        assertThat(sweep.awaits()).hasSize(1);
    }

    @Engines
    @DisplayName("testing M2: a cancelled target that needs time to end is found, and may be declared")
    void targetThatNeedsTimeToEndIsFound(LoopOptions.Engine engine) {
        VoidBodyWith<LoopTester, RuntimeException> slow = target(() -> {
            try {
                sleep(SECOND);
            } finally {
                shield(SECOND.multipliedBy(2), () -> sleep(SECOND));
            }
        });
        Throwable failure = failureOf(on(engine), slow);
        assertThat(failure).hasMessageContaining("did not end within PT0S of virtual time")
                .hasMessageContaining("targetThatNeedsTimeToEndIsFound");
        LoopTester.sweep(on(engine).withCleanUp(SECOND), slow);
    }

    @Engines
    @DisplayName("testing M2, A12: a test that hangs after the cut is a deadlock, with the cut beside it")
    void hangAfterTheCutIsADeadlock(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine), t -> {
            Promise<String> done = Promise.create("the end of the work");
            t.swept(() -> {
                sleep(SECOND);
                done.succeed("done");
            });
            done.await();
        });
        assertThat(failure).isInstanceOf(DeadlockError.class).hasMessageContaining("the end of the work");
        assertThat(cutOf(failure)).isEqualTo(Sweep.Cut.parse("CANCEL:1:BEFORE"));
    }

    @Engines
    @DisplayName("testing M2, E12: an exception instead of a cancellation comes out as it is, unless it is declared")
    void exceptionInsteadOfACancellationComesOut(LoopOptions.Engine engine) {
        VoidBodyWith<LoopTester, RuntimeException> mapping = target(() -> {
            try {
                sleep(SECOND);
            } catch (CancelledError e) {
                throw new IllegalStateException("closed", e);
            }
        });
        Throwable failure = failureOf(on(engine), mapping);
        assertThat(failure).isExactlyInstanceOf(IllegalStateException.class).hasMessage("closed");
        assertThat(cutOf(failure)).isEqualTo(Sweep.Cut.parse("CANCEL:1:BEFORE"));
        LoopTester.sweep(on(engine).withFailure(IllegalStateException.class), mapping);
    }

    @Engines
    @DisplayName("testing M2: a kept CancelledError of somebody else is found")
    void keptCancellationIsFound(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine), t -> {
            var kept = new ArrayList<CancelledError>();
            TaskGroup.run(group -> {
                Task<Void> other = group.start(() -> {
                    try {
                        sleep(SECOND);
                    } catch (CancelledError e) {
                        kept.add(e);
                        throw e;
                    }
                });
                checkpoint();
                other.cancel("another story");
            });
            t.swept(() -> {
                try {
                    sleep(SECOND);
                } catch (CancelledError e) {
                    throw kept.get(0);
                }
            });
        });
        assertThat(failure).hasMessageContaining("none of its awaits threw: another story");
    }

    @Engines
    @DisplayName("testing M2, A17: a task that a cancelled target leaves behind is found")
    void leakIsFound(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine), target(() -> {
            try {
                sleep(SECOND);
            } catch (CancelledError e) {
                EventLoop.current().submit("left", () -> sleep(SECOND));
                throw e;
            }
        }));
        assertThat(failure).isInstanceOf(LeakedTaskError.class).hasMessageContaining("'left'");
        assertThat(cutOf(failure)).isEqualTo(Sweep.Cut.parse("CANCEL:1:BEFORE"));
    }

    // ---- what a sweep reaches

    @Engines
    @DisplayName("testing M2: each kind reaches the target, with its reason")
    void eachKindReachesTheTarget(LoopOptions.Engine engine) {
        for (Kind kind : Kind.values()) {
            var reasons = new ArrayList<String>();
            LoopTester.sweep(on(engine).withKinds(kind), t -> {
                if (t.swept(() -> sleep(SECOND)) instanceof Awaitable.Cancelled<?>(var reason)) {
                    reasons.add(reason.kind().toString());
                }
            });
            String expected = switch (kind) {
                case CANCEL, SCOPE -> "REQUEST";
                case TIMEOUT -> "DEADLINE";
                case INTERRUPT -> "INTERRUPT";
                case FAIL -> "FAILURE";
            };
            // Before and parked; in the tick of the wake-up the sleep is over, and nothing is left to be cancelled.
            assertThat(reasons).as("what %s did", kind).containsExactly(expected, expected);
        }
    }

    @Engines
    @DisplayName("testing M2: awaits of tasks that the target starts are counted, and their names told")
    void awaitsOfChildrenAreCounted(LoopOptions.Engine engine) {
        Sweep sweep = LoopTester.sweep(on(engine), t -> {
            t.background().start("not of the target", () -> sleep(SECOND));
            t.swept(() -> TaskGroup.run(group -> {
                group.start("one", () -> sleep(SECOND));
                group.start("other", () -> {
                    sleep(SECOND);
                    sleep(SECOND);
                });
            }));
        });
        assertThat(sweep.awaits()).extracting(Sweep.Await::task).containsExactly("target", "one", "other", "other");
    }

    @Engines
    @DisplayName("testing M2: outside a sweep the target runs and nothing is cancelled")
    void outsideASweepNothingIsCancelled(LoopOptions.Engine engine) {
        LoopTester.run(Engines.Options.on(engine), t -> {
            t.conserve("nothing", () -> 0);
            assertThat(t.swept(() -> {
                sleep(SECOND);
                return "value";
            })).isEqualTo(new Awaitable.Succeeded<>("value"));
        });
    }

    @Engines
    @DisplayName("testing S18: cancelled in the tick of its wake-up a receiver gets its value, or the channel keeps it")
    void cancelledInTheTickOfTheWakeUp(LoopOptions.Engine engine) {
        var ends = new ArrayList<String>();
        LoopTester.sweep(on(engine), t -> {
            Channel<String> words = Channel.open(0);
            t.background().start("sender", () -> {
                sleep(SECOND);
                words.sender().send("word");
            });
            Awaitable.State<String> end = t.swept(words.receiver()::receive);
            boolean taken = end instanceof Awaitable.Succeeded<String>;
            ends.add(taken ? "taken" : "kept");
            if (!taken) {
                assertThat(words.receiver().receive()).isEqualTo("word");
            }
        });
        assertThat(ends).contains("taken", "kept");
    }

    @Engines
    @DisplayName("testing M2: a failure in the background comes out in the midst of a sweep")
    void failureInTheBackgroundComesOut(LoopOptions.Engine engine) {
        Throwable failure = failureOf(on(engine).withKinds(Kind.SCOPE), t -> {
            t.background().start(() -> {
                sleep(SECOND.dividedBy(2));
                throw new IllegalArgumentException("in the background");
            });
            t.swept(() -> sleep(SECOND));
        });
        assertThat(failure).hasStackTraceContaining("in the background");
        assertThat(infoOf(failure)).hasMessage("in the run of the sweep that cancels nothing");
    }

    @Engines
    @DisplayName("testing M2: the place where a task hands its turn to a fresh one is cut too")
    void handingTheTurnOverIsCut(LoopOptions.Engine engine) {
        Sweep sweep = LoopTester.sweep(on(engine), target(() -> TaskGroup.run(group -> {
            group.startNow("child", () -> sleep(SECOND));
            sleep(SECOND);
        })));
        assertThat(sweep.awaits()).extracting(Sweep.Await::waitingFor)
                .contains("its turn, for it gives way", "time to pass (sleep)");
        assertThat(sweep.missed()).isZero();
    }

    @Engines
    @DisplayName("testing M2, S36: an interrupt of the waiting thread ends the sweep")
    void interruptEndsTheSweep(LoopOptions.Engine engine) {
        Thread caller = Thread.currentThread();
        var runs = new ArrayList<Integer>();
        Throwable failure = failureOf(on(engine), t -> {
            runs.add(1);
            t.swept(() -> sleep(SECOND));
            if (runs.size() == 3) {
                caller.interrupt();
                Async.await(new CompletableFuture<String>());
            }
        });
        assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
        assertThat(failure).isInstanceOf(BlockedLoopError.class).hasMessageContaining("interrupted");
        assertThat(runs).hasSize(3);
    }

    @Engines
    @DisplayName("testing M2: the very places where a target waits while others go on are reached")
    void quietPlacesAreReached(LoopOptions.Engine engine) {
        // Cancelled at once it waits alone; cancelled late it has somebody behind it whom it forgets.
        Throwable failure = failureOf(on(engine).withKinds(Kind.CANCEL), t -> {
            var behind = new ArrayList<String>();
            Promise<String> gate = Promise.create("the gate");
            t.background().start("follower", () -> {
                sleep(Duration.ZERO);
                sleep(Duration.ZERO);
                behind.add("follower");
                sleep(SECOND);
                gate.succeed("open");
            });
            t.swept(() -> {
                try {
                    gate.await();
                } catch (CancelledError e) {
                    assertThat(behind).as("those behind").isEmpty();
                    throw e;
                }
            });
        });
        assertThat(failure).hasMessageContaining("those behind");
        assertThat(cutOf(failure)).isEqualTo(Sweep.Cut.parse("CANCEL:1:QUIET"));
    }
}
