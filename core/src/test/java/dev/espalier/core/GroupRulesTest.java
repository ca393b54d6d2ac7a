package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

class GroupRulesTest {

    // ---- S23 one shape

    @BothEngines
    void s23OneFailureComesInTheSameShapeAsMany(LoopFixture loops) {
        loops.run(() -> {
            var failure = new IOException("only one");
            assertThatThrownBy(() -> TaskGroup.run(group -> group.start(() -> {
                throw failure;
            }))).isInstanceOfSatisfying(GroupException.class, e -> {
                assertThat(e.failures()).containsExactly(failure);
                assertThat(e).hasCause(failure).hasNoSuppressedExceptions();
                assertThatThrownBy(() -> e.rethrowIfOnly(IOException.class)).isSameAs(failure);
            });
        });
    }

    @BothEngines
    void s23ManyFailuresKeepTheirOrder(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> {
            for (int i = 0; i < 5; i++) {
                String name = "failure " + i;
                group.start(() -> {
                    throw new IOException(name);
                });
            }
        })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures())
                .extracting(Throwable::getMessage)
                .containsExactly("failure 0", "failure 1", "failure 2", "failure 3", "failure 4")));
    }

    // ---- rule 8: body and children

    @BothEngines
    void rule8TheBodysOwnFailureComesOutWithItsTypeWhenItCameFirst(LoopFixture loops) {
        loops.run(() -> {
            var first = new IOException("body");
            assertThatThrownBy(() -> TaskGroup.run(group -> {
                group.start(() -> failInCleanUp("child"));
                checkpoint();
                throw first;
            })).isSameAs(first).satisfies(e -> assertThat(e.getSuppressed())
                    .extracting(Throwable::getMessage).containsExactly("child"));
        });
    }

    @BothEngines
    void rule8AChildThatFailedFirstMakesTheBodysFailureAMember(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> {
            group.start(() -> {
                throw new IOException("child");
            });
            failInCleanUp("body");
        })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures())
                .extracting(Throwable::getMessage).containsExactly("child", "body")));
    }

    @BothEngines
    void rule8ABodyThatAwaitsAFailedChildDoesNotFailASecondTime(LoopFixture loops) {
        loops.run(() -> {
            var failure = new IOException("child");
            assertThatThrownBy(() -> TaskGroup.call(group -> group.start(() -> {
                throw failure;
            }).await())).isInstanceOfSatisfying(
                    GroupException.class, e -> assertThat(e.failures()).containsExactly(failure));
        });
    }

    @BothEngines
    void rule8AJvmErrorOfAChildKeepsTheFailureOfTheBodyBeforeIt(LoopFixture loops) {
        loops.run(() -> {
            var error = new InternalError("of a child");
            var first = new IOException("body");
            assertThatThrownBy(() -> TaskGroup.run(group -> {
                group.start(() -> {
                    try {
                        sleepForever();
                    } finally {
                        throwError(error);
                    }
                });
                checkpoint();
                throw first;
            })).isSameAs(error).satisfies(e -> assertThat(e.getSuppressed()).containsExactly(first));
        });
    }

    private static void throwError(Error error) {
        throw error;
    }

    private static void failInCleanUp(String message) throws IOException {
        try {
            sleepForever();
        } catch (CancelledError e) {
            throw new IOException(message);
        }
    }

    // ---- S24 cancellations and failures

    @BothEngines
    void s24CancellationsAreDroppedWhereThereIsARealFailure(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> {
            group.start(Async::sleepForever);
            group.start(Async::sleepForever);
            group.start(() -> {
                throw new IOException("real");
            });
            sleepForever();
        })).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.leaves())
                .singleElement().isInstanceOf(IOException.class)));
    }

    @BothEngines
    void s24OnlyCancellationsPropagateAsOne(LoopFixture loops) {
        loops.run(() -> CancelScope.run(outer -> {
            Throwable thrown = catchThrowable(() -> TaskGroup.run(group -> {
                group.start(Async::sleepForever);
                group.start(Async::sleepForever);
                checkpoint();
                outer.cancel("all");
            }));
            assertThat(thrown).isInstanceOf(CancelledError.class).hasNoSuppressedExceptions();
        }));
    }

    @BothEngines
    void s24AGroupThatWasCancelledItselfEndsNormally(LoopFixture loops) {
        loops.run(() -> {
            TaskGroup.run(group -> {
                group.start(Async::sleepForever);
                checkpoint();
                group.cancel("done");
                sleepForever();
            });
            assertThatThrownBy(() -> TaskGroup.call(group -> {
                group.cancel("no value");
                checkpoint();
                return "unreachable";
            })).isInstanceOf(TaskCancelledException.class).hasMessageContaining("no value");
        });
    }

    @BothEngines
    void s24TheEndOfAGroupInjectsNoCancelWhenNoChildSawOne(LoopFixture loops) {
        var order = new ArrayList<String>();
        loops.run(() -> CancelScope.run(outer -> {
            TaskGroup.run(group -> {
                group.start(() -> outer.cancel("after the last await of every child"));
            });
            order.add("the group ended normally");
            checkpoint();
            order.add("not reached");
        }));
        assertThat(order).containsExactly("the group ended normally");
    }

    @BothEngines
    void s24TheEndOfAGroupWaitsForChildrenAlsoUnderCancellation(LoopFixture loops) {
        var ended = new AtomicInteger();
        loops.run(() -> moveOnAfter(seconds(1), () -> TaskGroup.run(group -> {
            group.start(() -> {
                shield(seconds(9), () -> sleep(seconds(5)));
                ended.incrementAndGet();
            });
        })));
        assertThat(ended).hasValue(1);
    }

    // ---- S25 the first failure cancels all others

    @BothEngines
    void s25TheFirstFailureCancelsTheSiblingsAndTheBody(LoopFixture loops) {
        var reasons = new ArrayList<CancelReason.Kind>();
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> {
            group.start(() -> noting(reasons));
            group.start(() -> {
                checkpoint();
                throw new IOException("first");
            });
            noting(reasons);
        })).isInstanceOf(GroupException.class));
        assertThat(reasons).containsExactly(CancelReason.Kind.FAILURE, CancelReason.Kind.FAILURE);
    }

    private static void noting(List<CancelReason.Kind> reasons) {
        try {
            sleepForever();
        } catch (CancelledError e) {
            reasons.add(e.reason().kind());
            throw e;
        }
    }

    @BothEngines
    void s25FailuresRaisedInCleanUpAreCollected(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> {
            group.start(() -> failInCleanUp("second"));
            group.start(() -> failInCleanUp("third"));
            group.start(() -> {
                checkpoint();
                throw new IOException("first");
            });
        })).isInstanceOfSatisfying(GroupException.class, e -> {
            assertThat(e.failures()).extracting(Throwable::getMessage).containsExactly("first", "second", "third");
            assertThat(e.getSuppressed()).hasSize(2);
        }));
    }

    @BothEngines
    void s25AnErrorOfTheJvmPreemptsTheGroupAndKeepsTheOthers(LoopFixture loops) {
        loops.run(() -> {
            var error = new InternalError("the machine");
            assertThatThrownBy(() -> TaskGroup.run(group -> {
                group.start(() -> {
                    throw new IOException("ordinary");
                });
                group.start(() -> {
                    throw error;
                });
            })).isSameAs(error).satisfies(e -> assertThat(e.getSuppressed())
                    .singleElement().isInstanceOf(IOException.class));
        });
    }

    @BothEngines
    void s25AFailureInANestedGroupArrivesAsAGroupInAGroup(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(outer -> outer.start(() -> TaskGroup.run(inner -> {
            inner.start(() -> {
                throw new IOException("deep");
            });
        })))).isInstanceOfSatisfying(GroupException.class, e -> {
            assertThat(e.failures()).singleElement().isInstanceOf(GroupException.class);
            assertThat(e.leaves()).singleElement().isInstanceOf(IOException.class);
        }));
    }

    // ---- S26 no failure is silent

    @BothEngines
    void s26AFailureWithNobodyToTellGoesToTheErrorSink(LoopFixture loops) {
        loops.run(() -> {
            EventLoop.current().callSoon(() -> {
                throw new IllegalStateException("in a callback");
            });
            settle();
        });
        assertThat(loops.takeReports()).singleElement().satisfies(
                report -> assertThat(report.exception()).hasMessage("in a callback"));
    }

    @BothEngines
    void s26AChildThatFailsWhileItsOpenedGroupIsClosedIsReported(LoopFixture loops) {
        loops.run(() -> {
            try (var group = TaskGroup.open()) {
                group.start(() -> failInCleanUp("nobody joined"));
                checkpoint();
            }
        });
        assertThat(loops.takeReports()).singleElement().satisfies(
                report -> assertThat(report.exception()).hasMessage("nobody joined"));
    }

    @BothEngines
    void s26AFailureAfterARaceWasDecidedIsReported(LoopFixture loops) {
        String won = loops.call(() -> Async.<String>race(() -> "won", () -> {
            failInCleanUp("lost and failed");
            return "never";
        }));
        assertThat(won).isEqualTo("won");
        assertThat(loops.takeReports()).singleElement().satisfies(
                report -> assertThat(report.exception()).hasMessage("lost and failed"));
    }

    @BothEngines
    void s26ASinkThatThrowsDoesNotHurtTheLoop(LoopFixture loops) {
        var uncaught = new ArrayList<Throwable>();
        var usual = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((_, e) -> uncaught.add(e));
        try (EventLoop loop = loops.open(loops.options().withErrorSink(_ -> {
            throw new IllegalStateException("the sink");
        }))) {
            loop.run(() -> {
                loop.callSoon(() -> {
                    throw new IllegalStateException("the callback");
                });
                settle();
            });
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(usual);
        }
        assertThat(uncaught).singleElement().satisfies(e -> {
            assertThat(e).hasMessage("the sink");
            assertThat(e.getSuppressed()).singleElement().satisfies(s -> assertThat(s).hasMessage("the callback"));
        });
    }

    // ---- S27 children may start children until the last one has ended

    @BothEngines
    void s27ChildrenMayStartChildrenWhileTheGroupEnds(LoopFixture loops) {
        var generations = new AtomicInteger();
        loops.run(() -> TaskGroup.run(group -> group.start(() -> nextGeneration(group, generations))));
        assertThat(generations).hasValue(50);
    }

    private static void nextGeneration(TaskGroup group, AtomicInteger generations) {
        checkpoint();
        if (generations.incrementAndGet() < 50) {
            group.start(() -> nextGeneration(group, generations));
        }
    }

    @BothEngines
    void s27StartingInAGroupThatHasBeenLeftIsAnError(LoopFixture loops) {
        loops.run(() -> {
            var leaked = new ArrayList<TaskGroup>();
            TaskGroup.run(leaked::add);
            assertThatThrownBy(() -> leaked.get(0).start(() -> {}))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("has been left");
        });
    }

    // ---- S28 shutdown (more in ShutdownTest)

    @BothEngines
    void s28WhatIsLeftAtTheEndOfTheMainTaskIsCancelledAndWaitedFor(LoopFixture loops) {
        var order = new ArrayList<String>();
        loops.run(() -> {
            EventLoop.current().submit(() -> {
                try {
                    sleepForever();
                } catch (CancelledError e) {
                    shield(seconds(5), () -> sleep(seconds(1)));
                    order.add("ended by " + e.reason().kind());
                }
            });
            settle();
            order.add("main ends");
        });
        assertThat(order).containsExactly("main ends", "ended by SHUTDOWN");
    }

    @BothEngines
    void s28TasksStartedDuringTheShutdownAreCancelledToo(LoopFixture loops) {
        var late = new ArrayList<CompletableFuture<Void>>();
        try (EventLoop loop = loops.open(loops.options())) {
            loop.run(() -> {
                loop.submit(() -> {
                    try {
                        sleepForever();
                    } finally {
                        late.add(loop.submit(Async::sleepForever));
                    }
                });
                settle();
            });
        }
        assertThat(late).singleElement().satisfies(future -> assertThat(future).isDone());
    }

    @BothEngines
    void s28TheShutdownIsBoundedAndListsWhatRefusedToEnd(LoopFixture loops) {
        var options = loops.realTime().withShutdownTimeout(millis(50));
        EventLoop loop = loops.open(options);
        loop.run(() -> {
            loop.submit(() -> TaskGroup.run(group -> group.start(
                    "stubborn", () -> shield(seconds(3600), Async::sleepForever))));
            settle();
        });
        assertThat(loops.takeReports()).singleElement().satisfies(report -> assertThat(report.exception())
                .hasMessageContaining("stubborn"));
        assertThatThrownBy(() -> loop.run(() -> {}))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("stubborn");
        loop.close();
        assertThat(loops.takeReports()).hasSize(1);
    }
}
