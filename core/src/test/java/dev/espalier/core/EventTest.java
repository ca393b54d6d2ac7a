package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** {@link Event}, {@link Notify} and {@link Latch}. */
class EventTest {

    /** Starts tasks that wait and then note their names. */
    private static List<Task<Void>> start(TaskGroup group, VoidBody<RuntimeException> wait, List<String> wentOn, String... names) {
        var tasks = new ArrayList<Task<Void>>();
        for (String name : names) {
            tasks.add(group.start(name, () -> {
                wait.run();
                wentOn.add(name);
            }));
        }
        settle();
        return tasks;
    }

    // ---- Event

    @BothEngines
    void settingAnEventLetsAllGoOnInOrderAndLaterOnesToo(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var event = Event.create();
            var wentOn = new ArrayList<String>();
            start(group, event::await, wentOn, "a", "b");
            assertThat(wentOn).isEmpty();
            assertThat(event).hasToString("Event[not set, waiting: 'a', 'b']");
            event.set();
            event.set();
            settle();
            start(group, event::await, wentOn, "late");
            assertThat(wentOn).containsExactly("a", "b", "late");
            assertThat(event).hasToString("Event[set]");
        }));
    }

    @BothEngines
    void s37WaitingForASetEventIsACheckpoint(LoopFixture loops) {
        loops.run(() -> {
            var event = Event.create();
            event.set();
            CancelScope.run(scope -> {
                scope.cancel("before the wait");
                assertThatThrownBy(event::await).isInstanceOf(CancelledError.class);
            });
            var others = new ArrayList<String>();
            TaskGroup.run(group -> {
                group.start(() -> others.add("ran"));
                while (others.isEmpty()) {
                    event.await(); // gives way now and then
                }
            });
        });
    }

    @BothEngines
    void aCancelledWaiterOfAnEventIsForgotten(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var event = Event.create();
            var wentOn = new ArrayList<String>();
            start(group, event::await, wentOn, "a", "b").getFirst().cancel("gives up");
            event.set();
            settle();
            assertThat(wentOn).containsExactly("b");
        }));
    }

    @BothEngines
    void aForeignThreadSetsAnEventThroughTheLoop(LoopFixture loops) throws InterruptedException {
        loops.time.expectForeignThreads();
        loops.run(() -> {
            var event = Event.create();
            var looked = new CountDownLatch(1);
            EventLoop loop = EventLoop.current();
            var thread = new Thread(() -> {
                assertThatThrownBy(event::set).isInstanceOf(ForeignLoopException.class).hasMessageContaining("callSoonThreadsafe");
                looked.countDown();
                loop.callSoonThreadsafe(event::set);
            });
            thread.start();
            Async.offload(() -> looked.await());
            event.await();
        });
    }

    // ---- Notify

    @BothEngines
    void eachRingLetsOneGoOn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var bell = Notify.create();
            var wentOn = new ArrayList<String>();
            start(group, bell::await, wentOn, "a", "b", "c");
            bell.notifyOne();
            settle();
            assertThat(wentOn).containsExactly("a");
            bell.notifyWaiters();
            settle();
            assertThat(wentOn).containsExactly("a", "b", "c");
        }));
    }

    @BothEngines
    void oneRingIsKeptIfNobodyWaits(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var bell = Notify.create();
            var wentOn = new ArrayList<String>();
            bell.notifyWaiters();
            assertThat(bell).hasToString("Notify[no ring kept]");
            bell.notifyOne();
            bell.notifyOne();
            assertThat(bell).hasToString("Notify[one ring kept]");
            start(group, bell::await, wentOn, "a", "b");
            assertThat(wentOn).containsExactly("a");
            bell.notifyOne();
        }));
    }

    @BothEngines
    void aWaiterThatIsCancelledBeforeTheRingDoesNotTakeIt(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var bell = Notify.create();
            var wentOn = new ArrayList<String>();
            start(group, bell::await, wentOn, "a", "b").getFirst().cancel("gives up");
            bell.notifyOne();
            settle();
            assertThat(wentOn).containsExactly("b");
        }));
    }

    @BothEngines
    void aWaiterThatIsCancelledAfterTheRingHasHeardIt(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var bell = Notify.create();
            var wentOn = new ArrayList<String>();
            Task<Void> waiter = start(group, bell::await, wentOn, "a").getFirst();
            bell.notifyOne();
            waiter.cancel("too late");
            settle();
            assertThat(wentOn).containsExactly("a");
            assertThat(bell).hasToString("Notify[no ring kept]");
        }));
    }

    @BothEngines
    void aSelectTakesARingOnlyIfItChoosesIt(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var bell = Notify.create();
            var event = Event.create();
            Body<String, RuntimeException> choose =
                    () -> Async.select(Clause.await(bell, () -> "bell"), Clause.await(event, () -> "event"));
            Task<String> first = group.start(choose);
            settle();
            event.set();
            bell.notifyOne();
            assertThat(first.await()).isEqualTo("event");
            assertThat(bell).hasToString("Notify[one ring kept]");
            bell.await();
            assertThat(choose.run()).isEqualTo("event");
        }));
    }

    // ---- Latch

    @BothEngines
    void theLastCountLetsAllGoOn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var latch = Latch.of(2);
            var wentOn = new ArrayList<String>();
            start(group, latch::await, wentOn, "a", "b");
            latch.countDown();
            settle();
            assertThat(wentOn).isEmpty();
            assertThat(latch).hasToString("Latch[1 to go, waiting: 'a', 'b']");
            latch.countDown();
            latch.countDown();
            settle();
            assertThat(wentOn).containsExactly("a", "b");
            assertThat(latch.count()).isZero();
        }));
    }

    @BothEngines
    void aLatchThatBeginsAtZeroIsOpenAndOneBelowIsRefused(LoopFixture loops) {
        loops.run(() -> {
            Latch.of(0).await();
            assertThatThrownBy(() -> Latch.of(-1)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-1");
        });
    }
}
