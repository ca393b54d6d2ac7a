package dev.espalier.core;

import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.TaskRef;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

class ConditionTest {

    /** A mutex, a condition, and tasks that wait at it and note who went on. */
    private static final class Waiters {
        private final Mutex mutex = Mutex.create();
        private final Mutex.Condition condition = mutex.newCondition();
        private final List<String> wentOn = new ArrayList<>();
        private final TaskGroup group;

        private Waiters(TaskGroup group) {
            this.group = group;
        }

        private Task<Void> waiter(String name) {
            Task<Void> task = group.start(name, () -> mutex.withLock(() -> {
                try {
                    condition.await();
                    wentOn.add(name);
                } catch (CancelledError e) {
                    wentOn.add(name + " cancelled, holding: " + mutex.isHeldByCurrentTask());
                    throw e;
                }
            }));
            settle();
            return task;
        }
    }

    @BothEngines
    void signalLetsTheFirstGoOnAndSignalAllTheOthersInOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var at = new Waiters(group);
            List.of("a", "b", "c").forEach(at::waiter);
            at.mutex.withLock(at.condition::signal);
            settle();
            assertThat(at.wentOn).containsExactly("a");
            at.mutex.withLock(at.condition::signalAll);
            settle();
            assertThat(at.wentOn).containsExactly("a", "b", "c");
        }));
    }

    @BothEngines
    void aSignalThatNobodyWaitsForIsNotKept(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var at = new Waiters(group);
            at.mutex.withLock(at.condition::signal);
            at.waiter("late").cancel("nobody signals");
            settle();
            assertThat(at.wentOn).containsExactly("late cancelled, holding: true");
        }));
    }

    @BothEngines
    void whoWaitsDoesNotHoldTheMutexAndWhoGoesOnDoes(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var at = new Waiters(group);
            at.waiter("a");
            assertThat(at.mutex.isLocked()).isFalse();
            at.mutex.lock();
            at.condition.signal();
            settle();
            assertThat(at.wentOn).as("the one who signals still holds it").isEmpty();
            assertThat(at.mutex.statistics().waiters()).extracting(TaskRef::name).containsExactly("a");
            at.mutex.unlock();
            settle();
            assertThat(at.wentOn).containsExactly("a");
        }));
    }

    @BothEngines
    void awaitUntilLooksFirstAndAfterEachSignal(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var at = new Waiters(group);
            var looks = new AtomicInteger();
            Task<Void> waiter = group.start(() -> at.mutex.withLock(
                    () -> at.condition.awaitUntil(() -> looks.incrementAndGet() == 3)));
            settle();
            assertThat(looks).hasValue(1);
            at.mutex.withLock(at.condition::signal);
            settle();
            assertThat(waiter.state()).isInstanceOf(Awaitable.Pending.class);
            at.mutex.withLock(at.condition::signalAll);
            waiter.join();
            assertThat(looks).hasValue(3);
        }));
    }

    @BothEngines
    void s36ACancelledWaiterHoldsTheMutexAgainBeforeItThrows(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var at = new Waiters(group);
            Task<Void> waiter = at.waiter("a");
            at.mutex.lock();
            waiter.cancel("gives up");
            settle();
            assertThat(at.wentOn).as("it waits for the mutex, which is held").isEmpty();
            at.mutex.unlock();
            waiter.join();
            assertThat(at.wentOn).containsExactly("a cancelled, holding: true");
            assertThat(at.mutex.isLocked()).isFalse();
        }));
    }

    @BothEngines
    void s36ACancelledWaiterThatTakesTheMutexAgainDoesNotSpin(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var at = new Waiters(group);
            Task<Void> waiter = at.waiter("a");
            at.mutex.lock();
            waiter.cancel("gives up");
            settle();
            long before = EventLoop.current().statistics().ticks();
            Async.sleep(seconds(3600));
            assertThat(EventLoop.current().statistics().ticks() - before).isLessThan(3);
            at.mutex.unlock();
        }));
    }

    @BothEngines
    void s36AWaiterThatWasSignalledAndThenCancelledPassesTheSignalOn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var at = new Waiters(group);
            Task<Void> first = at.waiter("first");
            at.waiter("second");
            at.mutex.lock();
            at.condition.signal();
            first.cancel("after the signal, before it has the mutex");
            at.mutex.unlock();
            settle();
            assertThat(at.wentOn).containsExactly("first cancelled, holding: true", "second");
        }));
    }

    @BothEngines
    void s36AWaiterThatHasTheMutexAgainIsNotCancelledAnyMore(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var at = new Waiters(group);
            Task<Void> first = at.waiter("first");
            at.mutex.lock();
            at.condition.signal();
            at.mutex.unlock();
            first.cancel("too late: it has the mutex, though it has not run");
            settle();
            assertThat(at.wentOn).containsExactly("first");
        }));
    }

    @BothEngines
    void aTimeLimitAroundTheWaitLeavesTheMutexHeld(LoopFixture loops) {
        loops.run(() -> {
            var mutex = Mutex.create();
            var condition = mutex.newCondition();
            mutex.withLock(() -> {
                assertThat(Async.moveOnAfter(seconds(1), () -> condition.awaitUntil(() -> false))).isFalse();
                assertThat(mutex.isHeldByCurrentTask()).isTrue();
            });
        });
    }

    @BothEngines
    void itIsOnlyForTheOwnerOfTheMutex(LoopFixture loops) {
        loops.run(() -> {
            var mutex = Mutex.create();
            var condition = mutex.newCondition();
            for (ThrowingCallable use : List.<ThrowingCallable>of(
                    condition::await, () -> condition.awaitUntil(() -> true), condition::signal, condition::signalAll)) {
                assertThatThrownBy(use).isInstanceOf(IllegalMonitorStateException.class)
                        .hasMessageContaining("does not hold Mutex[free]");
            }
        });
    }

    @BothEngines
    void whoWaitsAtAConditionIsToldWhenTheMutexBreaks(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            for (var condition : List.of(mutex.newCondition(), mutex.newCondition())) {
                group.start(() -> assertThatThrownBy(() -> mutex.withLock(condition::await))
                        .isInstanceOf(BrokenResourceException.class).hasMessageContaining("'forgetful'"));
            }
            settle();
            group.start("forgetful", () -> mutex.lock());
        }));
    }

    @BothEngines
    void aCancelledWaiterIsToldWhenTheMutexBreaksWhileItWantsItBack(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var mutex = Mutex.create();
            var condition = mutex.newCondition();
            Task<?> waiter = group.start(() -> assertThatThrownBy(() -> mutex.withLock(condition::await))
                    .isInstanceOf(BrokenResourceException.class));
            settle();
            group.start("forgetful", () -> {
                mutex.lock();
                settle();
            });
            Async.checkpoint();
            waiter.cancel("gives up");
        }));
    }

    @BothEngines
    void statisticsAndTextNameWhoWaits(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var at = new Waiters(group);
            Task<Void> a = at.waiter("a");
            assertThat(at.condition.statistics().waiters()).containsExactly(a.ref());
            assertThat(at.condition).hasToString("Condition[of Mutex[free], waiting: 'a']");
            at.mutex.withLock(at.condition::signal);
        }));
    }

    @BothEngines
    void aBoundedBufferMadeOfAMutexAndTwoConditionsLosesNothing(LoopFixture loops) {
        loops.run(() -> {
            var mutex = Mutex.create();
            var notFull = mutex.newCondition();
            var notEmpty = mutex.newCondition();
            var buffer = new ArrayDeque<Integer>();
            var taken = new ArrayList<Integer>();
            TaskGroup.run(group -> {
                for (int i = 0; i < 20; i++) {
                    int value = i;
                    group.start(() -> mutex.withLock(() -> {
                        notFull.awaitUntil(() -> buffer.size() < 2);
                        buffer.add(value);
                        notEmpty.signal();
                    }));
                    group.start(() -> mutex.withLock(() -> {
                        notEmpty.awaitUntil(() -> !buffer.isEmpty());
                        taken.add(buffer.remove());
                        notFull.signal();
                    }));
                }
            });
            assertThat(taken).hasSize(20).doesNotHaveDuplicates();
        });
    }
}
