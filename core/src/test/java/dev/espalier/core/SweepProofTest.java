package dev.espalier.core;

import static dev.espalier.core.Recipe.carrying;
import static dev.espalier.core.Recipe.valueless;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The cancel sweep can fail: primitives that are broken in the usual ways do not pass it. */
class SweepProofTest {
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @EnumSource(value = LoopOptions.Engine.class, names = {"CARRIER", "HANDOFF"})
    private @interface OnEachEngine {}

    /** A box that one puts into and one takes out of, right but for what a subclass breaks. */
    private static class Box {
        final WaitQueue takers = new WaitQueue(this);
        final Deque<String> values = new ArrayDeque<>();

        void put(String value) {
            Waiter first = takers.poll();
            if (first != null) {
                first.wake(value);
            } else {
                values.add(value);
            }
        }

        String take() {
            Task<?> me = Task.running();
            me.passPoint();
            return values.isEmpty() ? await(me) : values.remove();
        }

        String await(Task<?> me) {
            takers.add(me);
            return (String) me.park(takers);
        }

        @Override
        public String toString() {
            return "a box";
        }
    }

    private static Recipe recipe(Body<Box, RuntimeException> broken) {
        return carrying("Box.take()", at -> {
            Box box = at.share(broken.run());
            at.call(box::take);
            at.wake(() -> box.put("value"));
            at.check(end -> assertThat(box.values).as("values in the box")
                    .hasSize(end.wakes() - (end.returned() ? 1 : 0)));
        });
    }

    private static void assertCaught(LoopOptions.Engine engine, String how, Body<Box, RuntimeException> broken) {
        assertThatThrownBy(() -> Sweep.sweep(recipe(broken), engine))
                .isInstanceOf(AssertionError.class).hasMessageContaining("Box.take()").hasMessageContaining(how);
    }

    @OnEachEngine
    void aRightBoxPasses(LoopOptions.Engine engine) {
        assertThat(Sweep.sweep(recipe(Box::new), engine)).as("runs").isGreaterThan(10);
    }

    @OnEachEngine
    void aValueThatIsLostAfterItWasHandedOverIsCaught(LoopOptions.Engine engine) {
        assertCaught(engine, "carried a value", () -> new Box() {
            @Override
            String await(Task<?> me) {
                String value = super.await(me);
                me.checkCancelled();
                return value;
            }
        });
    }

    @OnEachEngine
    void aWaiterThatStaysInItsQueueIsCaught(LoopOptions.Engine engine) {
        assertCaught(engine, "who waits in a queue", () -> new Box() {
            @Override
            String await(Task<?> me) {
                takers.add(me);
                return (String) me.park(new Waitable() {
                    @Override
                    public void abandon(Task<?> task) {} // forgets to unlink

                    @Override
                    public String describe() {
                        return "a value";
                    }
                });
            }
        });
    }

    @OnEachEngine
    void aSwallowedCancellationIsCaught(LoopOptions.Engine engine) {
        assertCaught(engine, "throws CancelledError", () -> new Box() {
            @Override
            String await(Task<?> me) {
                try {
                    return super.await(me);
                } catch (CancelledError e) {
                    return "nothing";
                }
            }
        });
    }

    @OnEachEngine
    void aCancellationThatComesOutAsAnotherExceptionIsCaught(LoopOptions.Engine engine) {
        assertCaught(engine, "failed with", () -> new Box() {
            @Override
            String await(Task<?> me) {
                try {
                    return super.await(me);
                } catch (CancelledError e) {
                    throw new IllegalStateException(e);
                }
            }
        });
    }

    @OnEachEngine
    void aWaitThatGoesOnThoughItWasCancelledIsCaught(LoopOptions.Engine engine) {
        assertCaught(engine, "waits on", () -> new Box() {
            @Override
            String await(Task<?> me) {
                takers.add(me);
                return (String) me.parkUncancellable(takers);
            }
        });
    }

    @OnEachEngine
    void aTimerThatIsLeftIsCaught(LoopOptions.Engine engine) {
        assertCaught(engine, "timers left", () -> new Box() {
            @Override
            String await(Task<?> me) {
                EventLoop.Handle alarm = EventLoop.current().callLater(Duration.ofSeconds(9), () -> {});
                String value = super.await(me);
                alarm.cancel();
                return value;
            }
        });
    }

    @OnEachEngine
    void aFastPathThatIsNoCheckpointIsCaught(LoopOptions.Engine engine) {
        var recipe = valueless("Box.take()", at -> {
            var box = new Box() {
                @Override
                String take() {
                    return values.remove();
                }
            };
            box.put("value");
            at.call(box::take);
        });
        assertThatThrownBy(() -> Sweep.sweep(recipe, engine)).hasMessageContaining("before the call");
    }

    @OnEachEngine
    void aPermitThatLeaksIsCaught(LoopOptions.Engine engine) {
        var recipe = carrying("Leaky.acquire()", at -> {
            var semaphore = at.share(AsyncSemaphore.of(1));
            Promise<String> promise = at.share(Promise.create());
            at.call(() -> {
                semaphore.acquire();
                promise.await(); // and no finally
                semaphore.release();
            });
            at.wake(() -> promise.trySucceed("value"));
            at.check(end -> assertThat(semaphore.available()).as("permits").isEqualTo(1));
        });
        assertThatThrownBy(() -> Sweep.sweep(recipe, engine)).hasMessageContaining("permits");
    }

    @OnEachEngine
    void aTaskThatIsLeftIsCaught(LoopOptions.Engine engine) {
        var recipe = valueless("Leaky.start()", at -> at.call(() -> {
            EventLoop.current().submit(() -> Async.sleep(Duration.ofSeconds(9)));
            Async.checkpoint();
        }));
        assertThatThrownBy(() -> Sweep.sweep(recipe, engine)).hasMessageContaining("tasks left");
    }

    @OnEachEngine
    void aWaitWithoutAWakeUpIsExplained(LoopOptions.Engine engine) {
        var recipe = valueless("Async.sleepForever()", at -> at.call(Async::sleepForever));
        assertThatThrownBy(() -> Sweep.sweep(recipe, engine)).hasMessageContaining("has no further wake-up");
    }
}
