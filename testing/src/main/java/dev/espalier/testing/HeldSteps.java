package dev.espalier.testing;

import dev.espalier.core.EventLoop;
import dev.espalier.core.spi.ErrorReport;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the watchdog of the loops finds out about the steps of one loop: it is the loop's warning sink, and passes on
 * what it does not need. Findings that a step holds the loop come in pairs, one when it does and one when the loop
 * moves again.
 */
final class HeldSteps implements Consumer<ErrorReport> {
    private static final Set<Thread.State> BLOCKED =
            EnumSet.of(Thread.State.BLOCKED, Thread.State.WAITING, Thread.State.TIMED_WAITING);

    private final Consumer<? super ErrorReport> others;

    private volatile @Nullable EventLoop loop; // written by the maker of the loop
    private volatile @Nullable Runnable listener; // written by the driving thread, read by the watchdog of the loops
    private volatile boolean held; // by the watchdog of the loops, read by any thread
    private boolean told; // that a step is blocked; by the watchdog of the loops

    HeldSteps(Consumer<? super ErrorReport> others) {
        this.others = others;
    }

    void of(EventLoop made) {
        loop = made;
    }

    /** Who is told, on another thread, that a step is blocked. */
    void whenBlocked(Runnable action) {
        listener = action;
    }

    @Override
    public void accept(ErrorReport finding) {
        if (finding.kind() == ErrorReport.Kind.BLOCKED) {
            held = !held;
            Runnable action = listener;
            if (action != null && blocked() != null) {
                told = true; // and the error will say it all
                action.run();
            }
        }
        if (!told) {
            others.accept(finding);
        }
    }

    /**
     * The thread of a step that holds the loop for long and is blocked; null if there is none, or if it works. Any
     * thread.
     */
    @Nullable Thread blocked() {
        EventLoop made = loop;
        Thread holder = held && made != null ? made.turnHolder() : null;
        return holder != null && BLOCKED.contains(holder.getState()) ? holder : null;
    }
}
