package dev.espalier.process;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs, in the child, a {@linkplain ManyCalls call for many arguments}: one item after the other, each with its own
 * outcome.
 */
final class ManyRun {
    /** Sends what the encoder holds. */
    interface Parts {
        void send() throws IOException;
    }

    /** Outcomes are not kept back longer than this and the time of one item. */
    private static final long KEPT_NANOS = 1_000_000;
    private static final long CHECK_NANOS = 20_000;
    private static final int MOST_UNCHECKED = 64;

    // By the task thread.
    private final Encoder encoder;
    private final ItemMemory memory;
    private final Decoder argument;
    private final TaskGrants grants;
    /** Reading the clock takes as long as a trivial item: so many items run between two looks. */
    private int unchecked = 1;
    private long checked;
    private long began;

    ManyRun(Encoder encoder, ItemMemory memory, Symbols symbols, TaskGrants grants) {
        this.grants = grants;
        this.encoder = encoder;
        this.memory = memory;
        this.argument = new Decoder(symbols);
    }

    /** Runs until all is done or it shall stop; what was not yet sent is in the encoder then. */
    void run(Decoder call, long task, BooleanSupplier stopped, Parts parts) throws Throwable {
        memory.start(task);
        RemoteFunction<@Nullable Object, @Nullable Object, Throwable> function = Calls.readMany(call);
        int count = call.getFixedInt();
        fresh();
        int untilCheck = unchecked;
        for (int i = 0; i < count && !stopped.getAsBoolean(); i++) {
            memory.begin(i);
            boolean room = item(function, call);
            if (!room || --untilCheck == 0) {
                if (isLate() || !room) {
                    send(parts, i + 1);
                }
                untilCheck = unchecked;
            }
        }
        stamp();
    }

    private boolean item(RemoteFunction<@Nullable Object, @Nullable Object, Throwable> function, Decoder call) {
        int length = call.getFixedInt();
        int from = call.take(length);
        int at = encoder.reserve(ManyCalls.LENGTH + 1);
        int sort = ManyCalls.VALUE;
        try {
            Object value = function.apply(argument.over(call.array(), from, from + length).last());
            Departures departures = encoder.departing();
            encoder.root(value);
            departures.leave(new Parcels());
        } catch (Throwable failure) {
            sort = ManyCalls.FAILURE;
            encoder.truncate(at + ManyCalls.LENGTH + 1);
            Failures.write(encoder, failure);
        }
        // An item that interrupts itself does not disturb the next.
        Thread.interrupted();
        grants.end();
        encoder.patchFixedInt(at, encoder.size() - at - ManyCalls.LENGTH - 1);
        encoder.array()[at + ManyCalls.LENGTH] = (byte) sort;
        return memory.add(encoder.array(), at, encoder.size() - at);
    }

    private boolean isLate() {
        long now = System.nanoTime();
        long gap = now - checked;
        checked = now;
        if (gap > KEPT_NANOS) {
            unchecked = 1;
        } else if (gap < CHECK_NANOS) {
            unchecked = Math.min(2 * unchecked, MOST_UNCHECKED);
        } else if (gap > 2 * CHECK_NANOS) {
            unchecked = Math.max(unchecked / 2, 1);
        }
        return now - began > KEPT_NANOS;
    }

    private void send(Parts parts, int next) throws IOException {
        stamp();
        parts.send();
        memory.emptied(next);
        fresh();
    }

    private void fresh() {
        encoder.reset();
        encoder.reserve(ManyCalls.LENGTH);
        began = System.nanoTime();
        checked = began;
    }

    private void stamp() {
        encoder.patchFixedInt(0, (int) Math.min(System.nanoTime() - began, Integer.MAX_VALUE));
    }
}
