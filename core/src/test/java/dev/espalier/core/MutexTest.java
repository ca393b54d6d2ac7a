package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.TaskRef;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

class MutexTest {

    // ---- from hand to hand

    @BothEngines
    void oneTaskAtATimeIsInsideAlsoWhileItAwaits(LoopFixture loops) {
        loops.run(() -> {
            var mutex = Mutex.create();
            var inside = new ArrayList<String>();
            TaskGroup.run(group -> {
                for (int i = 0; i < 5; i++) {
                    group.start(() -> mutex.withLock(() -> {
                        inside.add("in");
                        checkpoint();
                        inside.add("out");
                    }));
                }
            });
            for (int i = 0; i < 10; i++) {
                assertThat(inside.get(i)).isEqualTo(i % 2 == 0 ? "in" : "out");
            }
            assertThat(mutex.isLocked()).isFalse();
        });
    }

    @BothEngines
    void s33UnlockGivesTheMutexToTheFirstWaiterAndNobodyBarges(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            var order = new ArrayList<String>();
            mutex.lock();
            for (String name : List.of("first", "second")) {
                group.start(name, () -> mutex.withLock(() -> {
                    order.add(name);
                }));
            }
            settle();
            mutex.unlock();
            assertThat(mutex.tryLock()).as("it is the first waiter's already").isFalse();
            assertThat(mutex.statistics().owners()).extracting(TaskRef::name).containsExactly("first");
            mutex.withLock(() -> {
                order.add("newcomer");
            });
            assertThat(order).containsExactly("first", "second", "newcomer");
        }));
    }

    @BothEngines
    void s33ACancelledWaiterLeavesItsPlaceToTheNext(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            mutex.lock();
            Task<Void> gone = group.start(mutex::lock);
            Task<Boolean> next = group.start(() -> mutex.withLock(() -> true));
            settle();
            gone.cancel("gives up");
            mutex.unlock();
            assertThat(next.await()).isTrue();
            assertThat(gone.state()).isInstanceOf(Awaitable.Cancelled.class);
        }));
    }

    @BothEngines
    void s33AWaiterThatIsCancelledAfterItWasChosenPassesTheMutexOn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            mutex.lock();
            Task<Void> chosen = group.start(() -> mutex.withLock(Async::sleepForever));
            Task<Boolean> next = group.start(() -> mutex.withLock(() -> true));
            settle();
            mutex.unlock();
            chosen.cancel("too late, it has the mutex; its next await throws");
            assertThat(next.await()).isTrue();
            assertThat(mutex.isLocked()).isFalse();
        }));
    }

    @BothEngines
    void withLockGivesItBackHoweverTheBodyEnds(LoopFixture loops) {
        loops.run(() -> {
            var mutex = Mutex.create();
            assertThat(mutex.<String, RuntimeException>withLock(() -> "value")).isEqualTo("value");
            assertThatThrownBy(() -> mutex.withLock(() -> {
                throw new IOException("of the body");
            })).isInstanceOf(IOException.class);
            Async.moveOnAfter(seconds(1), () -> mutex.withLock(Async::sleepForever));
            assertThat(mutex.tryLock()).isTrue();
            mutex.unlock();
        });
    }

    @BothEngines
    void heldGivesItBackOnce(LoopFixture loops) {
        loops.run(() -> {
            var mutex = Mutex.create();
            Mutex.Held held = mutex.hold();
            assertThat(mutex.isHeldByCurrentTask()).isTrue();
            held.close();
            mutex.lock();
            held.close();
            assertThat(mutex.isHeldByCurrentTask()).as("closed twice it does nothing").isTrue();
            mutex.unlock();
        });
    }

    // ---- owners

    @BothEngines
    void takingItAgainIsAnErrorAtOnceNotADeadlock(LoopFixture loops) {
        loops.run(() -> {
            var mutex = Mutex.create();
            mutex.lock();
            for (ThrowingCallable again : List.<ThrowingCallable>of(
                    mutex::lock, mutex::tryLock, mutex::hold, () -> mutex.withLock(() -> {}))) {
                assertThatThrownBy(again).isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("holds Mutex").hasMessageContaining("for ever");
            }
            mutex.unlock();
            assertThat(mutex.isLocked()).isFalse();
        });
    }

    @BothEngines
    void onlyTheOwnerGivesItBack(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            assertThatThrownBy(mutex::unlock).isInstanceOf(IllegalMonitorStateException.class).hasMessageContaining("free");
            mutex.lock();
            group.start("other", () -> assertThatThrownBy(mutex::unlock)
                            .isInstanceOf(IllegalMonitorStateException.class).hasMessageContaining("'other'"))
                    .join();
            EventLoop.current().callSoon(() -> assertThatThrownBy(mutex::unlock)
                    .isInstanceOf(IllegalMonitorStateException.class).hasMessageContaining("a callback"));
            settle();
            assertThat(mutex.isHeldByCurrentTask()).isTrue();
            mutex.unlock();
        }));
    }

    @BothEngines
    void aForeignThreadIsToldToGoThroughTheLoop(LoopFixture loops) {
        loops.run(() -> {
            var mutex = Mutex.create();
            var told = new ArrayList<Throwable>();
            var thread = new Thread(() -> {
                for (ThrowingCallable touch : List.<ThrowingCallable>of(mutex::lock, mutex::tryLock, mutex::unlock)) {
                    assertThatThrownBy(touch).satisfies(told::add);
                }
            });
            thread.start();
            Waits.join(thread);
            assertThat(told).hasSize(3).allSatisfy(e -> assertThat(e).isInstanceOf(ForeignLoopException.class));
        });
    }

    @BothEngines
    void aTaskOfAnotherLoopIsToldToGoThroughTheLoopAlsoWhileNobodyDrivesIt(LoopFixture loops) {
        Mutex foreign = loops.call(Mutex::create);
        loops.run(() -> assertThatThrownBy(foreign::lock).isInstanceOf(ForeignLoopException.class));
    }

    // ---- H2: the owner ended

    private static void endOwning(TaskGroup group, Mutex mutex) {
        group.start("forgetful", () -> mutex.lock()).join();
    }

    private static void assertBroken(ThrowingCallable use) {
        assertThatThrownBy(use).isInstanceOf(BrokenResourceException.class)
                .hasMessageContaining("task 'forgetful' ended").hasMessageContaining("withLock");
    }

    @BothEngines
    void whoWaitsWhenTheOwnerEndsIsTold(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            Task<Void> owner = group.start("forgetful", () -> {
                mutex.lock();
                settle();
            });
            for (int i = 0; i < 3; i++) {
                group.start(() -> assertBroken(mutex::lock));
            }
            group.start(() -> assertBroken(() -> Async.select(Clause.lock(mutex, () -> "locked"))));
            checkpoint();
            assertThat(mutex.statistics().waiters()).hasSize(4);
            owner.join();
        }));
    }

    @BothEngines
    void whoComesAfterTheOwnerEndedIsTold(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            endOwning(group, mutex);
            List.<ThrowingCallable>of(mutex::lock, mutex::tryLock, mutex::hold, mutex::unlock, () -> mutex.withLock(() -> {}))
                    .forEach(MutexTest::assertBroken);
            assertThat(mutex).hasToString("Mutex[broken: task 'forgetful' ended while it held it]");
        }));
    }

    @BothEngines
    void anOwnerThatIsCancelledOrFailsWithoutGivingItBackBreaksItToo(LoopFixture loops) {
        loops.run(() -> {
            var mutexes = List.of(Mutex.create(), Mutex.create());
            assertThatThrownBy(() -> TaskGroup.run(group -> {
                group.start("forgetful", () -> {
                    mutexes.get(0).lock();
                    sleepForever();
                });
                group.start("forgetful", () -> {
                    mutexes.get(1).lock();
                    throw new IOException("a failure");
                });
            })).isInstanceOf(GroupException.class);
            mutexes.forEach(mutex -> assertBroken(mutex::lock));
        });
    }

    @BothEngines
    void onlyWhatATaskStillHeldBreaks(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutexes = List.of(Mutex.create(), Mutex.create(), Mutex.create(), Mutex.create());
            group.start("forgetful", () -> {
                mutexes.forEach(Mutex::lock);
                mutexes.get(1).unlock(); // out of the middle
                mutexes.get(3).unlock(); // the last taken
            }).join();
            assertThat(mutexes.get(1).tryLock()).isTrue();
            assertThat(mutexes.get(3).tryLock()).isTrue();
            assertBroken(mutexes.get(0)::lock);
            assertBroken(mutexes.get(2)::lock);
            mutexes.get(3).unlock();
            mutexes.get(1).unlock();
        }));
    }

    // ---- looking, and selecting

    @BothEngines
    void statisticsAndTextNameOwnerAndWaitersInOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            assertThat(mutex).hasToString("Mutex[free]");
            mutex.lock();
            Task<Void> b = group.start("b", () -> mutex.withLock(() -> {}));
            Task<Void> c = group.start("c", () -> mutex.withLock(() -> {}));
            settle();
            assertThat(mutex.statistics().owners()).containsExactly(Task.running().ref());
            assertThat(mutex.statistics().waiters()).containsExactly(
                    new TaskRef(b.id(), "b"), new TaskRef(c.id(), "c"));
            assertThat(mutex).hasToString("Mutex[held by task '" + Task.current().name() + "', waiting: 'b', 'c']");
            assertThat(b.toString()).contains("waits for Mutex[held by");
            mutex.unlock();
        }));
    }

    @BothEngines
    void aSelectThatTakesAMutexOwnsIt(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            var event = Event.create();
            mutex.lock();
            Task<String> chooser = group.start("chooser", () -> {
                String chosen = Async.select(Clause.lock(mutex, () -> "locked"), Clause.await(event, () -> "event"));
                assertThat(mutex.isHeldByCurrentTask()).isTrue();
                mutex.unlock();
                return chosen;
            });
            settle();
            assertThat(mutex.statistics().waiters()).extracting(TaskRef::name).containsExactly("chooser");
            mutex.unlock();
            assertThat(mutex.statistics().owners()).extracting(TaskRef::name).containsExactly("chooser");
            assertThat(event.statistics().waiters()).as("the losing clause is gone").isEmpty();
            assertThat(chooser.await()).isEqualTo("locked");
        }));
    }

    @BothEngines
    void aSelectThatChoseAnotherClauseDoesNotGetTheMutex(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            var event = Event.create();
            mutex.lock();
            Task<String> chooser = group.start(() ->
                    Async.select(Clause.lock(mutex, () -> "locked"), Clause.await(event, () -> "event")));
            settle();
            event.set();
            mutex.unlock();
            assertThat(mutex.isLocked()).isFalse();
            assertThat(chooser.await()).isEqualTo("event");
        }));
    }
}
