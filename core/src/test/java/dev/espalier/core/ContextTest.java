package dev.espalier.core;

import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.ContextVar.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContextTest {
    private static final ContextVar<String> USER = ContextVar.named("user");
    private static final ContextVar<Integer> DEPTH = ContextVar.withDefault("depth", 0);

    // ---- binding

    @BothEngines
    void aValueIsBoundForTheBodyAndUnboundHoweverItEnds(LoopFixture loops) {
        loops.run(() -> {
            String seen = USER.with("ann", () -> USER.with("bob", USER::get) + " in " + USER.get());
            assertThat(seen).isEqualTo("bob in ann");
            assertThatThrownBy(() -> USER.with("ann", () -> {
                throw new IOException("of the body");
            })).isInstanceOf(IOException.class);
            assertThat(USER.find()).isEmpty();
        });
    }

    @BothEngines
    void aCancelledBodyLosesTheValueToo(LoopFixture loops) {
        loops.run(() -> {
            Async.moveOnAfter(seconds(1), () -> USER.with("ann", Async::sleepForever));
            assertThat(USER.find()).isEmpty();
        });
    }

    @BothEngines
    void withoutAValueGetSaysWhichVariableAndWhatToDo(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(USER::get)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("'user'")
                    .hasMessageContaining("ContextVar.with");
            assertThat(DEPTH.get()).as("the default").isZero();
            assertThat(DEPTH.find()).contains(0);
        });
    }

    @Test
    void outsideOfLoopsAValueIsBoundOnTheThread() {
        assertThat(USER.<String, RuntimeException>with("ann", () -> Async.run(USER::get))).isEqualTo("ann");
        assertThat(USER.find()).isEmpty();
    }

    // ---- inheritance

    @BothEngines
    void s49AChildHasTheValuesOfItsCreationAndNotOfItsStart(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<String> child = USER.with("creator", () -> group.<String>start(USER::get));
            Task<String> named = USER.with("creator", () -> group.<String>start("named", USER::get));
            USER.with("later", () -> settle());
            assertThat(child.result() + " " + named.result()).isEqualTo("creator creator");
        }));
    }

    @BothEngines
    void s49CallbacksAndTimersHaveTheValuesOfTheirRegistration(LoopFixture loops) {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            var seen = new ArrayList<String>();
            USER.with("registered", () -> {
                loop.callSoon(() -> seen.add("soon " + USER.get()));
                loop.callSoonThreadsafe(() -> seen.add("threadsafe " + USER.get()));
                loop.callLater(seconds(1), () -> seen.add("later " + USER.get()));
                loop.callAt(Deadline.after(seconds(2)), () -> seen.add("at " + USER.get()));
            });
            loop.callLater(seconds(3), () -> seen.add("bare " + USER.find()));
            USER.with("meanwhile", () -> Async.sleep(seconds(4)));
            assertThat(seen).containsExactly(
                    "soon registered", "threadsafe registered", "later registered", "at registered",
                    "bare Optional.empty");
        });
    }

    @BothEngines
    void s49HooksHaveTheValuesOfTheirRegistrationAndNotOfWhoTriggersThem(LoopFixture loops) {
        loops.run(() -> {
            var seen = new ArrayList<String>();
            CancelScope.run(scope -> {
                USER.with("registered", () -> scope.onCancel(() -> seen.add("hook " + USER.get())));
                scope.onCancel(() -> seen.add("bare hook " + USER.find()));
                USER.with("canceller", () -> scope.cancel("now"));
            });
            Channel<String> channel = Channel.open(1);
            USER.with("registered", () -> channel.receiver().onReady(() -> seen.add("ready " + USER.get())));
            channel.receiver().onReady(() -> seen.add("bare ready " + USER.find()));
            USER.with("sender", () -> channel.sender().trySend("value"));
            settle();
            assertThat(seen).containsExactly(
                    "hook registered", "bare hook Optional.empty", "ready registered", "bare ready Optional.empty");
        });
    }

    @BothEngines
    void s49OffloadedBodiesGetACopyAndTheirThreadsKeepNothing(LoopFixture loops) {
        loops.time.expectForeignThreads();
        loops.run(() -> {
            String offloaded = USER.with("ann", () -> Async.offload(() -> USER.get() + USER.with("bob", USER::get)));
            assertThat(offloaded).isEqualTo("annbob");
            assertThat(Async.<Boolean, RuntimeException>offload(() -> USER.find().isPresent()))
                    .as("the same thread, another caller")
                    .isFalse();
        });
    }

    @BothEngines
    void s49ABodySubmittedToAnotherLoopTakesTheValuesAlong(LoopFixture loops) {
        try (EventLoop other = loops.open(loops.options())) {
            CompletableFuture<String> future = new CompletableFuture<>();
            loops.run(() -> USER.with("ann", () -> {
                other.submit(USER::get).thenAccept(future::complete);
            }));
            while (!future.isDone()) {
                other.runOnce(seconds(0));
            }
            assertThat(future.join()).isEqualTo("ann");
        }
    }

    @BothEngines
    void s50WhatAChildBindsNeverReachesItsParentOrSiblings(LoopFixture loops) {
        loops.run(() -> USER.with("parent", () -> TaskGroup.run(group -> {
            group.start(() -> USER.with("child", () -> Async.sleep(seconds(2))));
            Task<String> sibling = group.start(() -> {
                Async.sleep(seconds(1));
                return USER.get();
            });
            Async.sleep(seconds(1));
            assertThat(USER.get()).isEqualTo("parent");
            assertThat(sibling.await()).isEqualTo("parent");
        })));
    }

    @BothEngines
    void s51AValueBoundAfterTheGroupWasOpenedReachesTheChildStartedThen(LoopFixture loops) {
        loops.run(() -> USER.with("opener", () -> TaskGroup.run(group -> {
            Task<String> inner = USER.with("starter", () -> group.<String>start(USER::get));
            assertThat(inner.await()).isEqualTo("starter");
            assertThat(group.<String>start(USER::get).await()).isEqualTo("opener");
        })));
    }

    @BothEngines
    void aThreadThatRunsOneItemAfterTheOtherMixesNothingUp(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            List<Task<String>> children = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                children.add(USER.with("user " + i, () -> group.<String>start(() -> {
                    String before = USER.get();
                    Async.checkpoint();
                    return before + " " + USER.get();
                })));
                children.add(group.start(() -> USER.find().orElse("none")));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(children.get(2 * i).await()).isEqualTo("user " + i + " user " + i);
                assertThat(children.get(2 * i + 1).await()).isEqualTo("none");
            }
        }));
    }

    // ---- explicit contexts

    @BothEngines
    void aCapturedContextReplacesTheOneBoundHere(LoopFixture loops) {
        loops.run(() -> {
            Context ann = USER.with("ann", () -> DEPTH.<Context, RuntimeException>with(7, Context::capture));
            assertThat(ann).hasToString("Context[depth=7, user=ann]");
            USER.with("bob", () -> {
                assertThat(ann.<String, RuntimeException>run(() -> USER.get() + DEPTH.get())).isEqualTo("ann7");
                assertThat(USER.get()).isEqualTo("bob");
            });
        });
    }

    @BothEngines
    void aChildCanBeStartedWithACapturedContext(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Context nothing = Context.capture();
            var seen = new ArrayList<String>();
            USER.with("ann", () -> {
                assertThat(nothing.<Boolean>start(group, () -> USER.find().isPresent()).await()).isFalse();
                Context.capture().start(group, () -> {
                    seen.add(USER.get());
                }).await();
            });
            assertThat(seen).containsExactly("ann");
        }));
    }

    @Test
    void aThreadOfTheJdkGetsAContextByHand() throws InterruptedException {
        var seen = new ArrayList<String>();
        Context ann = USER.<Context, RuntimeException>with("ann", Context::capture);
        Thread thread = Thread.ofPlatform().start(() -> {
            ann.run(() -> {
                seen.add(USER.get());
            });
            seen.add(USER.find().orElse("none"));
        });
        thread.join();
        assertThat(seen).containsExactly("ann", "none");
    }

    @BothEngines
    void tasksThatStartTheirSuccessorsForEverDoNotDragEarlierValuesAlong(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> USER.with("ann", () -> succeed(group, 0))));
    }

    private static void succeed(TaskGroup group, int depth) {
        DEPTH.with(depth, () -> {
            if (depth < 100) {
                group.start(() -> succeed(group, depth + 1));
            } else {
                assertThat(Context.capture().toString()).satisfiesAnyOf(
                        text -> assertThat(text).isEqualTo("Context[depth=100, user=ann]"),
                        text -> assertThat(text).isEqualTo("Context[user=ann, depth=100]"));
            }
        });
    }

    // ---- loop-local values

    @BothEngines
    void aLoopLocalIsOneValueForAllCodeOfALoopAndDiesWithIt(LoopFixture loops) {
        EventLoop.Local<List<Integer>> local = EventLoop.Local.named("numbers");
        for (int run = 0; run < 2; run++) {
            loops.run(() -> TaskGroup.run(group -> {
                assertThat(local.find()).as("a new loop").isEmpty();
                IntStream.range(0, 3).forEach(i ->
                        group.start(() -> local.computeIfAbsent(ArrayList::new).add(i)));
                settle();
                assertThat(local.get()).containsExactly(0, 1, 2);
                EventLoop.current().callSoon(() -> local.set(List.of(9)));
                settle();
                assertThat(local.get()).containsExactly(9);
            }));
        }
    }

    @BothEngines
    void aLoopLocalWithoutValueOrLoopSaysSo(LoopFixture loops) {
        EventLoop.Local<String> local = EventLoop.Local.named("greeting");
        loops.run(() -> assertThatThrownBy(local::get)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'greeting'"));
        assertThatThrownBy(local::get).isInstanceOf(IllegalStateException.class).hasMessageContaining("no task");
    }
}
