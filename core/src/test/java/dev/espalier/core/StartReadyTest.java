package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** S32: start a child and wait until it says that it is ready. */
class StartReadyTest {

    @BothEngines
    void s32TheCallerGetsWhatTheChildSaysAndTheChildGoesOn(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> TaskGroup.run(group -> {
            String said = group.startReady("server", ready -> {
                sleep(seconds(1));
                ready.succeed("ready");
                sleep(seconds(1));
                log.add(Task.current().name() + " ended");
            });
            log.add(said);
        }));
        assertThat(log).containsExactly("ready", "server ended");
    }

    @BothEngines
    void s32AFailureBeforeReadyIsThrownToTheCallerAlone(LoopFixture loops) {
        loops.run(() -> {
            var failure = new IOException("port in use");
            TaskGroup.run(group -> {
                Task<?> sibling = group.start(() -> sleep(seconds(1)));
                assertThatThrownBy(() -> group.<String>startReady("server", ready -> {
                    checkpoint();
                    throw failure;
                })).isInstanceOf(TaskFailedException.class).hasMessageContaining("server").cause().isSameAs(failure);
                sibling.await();
            });
        });
    }

    @BothEngines
    void s32AFailureAfterReadyFailsTheGroup(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> {
            group.<Integer>startReady(ready -> {
                ready.succeed(1);
                throw new IOException("later");
            });
            sleepForever();
        })).isInstanceOf(GroupException.class).hasCauseInstanceOf(IOException.class));
    }

    @BothEngines
    void s32AChildThatEndsWithoutAWordIsAnError(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> assertThatThrownBy(() -> group.<String>startReady("mute", _ -> checkpoint()))
                .isInstanceOf(TaskFailedException.class).cause().isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("mute").hasMessageContaining("succeed the promise")));
    }

    @BothEngines
    void s32AChildThatSaysItFailedIsCancelledAndWaitedFor(LoopFixture loops) {
        loops.run(() -> {
            var log = new ArrayList<String>();
            TaskGroup.run(group -> {
                assertThatThrownBy(() -> group.<String>startReady(ready -> {
                    ready.fail(new IOException("no"));
                    unwindSlowly(log);
                })).isInstanceOf(TaskFailedException.class).hasCauseInstanceOf(IOException.class);
                log.add("caller");
            });
            assertThat(log).containsExactly("unwound", "caller");
        });
    }

    private static void unwindSlowly(ArrayList<String> log) {
        try {
            sleepForever();
        } finally {
            shield(seconds(2), () -> sleep(seconds(1)));
            log.add("unwound");
        }
    }

    @BothEngines
    void s32ACancelledCallerCancelsTheChildAndWaitsForIt(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var log = new ArrayList<String>();
            assertThat(Async.moveOnAfter(seconds(1), () -> {
                try {
                    group.<String>startReady(_ -> unwindSlowly(log));
                } finally {
                    log.add("caller");
                }
            })).isFalse();
            assertThat(log).containsExactly("unwound", "caller");
            assertThat(group.children()).isEmpty();
        }));
    }

    @BothEngines
    void s32AFailureInTheUnwindingOfAGivenUpStartIsNotLost(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> assertThatThrownBy(() -> Async.moveOnAfter(seconds(1), () ->
                group.<String>startReady(_ -> {
                    try {
                        sleepForever();
                    } finally {
                        failNow();
                    }
                }))).isInstanceOf(TaskFailedException.class).hasCauseInstanceOf(IOException.class)));
    }

    private static void failNow() throws IOException {
        throw new IOException("in clean-up");
    }

    @BothEngines
    void s32ACallerCancelledBeforeStartsNothing(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> CancelScope.run(scope -> {
            scope.cancel("before");
            assertThatThrownBy(() -> group.<String>startReady(_ -> {
                throw new AssertionError("not started");
            })).isInstanceOf(CancelledError.class);
        })));
    }

    @BothEngines
    void s32ReadinessThatArrivesBeforeACancelInTheSameTickIsDelivered(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> CancelScope.run(scope -> {
            String said = group.startReady(ready -> {
                ready.succeed("in time");
                scope.cancel("in the same tick");
                sleep(seconds(1));
            });
            assertThat(said).isEqualTo("in time");
            assertThatThrownBy(Async::checkpoint).isInstanceOf(CancelledError.class);
            assertThat(group.children()).hasSize(1);
        })));
    }

    @BothEngines
    void s32ACancelBeforeTheReadinessInTheSameTickUndoesTheStart(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            CancelScope.run(scope -> group.<String>startReady(ready -> {
                scope.cancel("first");
                ready.succeed("too late");
                sleepForever();
            }));
            assertThat(group.children()).isEmpty();
        }));
    }

    @BothEngines
    void s32AGroupCancelledMeanwhileUnwindsTheChildAndTellsACallerOutside(LoopFixture loops) {
        loops.run(() -> {
            var group = new AtomicReference<TaskGroup>();
            TaskGroup.run(outer -> {
                outer.start(() -> TaskGroup.run(inner -> {
                    group.set(inner);
                    sleep(seconds(1));
                    inner.cancel("meanwhile");
                }));
                settle();
                assertThatThrownBy(() -> group.get().<String>startReady(_ -> sleepForever()))
                        .isInstanceOf(TaskCancelledException.class).hasMessageContaining("meanwhile");
            });
        });
    }

    @BothEngines
    void s32AFailingSiblingUnwindsTheChildAndACallerInsideMeetsItsOwnCancellation(LoopFixture loops) {
        loops.run(() -> {
            var met = new ArrayList<CancelReason.Kind>();
            assertThatThrownBy(() -> TaskGroup.run(group -> {
                group.start(() -> {
                    sleep(seconds(1));
                    throw new IOException("sibling");
                });
                try {
                    group.<String>startReady(_ -> sleepForever());
                } catch (CancelledError e) {
                    met.add(e.reason().kind());
                    throw e;
                }
            })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures()).hasSize(1));
            assertThat(met).containsExactly(CancelReason.Kind.FAILURE);
        });
    }

    @BothEngines
    void aGroupWaitsForAChildThatAnotherTaskIsStarting(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> TaskGroup.run(outer -> {
            var inner = new AtomicReference<TaskGroup>();
            outer.start(() -> {
                TaskGroup.run(group -> {
                    inner.set(group);
                    sleep(seconds(1));
                });
                log.add("group ended");
            });
            settle();
            log.add(inner.get().startReady(ready -> {
                sleep(seconds(2));
                ready.succeed("ready");
                sleep(seconds(1));
                log.add("child");
            }));
        }));
        assertThat(log).containsExactly("ready", "child", "group ended");
    }
}
