package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.Instrument;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The instruments of one loop. A loop without any has none of these objects, so that all it pays is a look whether there is one.
 *
 * <p>Events of the scheduler are kept until a step begins, because instruments are code of a user: that must never run inside a
 * scheduler step, nor on the frame that carries coroutines. Written and read by the holder of the turn.
 */
final class Instruments {
    private final EventLoop loop;
    // Replaced when they change, so that those who are told may change them.
    private List<Instrument> all = List.of();
    private List<Instrument> stepwise = List.of(); // those that watch each step
    private final ArrayDeque<Consumer<Instrument>> pending = new ArrayDeque<>();

    Instruments(EventLoop loop) {
        this.loop = loop;
    }

    void add(Instrument instrument) {
        if (!all.contains(instrument)) {
            all = with(all, instrument);
            if (instrument.watchesSteps()) {
                stepwise = with(stepwise, instrument);
            }
        }
    }

    /** Returns whether any is left. */
    boolean remove(Instrument instrument) {
        all = without(all, instrument);
        stepwise = without(stepwise, instrument);
        return !all.isEmpty();
    }

    private static List<Instrument> with(List<Instrument> some, Instrument instrument) {
        return Stream.concat(some.stream(), Stream.of(instrument)).toList();
    }

    private static List<Instrument> without(List<Instrument> some, Instrument instrument) {
        return some.stream().filter(other -> !other.equals(instrument)).toList();
    }

    // ---- anywhere in the loop

    void later(Consumer<Instrument> event) {
        pending.add(event);
    }

    void scheduled(Task<?> task) {
        if (!stepwise.isEmpty()) {
            later(new Scheduled(task, loop.now()));
        }
    }

    /** Several in a row are told as one: a loop that is driven by hand may poll very often between two steps. */
    void polled(long began, long ended) {
        if (stepwise.isEmpty()) {
            return;
        }
        long since = began;
        if (pending.peekLast() instanceof Poll last) {
            since = last.began;
            pending.removeLast();
        }
        later(new Poll(since, ended));
    }

    /** What only those are told who watch each step. */
    private sealed interface OfSteps extends Consumer<Instrument> {}

    private record Scheduled(Task<?> task, long at) implements OfSteps {
        @Override
        public void accept(Instrument instrument) {
            instrument.taskScheduled(task, at);
        }
    }

    private record Poll(long began, long ended) implements OfSteps {
        @Override
        public void accept(Instrument instrument) {
            instrument.polled(began, ended);
        }
    }

    // ---- on a coroutine, outside the scheduler

    void beforeStep(Task<?> task) {
        step(task, Instrument::beforeStep);
    }

    void afterStep(Task<?> task) {
        step(task, Instrument::afterStep);
    }

    private void step(Task<?> task, BiConsumer<Instrument, Task<?>> event) {
        if (!stepwise.isEmpty() || !pending.isEmpty()) {
            tell(stepwise, task, event, task);
        }
    }

    void cancellationMet(Task<?> task, CancelledError error) {
        tell(all, task, (instrument, met) -> instrument.cancellationMet(task, met), error);
    }

    void cancellationDropped(Task<?> task, CancelledError error) {
        tell(all, task, (instrument, dropped) -> instrument.cancellationDropped(task, dropped), error);
    }

    void ended(Task<?> task) {
        tell(all, null, Instrument::taskEnded, task);
    }

    /** Tells what has been kept. */
    void flush() {
        tell(List.of(), null, (_, _) -> {}, this);
    }

    /**
     * While instruments run, their coroutine runs no task: an await in them is refused. The event and what it is about come apart,
     * so that two events a step allocate nothing.
     */
    private <A> void tell(
            List<Instrument> whom, @Nullable Task<?> task, BiConsumer<Instrument, ? super A> event, A about) {
        Coroutine holder = loop.scheduler.holder();
        holder.task = null;
        try {
            for (Consumer<Instrument> kept = pending.poll(); kept != null; kept = pending.poll()) {
                each(kept instanceof OfSteps ? stepwise : all, Instruments::accept, kept);
            }
            each(whom, event, about);
        } finally {
            holder.task = task;
        }
    }

    private static void accept(Instrument instrument, Consumer<Instrument> event) {
        event.accept(instrument);
    }

    private <A> void each(List<Instrument> whom, BiConsumer<Instrument, ? super A> event, A about) {
        for (Instrument instrument : whom) {
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
