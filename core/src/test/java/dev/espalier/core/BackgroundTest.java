package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.TaskSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Background children end after the ordinary ones. */
class BackgroundTest {

    private static void serve(List<String> log) {
        try {
            sleepForever();
        } finally {
            log.add("service");
        }
    }

    private static void work(List<String> log, long time) {
        try {
            sleep(seconds(time));
        } finally {
            Async.shield(seconds(9), () -> sleep(seconds(1)));
            log.add("work");
        }
    }

    @BothEngines
    void aBackgroundChildIsCancelledWhenBodyAndChildrenHaveEnded(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> TaskGroup.run(group -> {
            group.startBackground(() -> serve(log));
            group.start(() -> work(log, 3));
            sleep(seconds(1));
            log.add("body");
        }));
        assertThat(log).containsExactly("body", "work", "service");
    }

    @BothEngines
    void aCancelFromOutsideReachesItOnlyAfterTheOthersHaveUnwound(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> assertThat(Async.moveOnAfter(seconds(1), () -> TaskGroup.run(group -> {
            group.startBackground(() -> serve(log));
            group.start(() -> work(log, 100));
            sleepForever();
        }))).isFalse());
        assertThat(log).containsExactly("work", "service");
    }

    @BothEngines
    void theSameForACancelOfTheGroupAndForClose(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> {
            TaskGroup.run(group -> {
                group.startBackground(() -> serve(log));
                group.start(() -> work(log, 100));
                settle();
                group.cancel("enough");
            });
            try (var group = TaskGroup.open()) {
                group.startBackground(() -> serve(log));
                group.start(() -> work(log, 100));
                settle();
            }
        });
        assertThat(log).containsExactly("work", "service", "work", "service");
    }

    @BothEngines
    void itsFailureFailsTheGroup(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> {
            group.startBackground(() -> {
                checkpoint();
                throw new IOException("service");
            });
            sleepForever();
        })).isInstanceOf(GroupException.class).hasCauseInstanceOf(IOException.class));
    }

    @BothEngines
    void aFailureInItsCleanUpIsNotLost(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> TaskGroup.run(group -> {
            group.startBackground(() -> {
                try {
                    sleepForever();
                } catch (CancelledError e) {
                    throw new IOException("in clean-up", e);
                }
            });
            settle();
        })).isInstanceOf(GroupException.class).hasCauseInstanceOf(IOException.class));
    }

    @BothEngines
    void oneThatEndsByItselfHoldsNothingUp(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<Void> service = group.startBackground("short", () -> {});
            service.await();
            assertThat(service.name()).isEqualTo("short");
        }));
    }

    @BothEngines
    void itMayStartChildrenWhileItEnds(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> TaskGroup.run(group -> {
            group.startBackground(() -> {
                try {
                    sleepForever();
                } finally {
                    group.start(() -> work(log, 1));
                    group.startBackground(() -> serve(log));
                }
            });
            settle();
        }));
        assertThat(log).containsExactlyInAnyOrder("work", "service");
    }

    @BothEngines
    void oneThatAChildStartsWhileTheGroupEndsIsEndedToo(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> {
            TaskGroup.run(group -> group.start(() -> {
                sleep(seconds(1)); // the body has ended
                group.startBackground(() -> serve(log));
                sleep(seconds(1));
                log.add("child ends");
            }));
            log.add("group ends");
        });
        assertThat(log).containsExactly("child ends", "service", "group ends");
    }

    @BothEngines
    void itCanBeCancelledAloneAndShowsAmongTheChildren(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<Void> service = group.startBackground("service", Async::sleepForever);
            group.start("ordinary", Async::sleepForever);
            settle();
            assertThat(group.children()).extracting(TaskSnapshot::name).containsExactly("ordinary", "service");
            assertThat(group.toString()).contains("1 in the background");
            service.cancelAndJoin("alone");
            assertThat(group.children()).extracting(TaskSnapshot::name).containsExactly("ordinary");
            group.cancel("enough");
        }));
    }
}
