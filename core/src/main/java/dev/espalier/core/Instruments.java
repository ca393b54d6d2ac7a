package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.Instrument;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The instruments of one loop. A loop without any has none of these objects, so that all it pays is a look whether there is one.
 *
 * <p>Events of the scheduler are kept until a step begins, because instruments are code of a user: that must never run inside a
 * scheduler step, nor on the frame that carries coroutines. Written and read by the holder of the turn.
 */
final class Instruments {
    private final EventLoop loop;
    private List<Instrument> all = List.of(); // replaced when it changes, so that those who are told may change it
    private final ArrayDeque<Consumer<Instrument>> pending = new ArrayDeque<>();

    Instruments(EventLoop loop) {
        this.loop = loop;
    }

    void add(Instrument instrument) {
        if (!all.contains(instrument)) {
            var more = new ArrayList<>(all);
            more.add(instrument);
            all = List.copyOf(more);
        }
    }

    /** Returns whether any is left. */
    boolean remove(Instrument instrument) {
        all = all.stream().filter(other -> !other.equals(instrument)).toList();
        return !all.isEmpty();
    }

    // ---- anywhere in the loop

    void later(Consumer<Instrument> event) {
        pending.add(event);
    }

    void scheduled(Task<?> task) {
        long now = loop.now();
        later(instrument -> instrument.taskScheduled(task, now));
    }

    /** Several in a row are told as one: a loop that is driven by hand may poll very often between two steps. */
    void polled(long began, long ended) {
        long since = began;
        if (pending.peekLast() instanceof Poll last) {
            since = last.began;
            pending.removeLast();
        }
        later(new Poll(since, ended));
    }

    private record Poll(long began, long ended) implements Consumer<Instrument> {
        @Override
        public void accept(Instrument instrument) {
            instrument.polled(began, ended);
        }
    }

    // ---- on a coroutine, outside the scheduler

    void beforeStep(Task<?> task) {
        tell(task, Instrument::beforeStep, task);
    }

    void afterStep(Task<?> task) {
        tell(task, Instrument::afterStep, task);
    }

    void cancellationMet(Task<?> task, CancelledError error) {
        tell(task, (instrument, met) -> instrument.cancellationMet(task, met), error);
    }

    void cancellationDropped(Task<?> task, CancelledError error) {
        tell(task, (instrument, dropped) -> instrument.cancellationDropped(task, dropped), error);
    }

    void ended(Task<?> task) {
        tell(null, Instrument::taskEnded, task);
    }

    /** Tells what has been kept. */
    void flush() {
        tell(null, (_, _) -> {}, this);
    }

    /**
     * While instruments run, their coroutine runs no task: an await in them is refused. The event and what it is about come apart,
     * so that two events a step allocate nothing.
     */
    private <A> void tell(@Nullable Task<?> task, BiConsumer<Instrument, ? super A> event, A about) {
        Coroutine holder = loop.scheduler.holder();
        holder.task = null;
        try {
            for (Consumer<Instrument> kept = pending.poll(); kept != null; kept = pending.poll()) {
                each(Instruments::accept, kept);
            }
            each(event, about);
        } finally {
            holder.task = task;
        }
    }

    private static void accept(Instrument instrument, Consumer<Instrument> event) {
        event.accept(instrument);
    }

    private <A> void each(BiConsumer<Instrument, ? super A> event, A about) {
        for (Instrument instrument : all) {
            try {
                event.accept(instrument, about);
            } catch (Throwable e) {
                loop.removeInstrument(instrument);
                String what = instrument.toString();
                loop.soon(() -> loop.report(new ErrorReport(ErrorReport.Kind.INSTRUMENT,
                        "an instrument failed and was removed", e, null, what, List.of())));
            }
        }
    }
}
