package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.select;
import static dev.espalier.core.Async.selectInOrder;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Clause.acquire;
import static dev.espalier.core.Clause.after;
import static dev.espalier.core.Clause.otherwise;
import static dev.espalier.core.Clause.receive;
import static dev.espalier.core.Clause.receiveOrEnd;
import static dev.espalier.core.Clause.send;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** select: S41, and what each sort of clause promises. */
class SelectTest {
    private sealed interface Next {}

    private record Line(String text) implements Next {}

    private record Quiet() implements Next {}

    @Test
    void selectGivesASealedValueToSwitchOver() {
        String said = Async.run(() -> {
            Channel<String> lines = Channel.open(4);
            lines.sender().send("hello");
            // @start region="select"
            Next next = select(
                    Clause.receive(lines.receiver(), Line::new),
                    Clause.after(Duration.ofSeconds(5), Quiet::new));
            String text = switch (next) {
                case Line(String line) -> "got " + line;
                case Quiet() -> "nothing for five seconds";
            };
            // @end
            return text;
        });
        assertThat(said).isEqualTo("got hello");
    }

    private static Task<String> waiting(TaskGroup group, Clause<?>... clauses) {
        Task<String> task = group.start(() -> String.valueOf(Async.<Object>select(clauses)));
        settle();
        return task;
    }

    // ---- one of several

    @BothEngines
    void s41TheChosenClauseTakesAndTheOthersTakeNothing(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> a = Channel.open(4);
            Channel<String> b = Channel.open(4);
            b.sender().send("b");
            Clause<String> ofA = receive(a.receiver(), v -> v);
            Clause<String> ofB = receive(b.receiver(), v -> v);
            assertThat(Async.<String>select(ofA, ofB)).isEqualTo("b");
            a.sender().send("a");
            b.sender().send("b2");
            assertThat(Async.<String>selectInOrder(ofA, ofB)).isEqualTo("a");
            assertThat(b.receiver().tryReceive()).contains("b2");
        });
    }

    @BothEngines
    void s41LosersLeaveNoRegistration(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> a = Channel.open(1);
            Channel<String> full = Channel.open(0);
            var none = AsyncSemaphore.of(0);
            Promise<String> promise = Promise.create();
            Task<String> task = waiting(group, receive(a.receiver(), v -> v), send(full.sender(), "x", () -> "sent"),
                    acquire(none, () -> "acquired"), Clause.await(promise, v -> v), after(seconds(9), () -> "late"));
            assertThat(a.toString() + full + none).contains("receivers wait", "senders wait", "waiting: '");
            a.sender().send("value");
            assertThat(EventLoop.current().statistics().timers()).isZero();
            assertThat(a.toString() + full + none).doesNotContain("wait");
            promise.succeed("unseen");
            assertThat(task.await()).isEqualTo("value");
            assertThat(full.receiver().tryReceive()).isEmpty();
            none.release();
            assertThat(none.available()).isOne();
        }));
    }

    @BothEngines
    void s41FairByDefaultAndInOrderOnRequest(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> a = Channel.open(1000);
            Channel<Integer> b = Channel.open(1000);
            Clause<Integer> ofA = receive(a.receiver(), v -> 1);
            Clause<Integer> ofB = receive(b.receiver(), v -> 0);
            int fromA = 0;
            for (int i = 0; i < 1000; i++) {
                a.sender().trySend(1);
                b.sender().trySend(2);
                if (i < 500) {
                    fromA += Async.<Integer>select(ofA, ofB);
                }
            }
            assertThat(fromA).isBetween(150, 350);
            for (int i = 0; i < 500; i++) {
                assertThat(Async.<Integer>selectInOrder(ofA, ofB)).isOne();
            }
        });
    }

    @BothEngines
    void s41TwoSelectsMeetOnceAndOnlyOnce(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> a = Channel.open(0);
            Channel<String> b = Channel.open(0);
            Task<String> sends = waiting(group,
                    send(a.sender(), "va", () -> "sent a"), send(b.sender(), "vb", () -> "sent b"));
            Task<String> receives = waiting(group,
                    receive(a.receiver(), v -> "got " + v), receive(b.receiver(), v -> "got " + v));
            assertThat(receives.await().substring(5)).isEqualTo(sends.await().substring(5));
            assertThat(a.receiver().tryReceive()).isEmpty();
            assertThat(b.receiver().tryReceive()).isEmpty();
        }));
    }

    @BothEngines
    void s41ASelectNeverMeetsItself(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> a = Channel.open(0);
            Clause<String> receive = receive(a.receiver(), v -> "got " + v);
            Task<String> both = waiting(group, send(a.sender(), "mine", () -> "sent"), receive, receive);
            assertThat(both.state()).isInstanceOf(Awaitable.Pending.class);
            a.sender().send("yours");
            assertThat(both.await()).isEqualTo("got yours");
            assertThat(a.receiver().tryReceive()).isEmpty();
        }));
    }

    @BothEngines
    void aStoredClauseServesManySelectsAlsoAtOnce(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(0);
            Clause<Integer> stored = receive(channel.receiver(), v -> v);
            Clause<Integer> tick = after(seconds(1), () -> -1);
            var seen = new ArrayList<Integer>();
            for (int t = 0; t < 2; t++) {
                group.start(() -> {
                    for (int i = 0; i < 3; i++) {
                        seen.add(Async.<Integer>select(stored, tick));
                    }
                });
            }
            for (int i = 0; i < 4; i++) {
                channel.sender().send(i);
            }
            sleep(seconds(3));
            assertThat(seen).containsExactlyInAnyOrder(0, 1, 2, 3, -1, -1);
        }));
    }

    @BothEngines
    void aSelectNeedsAClause(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(Async::<String>select).isInstanceOf(IllegalArgumentException.class));
    }

    @BothEngines
    void thingsOfAnotherLoopAreRefusedAlsoWhileNobodyDrivesIt(LoopFixture loops) {
        try (EventLoop other = loops.open(loops.options())) {
            List<Clause<?>> foreign = other.run(() -> {
                Channel<String> channel = Channel.open(0);
                return List.of(receive(channel.receiver(), v -> v), send(channel.sender(), "v", () -> "sent"),
                        acquire(AsyncSemaphore.of(0), () -> ""), Clause.await(Event.create(), () -> ""),
                        Clause.await(Promise.create(), v -> v), Clause.tick(Interval.every(seconds(1)), v -> v),
                        Clause.lock(Mutex.create(), () -> ""), Clause.await(Notify.create(), () -> ""));
            });
            loops.run(() -> assertThat(foreign).allSatisfy(clause ->
                    assertThatThrownBy(() -> Async.<Object>select(clause))
                            .isInstanceOf(ForeignLoopException.class)));
        }
    }

    @BothEngines
    void whatItWaitsForCanBeRead(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(0);
            Task<String> task = waiting(group, receive(channel.receiver(), v -> v), after(seconds(1), () -> -1));
            assertThat(task).hasToString("Task[" + task.name() + ", waits for the first of " + channel.receiver()
                    + ", the passing of 1 s]");
        }));
    }

    @BothEngines
    void aFunctionThatThrowsDoesNotUndoTheChoice(LoopFixture loops) {
        loops.run(() -> {
            Channel<Integer> channel = Channel.open(2);
            channel.sender().send(1);
            assertThatThrownBy(() -> Async.<Integer>select(receive(channel.receiver(), v -> Math.divideExact(v, 0))))
                    .isInstanceOf(ArithmeticException.class);
            assertThat(channel.receiver().tryReceive()).isEmpty();
        });
    }

    @BothEngines
    void aSelectThatAlwaysFindsSomethingGivesWay(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var stop = new ArrayList<String>();
            group.start(() -> stop.add("now"));
            while (stop.isEmpty()) {
                Async.<Integer>select(otherwise(() -> 0));
            }
        }));
    }

    // ---- time

    @BothEngines
    void theTimerCountsFromTheSelectAndOtherwiseDoesNotWait(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> channel = Channel.open(1);
            long start = EventLoop.current().now();
            Clause<String> value = receive(channel.receiver(), v -> v);
            Clause<String> late = after(seconds(3), () -> "late");
            sleep(seconds(1));
            assertThat(Async.<String>select(value, late)).isEqualTo("late");
            assertThat(loops.since(start)).isEqualTo(seconds(4));
            assertThat(Async.<String>select(value, otherwise(() -> "nothing"))).isEqualTo("nothing");
            assertThat(Async.<String>select(after(Duration.ZERO, () -> "nothing"), value)).isEqualTo("nothing");
            channel.sender().send("there");
            assertThat(Async.<String>select(otherwise(() -> "nothing"), value)).isEqualTo("there");
            assertThat(loops.since(start)).isEqualTo(seconds(4));
        });
    }

    // ---- the ends of tasks

    @BothEngines
    void theEndOfATaskIsAClause(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<String> slow = group.start(() -> {
                sleep(seconds(2));
                return "slow";
            });
            Task<String> quick = group.start(() -> "quick");
            assertThat(Async.<String>select(Clause.await(slow, v -> v), Clause.await(quick, v -> v)))
                    .isEqualTo("quick");
            Async.<String>select(Clause.await(slow, v -> v));
            assertThat(Async.<String>select(Clause.await(slow, v -> v + " again"))).isEqualTo("slow again");
        }));
    }

    @BothEngines
    void aFailedOrCancelledTaskThrowsOutOfTheSelect(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Promise<String> promise = Promise.create();
            Task<String> failing = group.start(() -> {
                assertThatThrownBy(() -> Async.<String>select(Clause.await(promise, v -> v)))
                        .isInstanceOf(TaskFailedException.class).hasRootCauseMessage("broken");
                return "seen";
            });
            settle();
            promise.fail(new IOException("broken"));
            assertThat(failing.await()).isEqualTo("seen");
            Promise<String> cancelled = Promise.create();
            cancelled.tryCancel("no more");
            assertThatThrownBy(() -> Async.<String>select(Clause.await(cancelled, v -> v)))
                    .isInstanceOf(TaskCancelledException.class);
            assertThatThrownBy(() -> Async.<Object>select(Clause.await(Task.current(), v -> v)))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("itself");
        }));
    }

    // ---- closed channels

    @BothEngines
    void anEndedChannelThrowsOrIsAValueOnRequest(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(1);
            Task<String> ended = waiting(group, receiveOrEnd(channel.receiver(), v -> v, () -> "ended"));
            channel.sender().close();
            assertThat(ended.await()).isEqualTo("ended");
            assertThat(Async.<String>select(receiveOrEnd(channel.receiver(), v -> v, () -> "still")))
                    .isEqualTo("still");
            assertThatThrownBy(() -> Async.<String>select(receive(channel.receiver(), v -> v)))
                    .isInstanceOf(ChannelClosedException.class);
            Channel<String> broken = Channel.open(1);
            broken.sender().fail(new IOException("broken"));
            assertThatThrownBy(() -> Async.<String>select(receiveOrEnd(broken.receiver(), v -> v, () -> "ended")))
                    .isInstanceOf(ChannelClosedException.class).hasRootCauseMessage("broken");
        }));
    }

    @BothEngines
    void aSendClauseWhoseReceiverClosesThrows(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(0);
            Task<String> sends = group.start(() -> {
                assertThatThrownBy(() -> Async.<String>select(send(channel.sender(), "v", () -> "sent")))
                        .isInstanceOf(ChannelClosedException.class).hasMessageContaining("the receiver is closed");
                return "refused";
            });
            settle();
            channel.receiver().close();
            assertThat(sends.await()).isEqualTo("refused");
        }));
    }

    // ---- semaphores

    @BothEngines
    void aSelectThatLeavesASemaphoreLetsThoseBehindThrough(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var semaphore = AsyncSemaphore.of(1);
            Channel<String> other = Channel.open(0);
            Task<?> many = group.start(() -> semaphore.acquire(2));
            settle();
            Task<String> selecting = waiting(group,
                    acquire(semaphore, () -> "acquired"), receive(other.receiver(), v -> v));
            Task<?> behind = group.start(() -> semaphore.acquire(1));
            settle();
            many.cancelAndJoin("out of the way");
            assertThat(selecting.await()).isEqualTo("acquired");
            semaphore.release();
            behind.join();
        }));
    }

    // ---- cancellation

    @BothEngines
    void cancelledWhileItWaitsItTakesNothingAndLeavesNothing(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> in = Channel.open(1);
            Channel<String> out = Channel.open(0);
            var semaphore = AsyncSemaphore.of(0);
            Task<String> task = waiting(group, receive(in.receiver(), v -> v), send(out.sender(), "x", () -> "sent"),
                    acquire(semaphore, () -> "acquired"), after(seconds(1), () -> "late"));
            task.cancelAndJoin("enough");
            assertThat(task.state()).isInstanceOf(Awaitable.Cancelled.class);
            assertThat(in.toString() + out + semaphore).doesNotContain("wait");
            semaphore.release();
            in.sender().send("kept");
            assertThat(in.receiver().tryReceive()).contains("kept");
            assertThat(semaphore.tryAcquire()).isTrue();
        }));
    }

    @BothEngines
    void s4AValueThatCameBeforeTheCancellationIsDelivered(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(0);
            var got = new ArrayList<String>();
            Task<?> task = group.start(() -> {
                got.add(select(receive(channel.receiver(), v -> v), after(seconds(1), () -> "late")));
                checkpoint();
                got.add("not reached");
            });
            settle();
            assertThat(channel.sender().trySend("value")).isTrue();
            task.cancelAndJoin("after the value");
            assertThat(got).containsExactly("value");
        }));
    }

    @BothEngines
    void cancelledBeforeItTakesNothingEvenIfSomethingIsReady(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> channel = Channel.open(1);
            channel.sender().send("kept");
            assertThat(CancelScope.run(scope -> {
                scope.cancel("before");
                Async.<String>select(receive(channel.receiver(), v -> v));
            })).isFalse();
            assertThat(channel.receiver().tryReceive()).contains("kept");
        });
    }

    // ---- foreign things

    @BothEngines
    void anyReceiverTakesPartThroughOnReady(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(1);
            var foreign = new ForeignReceiver<>(channel.receiver());
            Task<String> first = waiting(group, receive(foreign, v -> v), after(seconds(5), () -> "late"));
            Task<String> second = waiting(group, receive(foreign, v -> v), after(seconds(5), () -> "late"));
            assertThat(foreign.registered).isEqualTo(2);
            channel.sender().send("one");
            settle();
            assertThat(List.of(first.await(), second.await())).containsExactlyInAnyOrder("one", "late");
            assertThat(foreign.registered).isZero();
            Task<String> cancelled = waiting(group, receive(foreign, v -> v));
            cancelled.cancelAndJoin("enough");
            assertThat(foreign.registered).isZero();
        }));
    }

    @BothEngines
    void aForeignSelectKeepsItsTimerWhenItAsksAgain(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(1);
            long start = EventLoop.current().now();
            Task<String> task = waiting(group,
                    receive(new ForeignReceiver<>(channel.receiver()), v -> v), after(seconds(5), () -> "late"));
            sleep(seconds(4));
            channel.sender().trySend("stolen");
            channel.receiver().tryReceive();
            assertThat(task.await()).isEqualTo("late");
            assertThat(loops.since(start)).isEqualTo(seconds(5));
        }));
    }

    @BothEngines
    void aSenderThatCannotTellIsRefused(LoopFixture loops) {
        loops.run(() -> {
            Channel<String> channel = Channel.open(1);
            var foreign = new Sender<String>() {
                @Override
                public void send(String value) {
                    channel.sender().send(value);
                }

                @Override
                public boolean trySend(String value) {
                    return channel.sender().trySend(value);
                }

                @Override
                public Sender.Permit<String> reserve() {
                    return channel.sender().reserve();
                }

                @Override
                public Optional<Sender.Permit<String>> tryReserve() {
                    return channel.sender().tryReserve();
                }

                @Override
                public Sender<String> copy() {
                    return this;
                }

                @Override
                public void fail(Throwable cause) {
                    channel.sender().fail(cause);
                }

                @Override
                public void close() {
                    channel.sender().close();
                }
            };
            assertThatThrownBy(() -> send(foreign, "v", () -> "sent")).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("trySend");
        });
    }
}
