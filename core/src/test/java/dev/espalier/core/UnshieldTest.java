package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Async.unshield;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;

/** F6: a hole in a shield. */
class UnshieldTest {

    @BothEngines
    void aCancelFromOutsideReachesTheHoleAndWhatFollowsIsShieldedAgain(LoopFixture loops) {
        var log = new ArrayList<String>();
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThat(moveOnAfter(seconds(2), () -> shield(seconds(9), () -> {
                sleep(seconds(1));
                try {
                    unshield(Async::sleepForever);
                } finally {
                    sleep(seconds(3));
                    log.add("ended");
                }
            }))).isFalse();
            assertThat(loops.since(start)).isEqualTo(seconds(5));
        });
        assertThat(log).containsExactly("ended");
    }

    @BothEngines
    void aCancelThatCameBeforeIsMetAtTheFirstAwaitInTheHole(LoopFixture loops) {
        loops.run(() -> CancelScope.run(scope -> {
            scope.cancel("before");
            shield(seconds(9), () -> {
                assertThatThrownBy(() -> unshield(Async::checkpoint)).isInstanceOfSatisfying(
                        CancelledError.class, e -> assertThat(e.reason().message()).isEqualTo("before"));
                sleep(seconds(1));
            });
        }));
    }

    @BothEngines
    void theShieldsOwnLimitHoldsInTheHole(LoopFixture loops) {
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThatThrownBy(() -> shield(seconds(3), () -> unshield(Async::sleepForever)))
                    .isInstanceOf(DeadlineExceededException.class);
            assertThatThrownBy(() -> shield(seconds(0), () -> unshield(Async::checkpoint)))
                    .isInstanceOf(DeadlineExceededException.class);
            assertThat(loops.since(start)).isEqualTo(seconds(3));
        });
    }

    @BothEngines
    void aScopeBetweenTheShieldAndTheHoleCancelsTheHoleAndAbsorbs(LoopFixture loops) {
        loops.run(() -> shield(seconds(9), () -> {
            assertThat(CancelScope.run(between -> {
                EventLoop.current().callLater(seconds(1), () -> between.cancel("between"));
                unshield(Async::sleepForever);
            })).isFalse();
            checkpoint();
        }));
    }

    @BothEngines
    void onlyTheNearestShieldHasTheHole(LoopFixture loops) {
        loops.run(() -> CancelScope.run(scope -> {
            scope.cancel("outside both");
            shield(seconds(9), () -> shield(seconds(9), () -> {
                unshield(Async::checkpoint);
                assertThatThrownBy(() -> unshield(() -> unshield(Async::checkpoint))).isInstanceOf(CancelledError.class);
            }));
        }));
    }

    @BothEngines
    void childrenStartedInAGroupInTheHoleAreReachedToo(LoopFixture loops) {
        loops.run(() -> assertThat(moveOnAfter(seconds(1), () -> shield(seconds(9), () -> unshield(() ->
                TaskGroup.run(group -> group.start(Async::sleepForever)))))).isFalse());
    }

    @BothEngines
    void aChildInAShieldedGroupMayOpenAHoleOfItsOwn(LoopFixture loops) {
        loops.run(() -> assertThat(moveOnAfter(seconds(1), () -> shield(seconds(9), () ->
                TaskGroup.run(group -> group.start(() -> {
                    assertThatThrownBy(() -> unshield(Async::sleepForever)).isInstanceOf(CancelledError.class);
                    sleep(seconds(1));
                }))))).as("the shield ended well").isTrue());
    }

    @BothEngines
    void theTimeThatIsLeftCountsBothSides(LoopFixture loops) {
        loops.run(() -> {
            long now = EventLoop.current().now();
            moveOnAfter(seconds(5), () -> shield(seconds(9), () -> unshield(() ->
                    assertThat(CancelScope.effectiveDeadline()).contains(new Deadline(now + seconds(5).toNanos())))));
            moveOnAfter(seconds(9), () -> shield(seconds(5), () -> unshield(() ->
                    assertThat(CancelScope.effectiveDeadline()).contains(new Deadline(now + seconds(5).toNanos())))));
        });
    }

    @BothEngines
    void withoutAShieldItIsABodyLikeAnyOther(LoopFixture loops) {
        loops.run(() -> {
            assertThat(unshield(() -> 7)).isEqualTo(7);
            assertThatThrownBy(() -> unshield(() -> {
                throw new IOException("own");
            })).isInstanceOf(IOException.class);
            assertThat(moveOnAfter(seconds(1), () -> unshield(() -> sleepForever()))).isFalse();
        });
    }
}
