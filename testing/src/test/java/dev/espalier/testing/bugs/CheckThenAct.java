package dev.espalier.testing.bugs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;
import java.util.List;

/** Two customers see the last seat, pay for it, and take it. */
final class CheckThenAct {
    static final Bug BUG = new Bug("check, then act", 1, CheckThenAct::run);

    private final AsyncSemaphore cashDesks = AsyncSemaphore.of(2);
    private int seats = 1;

    private CheckThenAct() {}

    private static void run(LoopTester tester, boolean repaired) {
        var theatre = new CheckThenAct();
        TaskGroup.run(group -> {
            for (String who : List.of("ada", "bob", "cleo")) {
                group.start(who, () -> theatre.book(repaired));
            }
        });
        assertThat(theatre.seats).isZero();
    }

    private void book(boolean repaired) {
        if (seats == 0) {
            return;
        }
        if (repaired) {
            seats--; // taken before anything is awaited
        }
        cashDesks.withPermit(() -> {});
        if (!repaired) {
            seats--;
        }
    }
}
