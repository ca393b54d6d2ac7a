package dev.espalier.testing.bugs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Mutex;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;

/** Money goes from one account to the other and back; each transfer holds its source before its target. */
final class WrongLockOrder {
    static final Bug BUG = new Bug("wrong lock order", 1, WrongLockOrder::run);

    private record Account(int number, Mutex mutex, int[] balance) {
        private static Account numbered(int number) {
            return new Account(number, Mutex.create(), new int[] {100});
        }
    }

    private WrongLockOrder() {}

    private static void run(LoopTester tester, boolean repaired) {
        Account one = Account.numbered(1);
        Account two = Account.numbered(2);
        TaskGroup.run(group -> {
            group.start("there", () -> transfer(one, two, repaired));
            group.start("back", () -> transfer(two, one, repaired));
        });
        assertThat(one.balance[0] + two.balance[0]).isEqualTo(200);
    }

    private static void transfer(Account from, Account to, boolean repaired) {
        boolean swap = repaired && to.number < from.number;
        Account first = swap ? to : from;
        Account second = swap ? from : to;
        first.mutex.withLock(() -> second.mutex.withLock(() -> {
            from.balance[0] -= 10;
            to.balance[0] += 10;
        }));
    }
}
