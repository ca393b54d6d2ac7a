package dev.espalier.testing.bugs;

import dev.espalier.core.VoidBodyWith;
import dev.espalier.testing.LoopTester;
import java.util.List;

/**
 * A program with a bug that shows as an error, a deadlock among them, if its steps come in some unusual order.
 *
 * @param name of the bug
 * @param needs how many deviations from the usual order it takes at least
 * @param program makes all that it uses anew
 */
record Bug(String name, int needs, Program program) {

    /** What is run. */
    @FunctionalInterface
    interface Program {
        /**
         * Runs it.
         *
         * @param tester of this run
         * @param repaired whether without the bug
         */
        void run(LoopTester tester, boolean repaired) throws Exception;
    }

    VoidBodyWith<LoopTester, Exception> buggy() {
        return tester -> program.run(tester, false);
    }

    VoidBodyWith<LoopTester, Exception> repaired() {
        return tester -> program.run(tester, true);
    }

    /** All of them, those that need the fewest first. */
    static List<Bug> all() {
        return List.of(LostWakeUp.BUG, CheckThenAct.BUG, WrongLockOrder.BUG, CloseRace.BUG, BarrierReuse.BUG,
                LeakOnTimeout.BUG, StarvedWriter.BUG, LostOnCancel.BUG, Philosophers.BUG, MissedSignal.BUG,
                SameCount.BUG, DoubleRelease.BUG, BrokenSingleFlight.BUG, StaleLease.BUG, HalfWritten.BUG);
    }

    @Override
    public String toString() {
        return name;
    }
}
