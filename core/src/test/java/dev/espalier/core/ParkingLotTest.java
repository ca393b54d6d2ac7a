package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;

class ParkingLotTest {

    /** Starts tasks that park and then note their names. */
    private static List<Task<?>> park(TaskGroup group, ParkingLot lot, List<String> wentOn, String... names) {
        var tasks = new ArrayList<Task<?>>();
        for (String name : names) {
            tasks.add(group.start(name, () -> {
                lot.park();
                wentOn.add(name);
            }));
        }
        settle();
        return tasks;
    }

    @BothEngines
    void unparkLetsSomeGoOnInOrderAndSaysWho(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lot = ParkingLot.create();
            var wentOn = new ArrayList<String>();
            List<Task<?>> tasks = park(group, lot, wentOn, "a", "b", "c", "d");
            assertThat(lot.unpark(0)).isEmpty();
            assertThat(lot.unpark(2)).isEqualTo(tasks.subList(0, 2));
            assertThat(lot.count()).isEqualTo(2);
            settle();
            assertThat(wentOn).containsExactly("a", "b");
            assertThat(lot.unparkAll()).isEqualTo(tasks.subList(2, 4));
            assertThat(lot.unparkAll()).isEmpty();
        }));
    }

    @BothEngines
    void aCancelledTaskLeavesTheLotItIsIn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lot = ParkingLot.create();
            var other = ParkingLot.create();
            var wentOn = new ArrayList<String>();
            List<Task<?>> tasks = park(group, lot, wentOn, "a", "b", "c");
            assertThat(lot.repark(other, 2)).isEqualTo(2);
            tasks.get(0).cancel("gives up");
            tasks.get(2).cancel("gives up");
            assertThat(lot.count()).isZero();
            assertThat(other.statistics().waiters()).containsExactly(tasks.get(1).ref());
            assertThat(tasks.get(1).toString()).contains("waits for " + other);
            assertThat(other.unparkAll()).hasSize(1);
            settle();
            assertThat(wentOn).containsExactly("b");
        }));
    }

    @BothEngines
    void reparkPutsThemBehindThoseWhoAreThere(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lot = ParkingLot.create();
            var other = ParkingLot.create();
            var wentOn = new ArrayList<String>();
            park(group, other, wentOn, "first");
            park(group, lot, wentOn, "a", "b");
            assertThat(lot.repark(lot, 1)).as("to the end of the same lot").isEqualTo(1);
            assertThat(lot.repark(other, 9)).isEqualTo(2);
            other.unparkAll();
            settle();
            assertThat(wentOn).containsExactly("first", "b", "a");
        }));
    }

    @BothEngines
    void aBrokenLotTellsAllAndTakesNobody(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lot = ParkingLot.create();
            group.start(() -> assertThatThrownBy(lot::park).isInstanceOf(BrokenResourceException.class)
                    .hasMessageContaining("the wire is cut"));
            settle();
            lot.breakLot("the wire is cut");
            lot.breakLot("another reason");
            assertThatThrownBy(lot::park).isInstanceOf(BrokenResourceException.class).hasMessageContaining("the wire is cut");
            assertThatThrownBy(() -> ParkingLot.create().repark(lot, 1)).isInstanceOf(BrokenResourceException.class);
            settle();
        }));
    }

    @BothEngines
    void aLotBreaksWhenTheTaskEndsThatOwnsIt(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lot = ParkingLot.create();
            Task<Void> owner = group.start("owner", () -> Async.sleep(Waits.seconds(1)));
            Task<Void> former = group.start("former owner", Waits::settle);
            lot.ownedBy(former);
            lot.ownedBy(owner);
            former.join();
            assertThat(lot.statistics().owners()).containsExactly(owner.ref());
            owner.join();
            assertThatThrownBy(lot::park).isInstanceOf(BrokenResourceException.class).hasMessageContaining("'owner' ended");
            assertThatThrownBy(() -> lot.ownedBy(owner)).isInstanceOf(IllegalArgumentException.class);
        }));
    }

    @BothEngines
    void aLotOfAnotherLoopIsRefused(LoopFixture loops) {
        ParkingLot foreign = loops.call(ParkingLot::create);
        loops.run(() -> {
            assertThatThrownBy(foreign::park).isInstanceOf(ForeignLoopException.class);
            assertThatThrownBy(() -> ParkingLot.create().repark(foreign, 1)).isInstanceOf(ForeignLoopException.class);
        });
    }

    @BothEngines
    void anUnparkedTaskIsNotCancelledAnyMore(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lot = ParkingLot.create();
            var wentOn = new ArrayList<String>();
            Task<?> task = park(group, lot, wentOn, "a").getFirst();
            lot.unpark(1);
            task.cancel("too late");
            settle();
            assertThat(wentOn).containsExactly("a");
        }));
    }
}
