package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Async.timeout;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

class CancellationRulesTest {

    // ---- S1 level, not edge

    @BothEngines
    void s1EveryAwaitInACancelledScopeThrowsUntilItIsLeft(LoopFixture loops) {
        loops.run(() -> {
            boolean endedByItself = CancelScope.run(scope -> {
                scope.cancel("enough");
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(Async::checkpoint).isInstanceOf(CancelledError.class);
                    assertThatThrownBy(() -> sleep(seconds(1))).isInstanceOf(CancelledError.class);
                    assertThatThrownBy(Async::sleepForever).isInstanceOf(CancelledError.class);
                }
            });
            assertThat(endedByItself).as("nothing was unwound").isTrue();
            checkpoint();
        });
    }

    @BothEngines
    void s1AFinallyThatAwaitsInACancelledScopeDoesNotHang(LoopFixture loops) {
        var unwound = new ArrayList<String>();
        loops.run(() -> moveOnAfter(seconds(1), () -> {
            try {
                sleepForever();
            } finally {
                try {
                    sleepForever();
                } finally {
                    unwound.add("both");
                }
            }
        }));
        assertThat(unwound).containsExactly("both");
    }

    @BothEngines
    void s1ACancelledTaskThatWaitsIsWokenOnceForOneChangeOfState(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var wakeUps = new AtomicInteger();
            Task<Void> child = group.start(() -> {
                try {
                    sleepForever();
                } finally {
                    wakeUps.incrementAndGet();
                }
            });
            checkpoint();
            child.cancel("first");
            child.cancel("second");
            group.cancel("third");
            checkpoint(); // level state: the body is in the group
        }));
        loops.run(() -> assertThat(EventLoop.current().statistics().ready()).isZero());
    }

    @BothEngines
    void s1ACancelledScopeWithoutAwaitsCostsNoTicks(LoopFixture loops) {
        loops.run(() -> CancelScope.run(outer -> {
            outer.cancel("level");
            long ticks = EventLoop.current().statistics().ticks();
            shield(seconds(100), () -> sleep(seconds(50)));
            assertThat(EventLoop.current().statistics().ticks() - ticks).as("ticks while a shield sleeps").isLessThan(5);
        }));
    }

    // ---- S2 absorption is decided late

    @BothEngines
    void s2AScopeAbsorbsItsOwnCancellation(LoopFixture loops) {
        loops.run(() -> {
            assertThat(CancelScope.run(scope -> {
                scope.cancel("own");
                checkpoint();
            })).isFalse();
            checkpoint();
        });
    }

    @BothEngines
    void s2AScopeDoesNotAbsorbWhenAScopeAroundItIsCancelledToo(LoopFixture loops) {
        var passed = new ArrayList<String>();
        loops.run(() -> {
            boolean outerEnded = CancelScope.run(outer -> {
                CancelScope.run(inner -> {
                    inner.cancel("inner first");
                    outer.cancel("outer after it");
                    checkpoint();
                });
                passed.add("the inner scope absorbed");
            });
            assertThat(outerEnded).isFalse();
        });
        assertThat(passed).isEmpty();
    }

    @BothEngines
    void s2TheOuterScopeMayBeCancelledWhileTheInnerUnwinds(LoopFixture loops) {
        var passed = new ArrayList<String>();
        loops.run(() -> CancelScope.run(outer -> {
            CancelScope.run(inner -> {
                inner.cancel("inner");
                try {
                    checkpoint();
                } finally {
                    outer.cancel("late");
                }
            });
            passed.add("the inner scope absorbed");
        }));
        assertThat(passed).isEmpty();
    }

    @BothEngines
    void s2AScopeNeverCancelledLetsACancelledErrorPass(LoopFixture loops) {
        loops.run(() -> {
            CancelledError kept = keptError();
            assertThatThrownBy(() -> CancelScope.run(scope -> {
                throw kept;
            })).isSameAs(kept);
            assertThatThrownBy(() -> timeout(seconds(1), () -> {
                throw kept;
            })).isSameAs(kept);
        });
    }

    @BothEngines
    void s2AGroupNeverCancelledDoesNotSwallowACancelledError(LoopFixture loops) {
        loops.run(() -> {
            CancelledError kept = keptError();
            assertThatThrownBy(() -> TaskGroup.run(group -> {
                throw kept;
            })).isSameAs(kept);
        });
    }

    @BothEngines
    void s2AChildThatThrowsAStrangersCancelledErrorHasFailed(LoopFixture loops) {
        loops.run(() -> {
            CancelledError kept = keptError();
            assertThatThrownBy(() -> TaskGroup.run(group -> group.start(() -> {
                throw kept;
            }))).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures()).containsExactly(kept));
        });
    }

    /** An error of a scope that has been left. */
    private static CancelledError keptError() {
        var kept = new AtomicReference<CancelledError>();
        CancelScope.run(scope -> {
            scope.cancel("to keep its error");
            try {
                checkpoint();
            } catch (CancelledError e) {
                kept.set(e);
            }
        });
        return kept.get();
    }

    // ---- S3 as scopes: who asked for what is never mixed up

    @BothEngines
    void s3ACancelOfTheTaskSurvivesAnInnerScopeThatWasCancelledToo(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var after = new ArrayList<String>();
            Task<Void> child = group.start(() -> {
                CancelScope.run(inner -> {
                    inner.cancel("inner");
                    Task.current().cancel("outer");
                    checkpoint();
                });
                after.add("the inner scope absorbed what was the task's");
            });
            child.join();
            assertThat(child.state()).isInstanceOf(Awaitable.Cancelled.class);
            assertThat(after).isEmpty();
        }));
    }

    @BothEngines
    void s3AfterAnAbsorbedInnerCancelTheTaskGoesOnUncancelled(LoopFixture loops) {
        loops.run(() -> {
            for (int i = 0; i < 100; i++) {
                assertThat(moveOnAfter(seconds(1), Async::sleepForever)).isFalse();
                checkpoint();
            }
        });
    }

    @BothEngines
    void s3AGroupWithAFailureAndACancelFromOutsideLeavesTheCancelStanding(LoopFixture loops) {
        loops.run(() -> {
            boolean ended = CancelScope.run(outer -> {
                assertThatThrownBy(() -> TaskGroup.run(group -> {
                    group.start(() -> {
                        try {
                            sleepForever();
                        } finally {
                            failWith("in clean-up");
                        }
                    });
                    checkpoint();
                    outer.cancel("from outside");
                    checkpoint();
                })).isInstanceOf(GroupException.class);
                assertThatThrownBy(Async::checkpoint).isInstanceOf(CancelledError.class);
                checkpoint();
            });
            assertThat(ended).isFalse();
        });
    }

    private static void failWith(String message) {
        throw new IllegalStateException(message);
    }

    // ---- S4 cancelled: it did not happen

    @BothEngines
    void s4AValueThatCameBeforeTheCancelInOneTickIsDelivered(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Promise<String> promise = Promise.create();
            var got = new ArrayList<String>();
            Task<Void> waiter = group.start(() -> {
                got.add(promise.await());
                checkpoint();
                got.add("went on");
            });
            checkpoint();
            promise.succeed("value");
            waiter.cancel("too late for this value");
            waiter.join();
            assertThat(got).containsExactly("value");
            assertThat(waiter.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    @BothEngines
    void s4ACancelBeforeTheValueInOneTickLeavesTheValueToTheNext(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(1);
            Task<Void> waiter = group.start(() -> {
                channel.receiver().receive();
            });
            checkpoint();
            waiter.cancel("first");
            assertThat(channel.sender().trySend("value")).isTrue();
            waiter.join();
            assertThat(channel.receiver().tryReceive()).contains("value");
        }));
    }

    @BothEngines
    void s4ACancelledReceiverThatAlreadyHasItsValueDoesNotLoseIt(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(0);
            var got = new ArrayList<String>();
            Task<Void> waiter = group.start(() -> {
                got.add(channel.receiver().receive());
            });
            checkpoint();
            assertThat(channel.sender().trySend("value")).isTrue();
            waiter.cancel("too late");
            waiter.join();
            assertThat(got).containsExactly("value");
        }));
    }

    @BothEngines
    void s4ACancelledSenderHasNotSent(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(0);
            Task<Void> sender = group.start(() -> channel.sender().send("never"));
            checkpoint();
            sender.cancel("first");
            sender.join();
            assertThat(channel.receiver().tryReceive()).isEmpty();
        }));
    }

    @BothEngines
    void s4ACancelledSemaphoreWaiterTookNoPermit(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var semaphore = AsyncSemaphore.of(0);
            Task<Void> waiter = group.start(() -> semaphore.acquire());
            checkpoint();
            waiter.cancel("first");
            semaphore.release();
            waiter.join();
            assertThat(waiter.state()).isInstanceOf(Awaitable.Cancelled.class);
            assertThat(semaphore.available()).isEqualTo(1);
        }));
    }

    // ---- S5 closing cleans up first

    @BothEngines
    void s5ClosingAGroupUnderCancellationStillWaitsForItsChildren(LoopFixture loops) {
        var order = new ArrayList<String>();
        loops.run(() -> moveOnAfter(seconds(1), () -> {
            try (var group = TaskGroup.open()) {
                group.start(() -> {
                    try {
                        sleepForever();
                    } finally {
                        shield(seconds(10), () -> sleep(seconds(5)));
                        order.add("child cleaned up");
                    }
                });
                sleepForever();
            } finally {
                order.add("group left");
            }
        }));
        assertThat(order).containsExactly("child cleaned up", "group left");
    }

    @BothEngines
    void s5ClosingChannelsWorksInACancelledScope(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> channel = Channel.open(1);
            CancelScope.run(scope -> {
                scope.cancel("cleaning up");
                channel.sender().close();
            });
            assertThatThrownBy(() -> channel.receiver().receive()).isInstanceOf(ChannelClosedException.class);
        });
    }

    // ---- S6 library calls are checkpoints, fast paths too

    @BothEngines
    void s6EveryAwaitThatNeedsNoWaitingIsACheckpointAllTheSame(LoopFixture loops) {
        loops.run(() -> {
            var semaphore = AsyncSemaphore.of(1);
            Channel<String> channel = Channel.open(2);
            channel.sender().trySend("waiting");
            Promise<String> ended = Promise.create();
            ended.succeed("value");
            List<VoidBody<?>> fast = List.of(
                    () -> semaphore.acquire(),
                    () -> semaphore.withPermit(() -> {}),
                    () -> channel.sender().send("fast"),
                    () -> channel.receiver().receive(),
                    ended::await,
                    () -> Async.await(CompletableFuture.completedFuture("value")),
                    () -> Async.offload(() -> {}),
                    () -> sleep(seconds(0)),
                    Async::checkpoint);
            CancelScope.run(scope -> {
                scope.cancel("every await must meet it");
                for (VoidBody<?> await : fast) {
                    assertThatThrownBy(await::run).isInstanceOf(CancelledError.class);
                }
            });
            assertThat(semaphore.available()).isEqualTo(1);
            assertThat(channel.receiver().tryReceive()).contains("waiting");
            assertThat(channel.receiver().tryReceive()).isEmpty();
        });
    }

    @BothEngines
    void s6ALoopOfFastAwaitsGivesWayToOthers(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var semaphore = AsyncSemaphore.of(1);
            var stop = new AtomicBoolean();
            group.start(() -> stop.set(true));
            for (int i = 0; !stop.get(); i++) {
                assertThat(i).as("fast awaits without giving way").isLessThan(1000);
                semaphore.withPermit(() -> {});
            }
        }));
    }

    @BothEngines
    void s6ACancelThatComesWhileAFastReceiveGivesWayIsMet(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(1000);
            for (int i = 0; i < 300; i++) {
                channel.sender().trySend(i);
            }
            var received = new AtomicInteger();
            Task<Void> receiver = group.start(() -> {
                while (true) {
                    received.set(channel.receiver().receive());
                }
            });
            while (received.get() == 0) {
                checkpoint();
            }
            while (channel.receiver().tryReceive().isPresent()) { // nothing is left to find
            }
            receiver.cancel("while it gives way");
            receiver.join();
            assertThat(receiver.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    @BothEngines
    void s6ACancelThatComesWhileAFastSendGivesWayIsMet(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(300);
            var sent = new AtomicInteger();
            Task<Void> sender = group.start(() -> {
                while (true) {
                    channel.sender().send(sent.incrementAndGet());
                }
            });
            while (sent.get() == 0) {
                checkpoint();
            }
            while (channel.sender().trySend(0)) { // until it is full
            }
            sender.cancel("while it gives way");
            sender.join();
            assertThat(sender.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    // ---- S7 one type of its own, and swallowing only delays

    @BothEngines
    void s7CatchExceptionLetsACancellationPass(LoopFixture loops) {
        loops.run(() -> assertThat(moveOnAfter(seconds(1), () -> {
            while (true) {
                swallowingExceptions(Async::sleepForever);
            }
        })).isEmpty());
    }

    private static void swallowingExceptions(VoidBody<?> body) {
        try {
            body.run();
        } catch (Exception e) {
            throw new AssertionError("a cancellation must not be an Exception", e);
        } catch (Throwable e) {
            throw LoopFixtureErrors.unchecked(e);
        }
    }

    @BothEngines
    void s7ASwallowedCancellationComesBackAtTheNextAwait(LoopFixture loops) {
        var swallowed = new AtomicInteger();
        loops.run(() -> assertThat(moveOnAfter(seconds(1), () -> {
            try {
                sleepForever();
            } catch (Throwable e) {
                swallowed.incrementAndGet();
            }
            sleep(seconds(1));
        })).isFalse());
        assertThat(swallowed).hasValue(1);
    }

    @BothEngines
    void s7ATaskThatSwallowsForEverDoesNotHoldTheLoop(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var stop = new AtomicBoolean();
            var swallowed = new AtomicInteger();
            Task<Void> stubborn = group.start(() -> {
                while (!stop.get() && swallowed.get() < 1_000_000) {
                    try {
                        sleep(seconds(1));
                    } catch (CancelledError e) {
                        swallowed.incrementAndGet();
                    }
                }
            });
            checkpoint();
            stubborn.cancel("in vain");
            settle();
            stop.set(true);
            stubborn.join();
            assertThat(swallowed.get()).as("it got turns and gave way").isBetween(1, 999_999);
        }));
    }

    // ---- S8 a foreign cancellation does not look like one's own

    @BothEngines
    void s8AwaitingACancelledTaskThrowsTaskCancelledAndNotCancelledError(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<Void> child = group.start("victim", Async::sleepForever);
            checkpoint();
            child.cancel("not you");
            assertThatThrownBy(child::await)
                    .isInstanceOf(TaskCancelledException.class)
                    .hasMessageContaining("victim")
                    .hasMessageContaining("not you");
            checkpoint(); // the waiter itself is not cancelled
        }));
    }

    @BothEngines
    void s8AwaitingACancelledFutureOfTheJdkThrowsTaskCancelledToo(LoopFixture loops) {
        loops.run(() -> {
            var future = new CompletableFuture<String>();
            future.cancel(true);
            assertThatThrownBy(() -> Async.await(future)).isInstanceOf(TaskCancelledException.class);
            assertThatThrownBy(() -> Async.await(future.thenApply(String::length)))
                    .isInstanceOf(TaskCancelledException.class);
            checkpoint();
        });
    }

    @BothEngines
    void s8ACancellationExceptionOfTheBodyIsAnOrdinaryFailure(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var failure = new CancellationException("of somebody else");
            assertThatThrownBy(() -> TaskGroup.run(inner -> inner.start(() -> {
                throw failure;
            }))).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures()).containsExactly(failure));
        }));
    }

    // ---- S9 an interrupt is a cancellation of the task (more in EngineHazardsTest)

    @BothEngines
    void s9AnInterruptFromOutsideCancelsTheTaskAndTheStateStaysWhenTheFlagIsCleared(LoopFixture loops) {
        loops.time.expectForeignThreads();
        loops.run(() -> TaskGroup.run(group -> {
            var seen = new ArrayList<Object>();
            var thread = new AtomicReference<Thread>();
            Task<Void> child = group.start(() -> {
                thread.set(Thread.currentThread());
                try {
                    sleepForever();
                } catch (CancelledError e) {
                    seen.add(e.reason().kind());
                    seen.add(Thread.interrupted());
                    seen.add(Thread.interrupted());
                }
                sleepForever();
            });
            checkpoint();
            Thread.ofPlatform().start(() -> thread.get().interrupt());
            child.join();
            assertThat(seen).containsExactly(CancelReason.Kind.INTERRUPT, true, false);
            assertThat(child.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    // ---- S10 shields have a deadline and protect only against outside

    @BothEngines
    void s10AShieldIsNotReachedFromOutsideAndTheNextAwaitAfterItThrows(LoopFixture loops) {
        var order = new ArrayList<String>();
        loops.run(() -> moveOnAfter(seconds(1), () -> {
            shield(seconds(10), () -> sleep(seconds(5)));
            order.add("shielded part ended");
            checkpoint();
            order.add("not reached");
        }));
        assertThat(order).containsExactly("shielded part ended");
    }

    @BothEngines
    void s10AShieldsOwnDeadlineWorksUnderCancellation(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThat(moveOnAfter(seconds(1), () -> {
                try {
                    sleepForever();
                } finally {
                    assertThatThrownBy(() -> shield(seconds(2), Async::sleepForever))
                            .isInstanceOf(DeadlineExceededException.class);
                }
            })).isFalse();
            assertThat(loops.since(start)).isEqualTo(seconds(3));
        });
    }

    @BothEngines
    void s10AShieldCoversTheChildrenOfAGroupInsideIt(LoopFixture loops) {
        var cleaned = new AtomicInteger();
        loops.run(() -> moveOnAfter(seconds(1), () -> shield(seconds(10), () -> TaskGroup.run(group -> {
            for (int i = 0; i < 3; i++) {
                group.start(() -> {
                    sleep(seconds(3));
                    cleaned.incrementAndGet();
                });
            }
        }))));
        assertThat(cleaned).hasValue(3);
    }

    @BothEngines
    void s10AScopeInsideAShieldCanStillBeCancelled(LoopFixture loops) {
        loops.run(() -> CancelScope.run(outer -> {
            outer.cancel("from outside");
            shield(seconds(10), () -> {
                sleep(seconds(1));
                assertThat(moveOnAfter(seconds(1), Async::sleepForever)).isFalse();
                sleep(seconds(1));
            });
        }));
    }

    // ---- S11, S12

    @BothEngines
    void s11ATaskMayCancelItselfAndMeetsItAtTheNextAwait(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var steps = new ArrayList<String>();
            Task<Void> child = group.start(() -> {
                Task.current().cancel("myself");
                steps.add("goes on");
                checkpoint();
                steps.add("not reached");
            });
            child.join();
            assertThat(steps).containsExactly("goes on");
            assertThat(child.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    @BothEngines
    void s12ATaskCancelledBeforeItsFirstStepStillRunsToItsFirstAwait(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var steps = new ArrayList<String>();
            Task<Void> child = group.start(() -> {
                try {
                    steps.add("began");
                    checkpoint();
                    steps.add("not reached");
                } finally {
                    steps.add("released");
                }
            });
            child.cancel("before its first step");
            child.join();
            assertThat(steps).containsExactly("began", "released");
        }));
    }

    // ---- S13 the first reason wins

    @BothEngines
    void s13TheFirstReasonWinsAndNamesTheCanceller(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<Void> child = group.start("victim", Async::sleepForever);
            group.start("killer", () -> {
                child.cancel("first");
                child.cancel("second");
            });
            child.join();
            assertThat(child.state()).isEqualTo(new Awaitable.Cancelled<>(
                    new CancelReason(CancelReason.Kind.REQUEST, "first", "killer")));
        }));
    }

    @BothEngines
    void s13ACancelFromAForeignThreadNamesNoTask(LoopFixture loops) {
        loops.time.expectForeignThreads();
        loops.run(() -> TaskGroup.run(group -> {
            Task<Void> child = group.start(Async::sleepForever);
            Thread.ofPlatform().start(() -> child.cancel("from a thread"));
            child.join();
            assertThat(child.state()).isEqualTo(new Awaitable.Cancelled<>(
                    new CancelReason(CancelReason.Kind.REQUEST, "from a thread", null)));
        }));
    }

    @BothEngines
    void s13ChildrenSeeTheTrueReasonWhenTheirBodyUnwoundBeforeThem(LoopFixture loops) {
        var reasons = new ArrayList<CancelReason.Kind>();
        loops.run(() -> moveOnAfter(seconds(1), () -> TaskGroup.run(group -> {
            group.start(() -> {
                shield(seconds(10), () -> sleep(seconds(5)));
                try {
                    checkpoint();
                } catch (CancelledError e) {
                    reasons.add(e.reason().kind());
                    throw e;
                }
            });
            sleepForever();
        })));
        assertThat(reasons).containsExactly(CancelReason.Kind.DEADLINE);
    }

    // ---- S14, S15, S16

    @BothEngines
    void s14AZeroOrNegativeLimitThrowsAtTheFirstAwaitAndNotBefore(LoopFixture loops) {
        loops.run(() -> {
            for (long limit : new long[] {0, -5, Long.MIN_VALUE / 1_000_000_000L}) {
                assertThat(timeout(seconds(limit), () -> "no await")).isEqualTo("no await");
                assertThatThrownBy(() -> timeout(seconds(limit), Async::checkpoint))
                        .isInstanceOf(DeadlineExceededException.class);
                assertThat(moveOnAfter(seconds(limit), Async::checkpoint)).isFalse();
                assertThat(moveOnAfter(seconds(limit), () -> "no await")).isEqualTo(Optional.of("no await"));
            }
        });
    }

    @BothEngines
    void s14AZeroLimitGivesTheResultOfWhatHasEndedOnlyToACallThatDoesNotAwait(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> ended = Promise.create();
            ended.succeed("value");
            assertThat(timeout(seconds(0), ended::result)).isEqualTo("value");
            assertThatThrownBy(() -> timeout(seconds(0), () -> ended.await()))
                    .isInstanceOf(DeadlineExceededException.class);
        });
    }

    @BothEngines
    void s15ATaskStartedInACancelledGroupBeginsAndMeetsTheCancelAtItsFirstAwait(LoopFixture loops) {
        var steps = new ArrayList<String>();
        loops.run(() -> TaskGroup.run(group -> {
            group.cancel("before the start");
            group.start(() -> {
                steps.add("began");
                checkpoint();
                steps.add("not reached");
            });
        }));
        assertThat(steps).containsExactly("began");
    }

    @BothEngines
    void s16ATimeoutAroundTheStartDoesNotApplyToTheChild(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<String> child = timeout(seconds(1), () -> group.start(() -> {
                sleep(seconds(10));
                return "outlived the timeout it was started in";
            }));
            assertThat(child.await()).startsWith("outlived");
        }));
    }

    @BothEngines
    void s16AChildIsCancelledWithTheGroupItWasStartedInAndNotWithItsStarter(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var children = new ArrayList<Task<String>>();
            Task<Void> starter = group.start(() -> {
                children.add(group.start(() -> {
                    sleep(seconds(5));
                    return "alive";
                }));
                sleepForever();
            });
            settle();
            starter.cancel("only the starter");
            starter.join();
            assertThat(children.get(0).await()).isEqualTo("alive");
        }));
    }
}
