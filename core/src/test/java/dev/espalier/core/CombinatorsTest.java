package dev.espalier.core;

import static dev.espalier.core.Async.asCompleted;
import static dev.espalier.core.Async.awaitAll;
import static dev.espalier.core.Async.awaitAllOrFailure;
import static dev.espalier.core.Async.awaitAny;
import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.gather;
import static dev.espalier.core.Async.hedge;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.parallelForEach;
import static dev.espalier.core.Async.parallelMap;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.staggeredRace;
import static dev.espalier.core.Async.timeout;
import static dev.espalier.core.Waits.after;
import static dev.espalier.core.Waits.failing;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** gather of many, wait sets, staggered races, hedges, bounded fan-out, mapped awaitables. */
class CombinatorsTest {

    private static Task<String> startAfter(TaskGroup group, long seconds, String value) {
        return group.start(value, () -> after(seconds, value));
    }

    // ---- gather

    @BothEngines
    void gatherCombinesFourAndFive(LoopFixture loops) {
        loops.run(() -> {
            String four = gather(() -> 1, () -> 2L, () -> "3", () -> '4', (a, b, c, d) -> a + b + c + d);
            assertThat(four).isEqualTo("334");
            String five = gather(
                    () -> 1, () -> 2L, () -> "3", () -> '4', () -> 5.0, (a, b, c, d, e) -> a + b + c + d + e);
            assertThat(five).isEqualTo("3345.0");
        });
    }

    @BothEngines
    void aFailureInAGatherOfFiveCancelsItsSiblings(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThatThrownBy(() -> gather(() -> after(9, "a"), () -> after(8, "b"), () -> failing(1, "c"),
                    () -> after(7, "d"), () -> after(6, "e"), (a, b, c, d, e) -> a))
                    .isInstanceOf(GroupException.class).hasRootCauseMessage("c");
            assertThat(loops.since(start)).isEqualTo(seconds(1));
        });
    }

    // ---- wait sets

    @BothEngines
    void awaitAnyTellsWhatHasEndedAndCancelsNothing(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<String> slow = startAfter(group, 3, "slow");
            Task<String> quick = startAfter(group, 1, "quick");
            Promise<String> never = Promise.create();
            Async.DoneAndPending<Awaitable<String>> first = awaitAny(List.of(slow, quick, never));
            assertThat(first.done()).containsExactly(quick);
            assertThat(first.pending()).containsExactly(slow, never);
            assertThat(awaitAny(List.of(slow, quick)).done()).containsExactly(quick);
            assertThat(awaitAll(List.of(slow, quick)).pending()).isEmpty();
            assertThat(slow.result()).isEqualTo("slow");
            assertThat(awaitAll(List.of()).done()).isEmpty();
            assertThatThrownBy(() -> awaitAny(List.of())).isInstanceOf(IllegalArgumentException.class);
        }));
    }

    @BothEngines
    void awaitAllOrFailureEndsWithTheFirstFailureAndThrowsNone(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> a = Promise.create();
            Promise<String> b = Promise.create();
            Promise<String> c = Promise.create();
            TaskGroup.run(group -> {
                Task<Async.DoneAndPending<Promise<String>>> waiting =
                        group.start(() -> awaitAllOrFailure(List.of(a, b, c)));
                settle();
                a.tryCancel("a cancellation is no failure");
                settle();
                assertThat(waiting.toString()).contains("waits for 2 of 2 things to end, or one to fail");
                c.fail(new IOException("failed"));
                assertThat(waiting.await().done()).containsExactly(a, c);
                assertThat(waiting.await().pending()).containsExactly(b);
            });
            assertThat(awaitAllOrFailure(List.of(c, b)).pending()).containsExactly(b);
        });
    }

    @BothEngines
    void aWaitSetThatIsCancelledLeavesNothingBehind(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> a = Promise.create();
            Promise<String> b = Promise.create();
            assertThat(moveOnAfter(seconds(1), () -> {
                awaitAll(List.of(a, b));
            })).isFalse();
            assertThat(a.outcome().isEmpty() && b.outcome().isEmpty()).isTrue();
            assertThatThrownBy(() -> awaitAll(List.of(a, Task.current()))).isInstanceOf(IllegalStateException.class);
            assertThat(a.outcome().isEmpty()).isTrue();
        });
    }

    @BothEngines
    void asCompletedGoesThroughInTheOrderOfTheEnds(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<String> a = startAfter(group, 3, "a");
            Task<String> b = startAfter(group, 1, "b");
            Task<String> c = startAfter(group, 2, "c");
            var order = new ArrayList<String>();
            for (Task<String> task : asCompleted(List.of(a, b, c))) {
                order.add(task.result());
                sleep(seconds(order.size() == 1 ? 5 : 0)); // the others end meanwhile
            }
            assertThat(order).containsExactly("b", "c", "a");
            Iterator<Task<String>> ended = asCompleted(List.of(a, b)).iterator();
            assertThat(List.of(ended.next(), ended.next())).containsExactly(a, b);
            assertThat(ended.hasNext()).isFalse();
            assertThatThrownBy(ended::next).isInstanceOf(java.util.NoSuchElementException.class);
        }));
    }

    @BothEngines
    void oneTaskAtATimeTakesCompletions(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Iterator<Promise<String>> ends = asCompleted(List.of(Promise.<String>create())).iterator();
            Task<?> first = group.start("first", () -> ends.next());
            settle();
            assertThatThrownBy(ends::next).isInstanceOf(BusyException.class).hasMessageContaining("'first'");
            first.cancelAndJoin("enough");
        }));
    }

    // ---- things that are none of ours

    /** An awaitable that is none of ours. */
    private record Foreign(Promise<String> inner, AtomicInteger registered) implements Awaitable<String> {
        @Override
        public String await() {
            return inner.await();
        }

        @Override
        public <X extends Throwable> String await(Class<X> failure) throws X {
            return inner.await(failure);
        }

        @Override
        public String result() {
            return inner.result();
        }

        @Override
        public State<String> state() {
            return inner.state();
        }

        @Override
        public CompletableFuture<String> toFuture() {
            return inner.toFuture();
        }

        @Override
        public CancelScope.Registration onDone(Runnable action) {
            registered.incrementAndGet();
            CancelScope.Registration registration = inner.onDone(action);
            return () -> {
                registered.decrementAndGet();
                registration.close();
            };
        }
    }

    @BothEngines
    void awaitablesOfOthersTakePartThroughOnDone(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var foreign = new Foreign(Promise.create(), new AtomicInteger());
            Promise<String> never = Promise.create();
            Task<String> selecting = group.start(() ->
                    Async.<String>select(Clause.await(foreign, v -> v), Clause.await(never, v -> v)));
            Task<?> waiting = group.start(() -> awaitAny(List.of(foreign, never)));
            Task<?> leaving = group.start(() -> Async.<String>select(Clause.await(foreign, v -> v)));
            Awaitable<Integer> mapped = foreign.map(String::length);
            settle();
            leaving.cancelAndJoin("enough");
            assertThat(foreign.registered()).hasValue(3);
            foreign.inner().succeed("value");
            assertThat(selecting.await()).isEqualTo("value");
            assertThat(mapped.await()).isEqualTo(5);
            waiting.join();
            assertThat(foreign.registered()).hasValue(1); // of the mapping, which is never taken back
        }));
    }

    // ---- races

    @BothEngines
    void aStaggeredRaceBeginsTheNextAfterAWhileOrAtOnceAfterAFailure(LoopFixture loops) {
        loops.run(() -> {
            var begun = new ArrayList<String>();
            long start = EventLoop.current().now();
            String won = staggeredRace(seconds(2), List.<Body<String, IOException>>of(
                    () -> begin(begun, loops, start, "a", () -> after(9, "a")),
                    () -> begin(begun, loops, start, "b", () -> failing(1, "b")),
                    () -> begin(begun, loops, start, "c", () -> after(1, "c")),
                    () -> begin(begun, loops, start, "d", () -> after(1, "d"))));
            assertThat(won).isEqualTo("c");
            assertThat(begun).containsExactly("a at 0", "b at 2", "c at 3");
            assertThat(loops.since(start)).isEqualTo(seconds(4));
        });
    }

    private static String begin(
            List<String> begun, LoopFixture loops, long start, String name, Body<String, IOException> body)
            throws IOException {
        begun.add(name + " at " + loops.since(start).toSeconds());
        return body.run();
    }

    @BothEngines
    void aStaggeredRaceThatNobodyWinsHasAllFailures(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() ->
                    Async.<String>staggeredRace(seconds(9), () -> failing(1, "a"), () -> failing(1, "b")))
                    .isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures())
                            .extracting(Throwable::getMessage).containsExactly("a", "b"));
            assertThatThrownBy(() -> Async.<String>staggeredRace(seconds(1)))
                    .isInstanceOf(IllegalArgumentException.class);
        });
    }

    @BothEngines
    void aHedgeMakesASecondAttemptIfTheFirstIsSlow(LoopFixture loops) {
        loops.run(() -> {
            var begun = new AtomicInteger();
            long start = EventLoop.current().now();
            assertThat(Async.<String>hedge(seconds(1), () -> after(begun.incrementAndGet() == 1 ? 9 : 2, "value")))
                    .isEqualTo("value");
            assertThat(loops.since(start)).isEqualTo(seconds(3));
            assertThat(Async.<String>hedge(seconds(5), () -> after(2, "quick"))).isEqualTo("quick");
            hedge(seconds(1), () -> {
                begun.incrementAndGet();
            });
            assertThat(begun).hasValue(3);
        });
    }

    @BothEngines
    void s20ARaceReturnsOnlyWhenItsLosersHaveEndedAndKeepsItsValue(LoopFixture loops) {
        loops.run(() -> {
            var log = new ArrayList<String>();
            assertThatThrownBy(() -> timeout(seconds(2), () -> {
                String won = Async.<String>race(() -> after(1, "value"), () -> {
                    try {
                        return after(9, "loser");
                    } finally {
                        Async.shield(seconds(5), () -> sleep(seconds(3)));
                        log.add("loser ended");
                    }
                });
                log.add(won);
                checkpoint();
            })).isInstanceOf(DeadlineExceededException.class);
            assertThat(log).containsExactly("loser ended", "value");
        });
    }

    @BothEngines
    void aLosersValueIsClosed(LoopFixture loops) {
        loops.run(() -> {
            var closed = new ArrayList<String>();
            AutoCloseable won = Async.<AutoCloseable>race(
                    () -> () -> closed.add("first"), () -> () -> closed.add("second"));
            assertThat(closed).containsExactly("second");
            AutoCloseable shared = () -> closed.add("shared");
            assertThat(Async.<AutoCloseable>race(() -> shared, () -> shared)).isSameAs(shared);
            assertThat(closed).containsExactly("second");
            assertThat(won).isNotNull();
        });
    }

    // ---- bounded fan-out

    @BothEngines
    void parallelMapKeepsOrderAndLimit(LoopFixture loops) {
        loops.run(() -> {
            var running = new AtomicInteger();
            var most = new AtomicInteger();
            List<String> values = parallelMap(3, IntStream.range(0, 10).boxed().toList(), i -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                sleep(millis(100 - 7 * i));
                running.decrementAndGet();
                return "v" + i;
            });
            assertThat(values).containsExactlyElementsOf(IntStream.range(0, 10).mapToObj(i -> "v" + i).toList());
            assertThat(most).hasValue(3);
            assertThat(parallelMap(2, List.<Integer>of(), i -> i)).isEmpty();
            assertThatThrownBy(() -> parallelMap(0, List.of(1), i -> i)).isInstanceOf(IllegalArgumentException.class);
        });
    }

    @BothEngines
    void theInputIsReadOnlyAsCapacityFreesAndMayAwait(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> channel = Channel.open(10);
            var done = new ArrayList<Integer>();
            Task<?> all = group.start(() -> parallelForEach(2, channel.receiver(), i -> {
                sleep(seconds(1));
                done.add(i);
            }));
            for (int i = 0; i < 5; i++) {
                channel.sender().send(i);
            }
            settle();
            assertThat(channel.receiver().tryReceive()).contains(2);
            sleep(seconds(4));
            assertThat(done).containsExactly(0, 1, 3, 4);
            channel.sender().close();
            all.join();
        }));
    }

    @BothEngines
    void aFailureOfABodyOrOfTheInputEndsAParallelMap(LoopFixture loops) {
        loops.run(() -> {
            var seen = new ArrayList<Integer>();
            assertThatThrownBy(() -> parallelMap(2, List.of(1, 2, 3, 4), i -> {
                seen.add(i);
                return i == 2 ? failing(1, "two") : after(9, "slow");
            })).isInstanceOf(GroupException.class).hasRootCauseMessage("two");
            assertThat(seen).containsExactly(1, 2);
            Iterable<Integer> broken = () -> {
                throw new IllegalStateException("no input");
            };
            assertThatThrownBy(() -> parallelForEach(2, broken, i -> {})).hasMessage("no input");
        });
    }

    @BothEngines
    void anItemWhoseTaskCancelsItselfDoesNotHoldUpTheOthers(LoopFixture loops) {
        loops.run(() -> {
            var seen = new ArrayList<Integer>();
            parallelForEach(1, List.of(1, 2, 3), i -> {
                if (i == 1) {
                    Task.current().cancel("not me");
                    checkpoint();
                }
                seen.add(i);
            });
            assertThat(seen).containsExactly(2, 3);
            assertThatThrownBy(() -> parallelMap(1, List.of(1, 2), i -> {
                Task.current().cancel("not me");
                checkpoint();
                return i;
            })).isInstanceOf(TaskCancelledException.class);
        });
    }

    // ---- mapped awaitables

    @BothEngines
    void mapAndRecoverHandOnTheEnd(LoopFixture loops) {
        loops.run(() -> {
            Promise<String> good = Promise.create();
            Promise<String> bad = Promise.create();
            Promise<String> gone = Promise.create();
            Awaitable<Integer> length = good.map(String::length);
            Awaitable<Integer> broken = good.map(v -> Integer.parseInt(v));
            Awaitable<String> instead = bad.recover(IOException.class, e -> "instead of " + e.getMessage());
            Awaitable<String> other = bad.recover(IllegalStateException.class, e -> "never");
            Awaitable<String> cancelled = gone.recover(Throwable.class, e -> "never").map(v -> v);
            good.succeed("value");
            bad.fail(new IOException("bad"));
            gone.tryCancel("no more");
            assertThat(length.state()).isInstanceOf(Awaitable.Pending.class);
            assertThat(length.await()).isEqualTo(5);
            assertThatThrownBy(broken::await).isInstanceOf(TaskFailedException.class)
                    .hasCauseInstanceOf(NumberFormatException.class);
            assertThat(instead.await()).isEqualTo("instead of bad");
            assertThatThrownBy(() -> other.await(IOException.class)).isInstanceOf(IOException.class);
            assertThatThrownBy(cancelled::await)
                    .isInstanceOf(TaskCancelledException.class).hasMessageContaining("no more");
            assertThat(good.map(v -> v + "!").await()).isEqualTo("value!");
        });
    }
}
