package dev.espalier.process;

import dev.espalier.core.Receiver;
import dev.espalier.core.Watch;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a task has reported, in the parent.
 */
final class TaskProgress {
    // By the holder of the loop's turn.
    private Optional<Progress> last = Optional.empty();
    /** The number of the last report in its child. */
    private long number;
    private boolean over;
    /** Of those who watch; null as long as nobody does. */
    private @Nullable Watch<Optional<Progress>> watched;

    TaskProgress(boolean over) {
        this.over = over;
    }

    Optional<Progress> last() {
        return last;
    }

    Receiver<Progress> changes() {
        if (watched == null) {
            watched = Watch.of(last);
            if (over) {
                watched.close();
            }
        }
        return watched.changes().filter(Optional::isPresent).map(Optional::orElseThrow);
    }

    /** The task goes to a child, whose reports have numbers of their own. */
    void sent() {
        number = 0;
    }

    /** A report came; an older one may come after a newer one. */
    void came(Decoder report) {
        long which = report.getLong();
        Progress now = new Progress(report.getLong(), report.getLong(), report.getString());
        if (which > number) {
            number = which;
            last = Optional.of(now);
            if (watched != null) {
                watched.set(last);
            }
        }
    }

    void over() {
        over = true;
        if (watched != null) {
            watched.close();
        }
    }
}
