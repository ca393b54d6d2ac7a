package dev.espalier.process;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The workers of a pool as its {@link Dispatcher} sees them: those that are not ready for tasks, those that take them, and
 * those that end what they have.
 */
final class Seats {
    // By the dispatcher. A seat is in one of them, or its worker is gone:
    //
    //   arriving -> serving   the worker is ready
    //   serving  -> leaving   it retires; also from arriving, if it was a spare
    //   any      -> (none)    it is gone
    private final List<Seat> arriving = new ArrayList<>();
    private final List<Seat> serving = new ArrayList<>();
    private final List<Seat> leaving = new ArrayList<>();

    Seat arrived(WorkerLink link, int number) {
        Seat seat = new Seat(link, number);
        arriving.add(seat);
        return seat;
    }

    void ready(Seat seat) {
        arriving.remove(seat);
        serving.add(seat);
    }

    void leaves(Seat seat) {
        left(seat);
        leaving.add(seat);
        seat.leaves = true;
    }

    void left(Seat seat) {
        arriving.remove(seat);
        serving.remove(seat);
        leaving.remove(seat);
    }

    /** Null when there is none, not yet or any more. */
    @Nullable Seat of(WorkerLink link) {
        return all().filter(seat -> seat.link == link).findAny().orElse(null);
    }

    Stream<Seat> all() {
        return Stream.of(serving, arriving, leaving).flatMap(List::stream);
    }

    /** Those that take tasks; changes with them. */
    List<Seat> serving() {
        return Collections.unmodifiableList(serving);
    }

    /** Those that have had tasks. */
    List<WorkerLink> links() {
        return Stream.concat(serving.stream(), leaving.stream()).map(seat -> seat.link).toList();
    }

    /** The one with least to do of those that have room and for which there is a task; null when there is none. */
    @Nullable Seat leastLoaded(boolean anyIsShared) {
        Seat best = leastLoaded(serving, anyIsShared, null);
        return leaving.isEmpty() ? best : leastLoaded(leaving, false, best);
    }

    private static @Nullable Seat leastLoaded(List<Seat> among, boolean anyIsShared, @Nullable Seat known) {
        Seat best = known;
        for (Seat seat : among) {
            if ((anyIsShared || seat.own.peek() != null) && seat.link.hasRoom()
                    && (best == null || seat.link.outstanding() < best.link.outstanding())) {
                best = seat;
            }
        }
        return best;
    }

    /** The worker with most tasks, if some wait there while another worker has none. */
    @Nullable WorkerLink mostLoaded() {
        WorkerLink most = null;
        boolean idle = false;
        for (Seat seat : serving) {
            WorkerLink link = seat.link;
            idle |= link.isIdle();
            if (link.recallable() > 0 && (most == null || link.recallable() > most.recallable())) {
                most = link;
            }
        }
        return idle ? most : null;
    }

    /** True if all have something to do, and one has tasks that wait. */
    boolean arePressed() {
        return serving.stream().noneMatch(seat -> seat.link.isIdle())
                && serving.stream().anyMatch(seat -> seat.link.recallable() > 0);
    }

    /** Those that leave and have been sent all that is for them alone are told that this was all. */
    void dismiss() {
        for (Seat seat : leaving) {
            if (seat.own.peek() == null) {
                seat.link.bye();
            }
        }
    }
}
