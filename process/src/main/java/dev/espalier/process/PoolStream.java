package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.CancelledError;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Notify;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Calls of one function for many arguments: takes arguments, makes {@linkplain Chunk chunks} of them and hands out
 * those that have outcomes.
 */
final class PoolStream<A extends @Nullable Object, T extends @Nullable Object> implements AutoCloseable {
    /** For each worker a chunk that runs, one that is there when it ends, and one that waits. */
    private static final int CHUNKS_PER_WORKER = 3;
    /** What was taken waits no longer than this for more arguments. */
    private static final Duration PATIENCE = Duration.ofMillis(1);

    // Everything here belongs to the loop of the pool. One task takes arguments and one reads, or one does both.
    private final PoolCalls pool;
    private final Lane lane;
    private final EventLoop loop = EventLoop.current();
    private final MapOptions options;
    private final Serializable function;
    private final boolean keepArguments;
    private final ChunkSize chunkSize = new ChunkSize();
    private final Notify arrivals = Notify.create();
    private final Notify room = Notify.create();

    /** The calls that are being written; {@link #head} bytes at its start are the function. */
    private final Encoder open;
    private final int head;
    private int opened;
    private final Parcels parcels = new Parcels();
    private boolean adding;
    /** Runs from the first of them, where arguments may be long in coming. */
    private EventLoop.@Nullable Handle patience;
    private boolean patient;
    private List<A> openArguments = new ArrayList<>();

    private @Nullable Iterator<? extends A> arguments;
    private long left = Long.MAX_VALUE;
    private @Nullable Throwable argumentsFailed;
    private boolean exhausted;

    private final ChunkList<A, T> chunks;
    /** The one that was handed out last, and what of it had been read before. */
    private @Nullable Chunk<A, T> reading;
    private int readBefore;
    /** Chunks that have not ended. */
    private int running;
    /** Items whose outcomes were not read. */
    private long held;
    private long taken;

    PoolStream(PoolCalls pool, TaskOptions taskOptions, MapOptions options,
            RemoteFunction<? super A, ? extends T, ?> function, boolean keepArguments) {
        pool.checkOpen();
        this.pool = pool;
        this.lane = new Lane(taskOptions);
        this.options = options;
        this.function = function;
        this.keepArguments = keepArguments;
        this.chunks = new ChunkList<>(options.ordered());
        this.open = new Encoder(pool.core().table());
        try {
            Calls.writeMany(open, function);
        } catch (EncodingException bad) {
            throw new IllegalArgumentException("the function cannot be sent to a worker: " + bad.getMessage(), bad);
        }
        this.head = open.size();
        open.putFixedInt(0);
    }

    /** Where the arguments come from, and how many there are at most. */
    void from(Iterable<? extends A> sequence, long most) {
        arguments = sequence.iterator();
        left = most;
    }

    Dispatcher dispatcher() {
        return pool.dispatcher();
    }

    Lane lane() {
        return lane;
    }

    long nextNumber() {
        return pool.nextNumber();
    }

    Class<?> function() {
        return function.getClass();
    }

    int head() {
        return head;
    }

    // ---- taking arguments

    /** Takes arguments to the end, as far ahead as allowed, in a task of its own. */
    @Awaits
    void fillAll() {
        try {
            while (!exhausted) {
                fill(true);
                if (!exhausted) {
                    room.await();
                }
            }
        } catch (CancelledError cancelled) {
            throw cancelled;
        } catch (RuntimeException | Error failure) {
            // The arguments are the user's; those who read get to know, after the outcomes that come before it.
            submitOpen();
            argumentsFailed = failure;
            exhausted = true;
        }
        arrivals.notifyOne();
    }

    /** Takes as many as allowed; those of a patient stream may be long in coming. */
    private void fill(boolean waits) {
        patient = waits;
        pool.core().checkOpen();
        while (!exhausted) {
            int wanted = wanted();
            if (running >= CHUNKS_PER_WORKER * dispatcher().workers() || held + wanted > options.lookahead()) {
                return;
            }
            take(wanted);
            submitOpen();
        }
    }

    private int wanted() {
        int workers = dispatcher().workers();
        if (lane.options.runLimit().isPresent()) {
            return 1; // an interrupt is for one call
        }
        return Math.min(chunkSize.next(left, workers), Math.max(1, options.lookahead()
                / (CHUNKS_PER_WORKER * workers)));
    }

    private void take(int wanted) {
        Iterator<? extends A> source = Objects.requireNonNull(arguments);
        for (int i = 0; i < wanted && (opened == 0 || open.size() < ManyCalls.FULL); i++) {
            if (!source.hasNext()) {
                exhausted = true;
                return;
            }
            add(source.next());
            left--;
        }
    }

    private void add(A argument) {
        adding = true;
        try {
            ManyCalls.argument(open, argument, parcels);
            opened++;
            if (patient && opened == 1) {
                patience = loop.callLater(PATIENCE, this::submitTaken);
            }
        } catch (EncodingException bad) {
            submitOpen();
            Chunk<A, T> unfit = append(1, new byte[0], keepArguments ? List.of(argument) : List.of());
            unfit.unfit(new IllegalArgumentException("argument " + taken + " cannot be sent to a worker: "
                    + bad.getMessage(), bad));
            return;
        } finally {
            adding = false;
        }
        if (keepArguments) {
            openArguments.add(argument);
        }
    }

    private void submitTaken() {
        patience = null;
        if (adding) {
            // Writing an argument may run code of the user that awaits.
            patience = loop.callLater(PATIENCE, this::submitTaken);
        } else {
            submitOpen();
        }
    }

    private void submitOpen() {
        if (opened == 0) {
            return;
        }
        open.patchFixedInt(head, opened);
        byte[] call = Arrays.copyOf(open.array(), open.size());
        open.truncate(head + ManyCalls.LENGTH);
        Chunk<A, T> chunk = append(opened, call, openArguments);
        opened = 0;
        if (patience != null) {
            patience.cancel();
            patience = null;
        }
        if (keepArguments) {
            openArguments = new ArrayList<>();
        }
        try {
            pool.core().checkOpen();
            dispatcher().enqueue(chunk);
        } catch (IllegalStateException | WorkerLostException closed) {
            chunk.failed(closed);
        }
    }

    private Chunk<A, T> append(int items, byte[] call, List<A> theirs) {
        Chunk<A, T> chunk = new Chunk<>(this, taken + 1, call, items, theirs);
        taken += items;
        held += items;
        chunks.add(chunk);
        running++;
        return chunk;
    }

    /** Why there are no more arguments, if reading them failed. */
    @Nullable Throwable argumentsFailed() {
        return argumentsFailed;
    }

    // ---- told by the chunks

    /** A chunk has come into being behind another one. */
    void insert(Chunk<A, T> before, Chunk<A, T> chunk) {
        chunks.insert(before, chunk);
        running++;
    }

    void measured(int items, long nanos) {
        chunkSize.measured(items, nanos);
    }

    /** It has outcomes. */
    void arrived(Chunk<A, T> chunk) {
        chunks.arrived(chunk);
        arrivals.notifyOne();
    }

    /** It has all its outcomes. */
    void ended(Chunk<A, T> chunk) {
        running--;
        room.notifyOne();
        arrived(chunk);
    }

    // ---- reading

    /** Takes arguments and waits for a chunk that has outcomes to read; null when there are no more. */
    @Awaits
    @Nullable Chunk<A, T> ready() {
        return next(true);
    }

    /** The same, where another task takes the arguments. */
    @Awaits
    @Nullable Chunk<A, T> readyOfFilled() {
        return next(false);
    }

    @Awaits
    private @Nullable Chunk<A, T> next(boolean filling) {
        settle();
        while (true) {
            if (filling) {
                fill(false);
            }
            Chunk<A, T> first = chunks.readable();
            if (first != null) {
                reading = first;
                readBefore = first.read();
                return first;
            }
            if (chunks.isEmpty() && exhausted) {
                return null;
            }
            arrivals.await();
        }
    }

    /** Takes note of what was read since the last time. */
    private void settle() {
        Chunk<A, T> last = reading;
        if (last == null) {
            return;
        }
        held -= last.read() - readBefore;
        reading = null;
        chunks.settle(last);
        room.notifyOne();
    }

    /** Cancels what is left and waits for it. */
    @Awaits
    @Override
    public void close() {
        exhausted = true;
        if (running > 0) {
            pool.end(chunks.all(), "the stream of calls has ended");
        }
        parcels.delete();
    }

    @Override
    public String toString() {
        return "a stream of calls of " + function.getClass().getName() + ", which has " + running + " chunks out and "
                + held + " of at most " + options.lookahead() + " items in hand";
    }
}
