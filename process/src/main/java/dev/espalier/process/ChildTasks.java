package dev.espalier.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The child's task thread: takes work in order, one task at a time, and says how each ended.
 */
final class ChildTasks implements Runnable {
    private static final byte[] NOTHING = {};
    private static final long HOLD_BELOW_NANOS = 50_000;

    /** Null on all threads but the task thread of a child. */
    private static final ThreadLocal<@Nullable ChildTasks> CURRENT = new ThreadLocal<>();

    private final ChildOutbox outbox;
    private final Symbols symbols;
    private final WorkerMemory memory;
    /** Where work comes from and answers go; without them both take the socket. */
    private final @Nullable ChildRings rings;
    private final SymbolTable table = new SymbolTable();
    private final Encoder encoder = new Encoder(table);
    private final Decoder decoder;
    private final TaskGrants grants = new TaskGrants();
    private final ManyRun many;
    private final ChildProgress progress;
    private final Thread thread = new Thread(null, this, "espalier-tasks");

    private final ConcurrentLinkedQueue<ChildWork> queue = new ConcurrentLinkedQueue<>();
    /** True while the task thread sleeps or is about to. Written by it and by the main thread that wakes it. */
    private volatile boolean parked;
    /** How many definitions of {@link #table} the parent knows; the task thread alone. */
    private int told;

    /** The newest task that shall not begin with another of its items; written by the main thread. */
    private volatile long stopped;
    /** Of the task that runs, if it gives many values; written by the task thread. */
    private volatile @Nullable ChildEmitter<?> emitter;

    // The rest is guarded by this object's monitor, which is never held while user code runs.
    /** The task that runs, 0 when none does. */
    private long running;
    /** Since when, in {@link System#nanoTime}. */
    private long runningSince;
    /** The newest task that has been taken from the queue. */
    private long taken;
    /** Tasks that the parent does not want any more and that have not been taken yet; they may not even have come. */
    private final Set<Long> unwanted = new HashSet<>();
    /** The newest task that was told to end while it ran. */
    private long interrupted;

    ChildTasks(ChildOutbox outbox, Symbols symbols, WorkerMemory memory, @Nullable ChildRings rings) {
        this.outbox = outbox;
        this.symbols = symbols;
        this.memory = memory;
        this.rings = rings;
        this.decoder = new Decoder(symbols);
        this.progress = new ChildProgress(outbox);
        this.many = new ManyRun(encoder, memory.items(), symbols, grants);
    }

    static @Nullable ChildTasks currentIfAny() {
        return CURRENT.get();
    }

    void start() {
        thread.start();
    }

    /** Called by the main thread. */
    void add(ChildWork work) {
        queue.add(work);
        if (parked) {
            parked = false;
            LockSupport.unpark(thread);
        }
    }

    ChildProgress progress() {
        return progress;
    }

    /** Called by the main thread: there is a bell. */
    void wake() {
        LockSupport.unpark(thread);
    }

    /** Called by the main thread: a task that has not started never will; one that runs may be interrupted. */
    void revoke(long id, boolean interrupt) throws IOException {
        boolean dropped;
        synchronized (this) {
            // One that is not newer than the last taken runs, or has ended, and its answer is on the way.
            dropped = id > taken && unwanted.add(id);
            stopped = id == taken ? id : stopped;
            interrupted = id == taken && interrupt ? id : interrupted;
            if (id == running && interrupt) {
                outbox.interrupt(thread);
            }
        }
        // Said now, not when its turn would come: the task before it may run for long.
        if (dropped) {
            outbox.send(FrameKind.REVOKED, id, NOTHING, 0);
        }
    }

    /** Called by the main thread: the parent wants to know what runs. */
    void look() throws IOException {
        RunningTask seen;
        synchronized (this) {
            // While we hold the monitor the task cannot end, only come to its end.
            seen = running == 0 ? RunningTask.NONE
                    : RunningTask.of(running, System.nanoTime() - runningSince, thread);
        }
        Encoder out = new Encoder(new SymbolTable());
        seen.write(out);
        outbox.send(FrameKind.SEEN, 0, out.array(), out.size());
    }

    @Override
    public void run() {
        grants.begin();
        CURRENT.set(this);
        try {
            if (rings == null ? queue.isEmpty() : !rings.hasNews()) {
                ChildWarmUp.run();
            }
            while (true) {
                ChildRings from = rings;
                if (from != null) {
                    from.next((kind, id, bytes, at, to) -> came(from, kind, id, bytes, at, to));
                    from.tellOfRoom();
                }
                ChildWork work = from == null ? next() : queue.poll();
                if (work == null) {
                    continue;
                }
                switch (work.sort) {
                    case TASK -> task(work);
                    case DEFINITION -> symbols.define(work.id, work.bytes);
                    case BYE -> bye();
                }
            }
        } catch (IOException lost) {
            // Without the parent there is nobody to work for.
            SelfKill.now();
        }
    }

    private void came(ChildRings ring, FrameKind kind, long id, byte[] bytes, int from, int to) throws IOException {
        switch (kind) {
            case TASK -> queue.add(ChildWork.task(id, Arrays.copyOfRange(bytes, from, to), ring.arrays(id)));
            case DEFINE -> queue.add(ChildWork.definition(id, Arrays.copyOfRange(bytes, from, to)));
            case BYE -> queue.add(ChildWork.bye());
            default -> throw new ProtocolException("the parent sent " + kind + " through a ring");
        }
    }

    private ChildWork next() throws IOException {
        ChildWork work = queue.poll();
        if (work != null) {
            return work;
        }
        outbox.flush();
        while (true) {
            parked = true;
            // Set before this look: work that is added after it finds the flag and wakes us.
            work = queue.poll();
            if (work != null) {
                parked = false;
                return work;
            }
            LockSupport.park(this);
            forgetInterrupt();
        }
    }

    private void task(ChildWork work) throws IOException {
        long from = System.nanoTime();
        if (!begin(work.id, from)) {
            return;
        }
        progress.begin(work.id);
        FrameKind kind = FrameKind.RESULT;
        try {
            run(work);
        } catch (Throwable failure) {
            end();
            kind = FrameKind.FAILURE;
            encoder.reset();
            Failures.write(encoder, failure);
        }
        long ran = System.nanoTime() - from;
        memory.ran(ran);
        lastProgress(work.id);
        answer(kind, work.id, ran < HOLD_BELOW_NANOS);
    }

    /** What it gives is in the encoder then. */
    private void run(ChildWork work) throws Throwable {
        Decoder call = decoder.over(work.bytes, 0, work.bytes.length, work.arrays);
        if (Calls.isMany(work.bytes)) {
            many.run(call, work.id, () -> stopped == work.id, () -> part(work.id));
            end();
            return;
        }
        Object value = Calls.run(call);
        end();
        // A producer has written others before it.
        encoder.reset();
        Departures departures = encoder.departing();
        if (rings != null) {
            // Nothing else runs here until they have gone.
            encoder.large().asTheyAre();
        }
        encoder.root(value);
        departures.leave(new Parcels());
    }

    private synchronized boolean begin(long id, long now) {
        taken = id;
        memory.started(id);
        if (!unwanted.isEmpty() && unwanted.remove(id)) {
            return false;
        }
        forgetInterrupt();
        running = id;
        runningSince = now;
        return true;
    }

    private synchronized void end() {
        running = 0;
        forgetInterrupt();
    }

    /**
     * Clears an interrupt that was meant for a task that has ended, and may come late, from a thread that it left behind: it must
     * reach neither the next task nor our own socket, which an interrupted writer would close, and nobody can sleep with it.
     */
    static void forgetInterrupt() {
        Thread.interrupted();
    }

    private void lastProgress(long id) throws IOException {
        byte[] last = progress.end();
        if (last == null) {
            return;
        }
        if (rings != null) {
            rings.send(FrameKind.PROGRESS, id, last, last.length);
        } else {
            outbox.hold(FrameKind.PROGRESS, id, last, last.length);
        }
    }

    // Not while it may be interrupted, see end().
    private void part(long id) throws IOException {
        end();
        answer(FrameKind.PART, id, false);
        synchronized (this) {
            running = id;
        }
    }

    // ---- many values

    /** Called by the main thread. */
    void room(long id, ByteBuffer message) throws ProtocolException {
        if (message.remaining() != Integer.BYTES) {
            throw new ProtocolException("a message about room for values has " + message.remaining() + " bytes");
        }
        ChildEmitter<?> current = emitter;
        if (current != null) {
            current.giveRoom(id, message.getInt());
        }
    }

    /** Runs a producer with room for so many values; called by the task thread. */
    void produce(RemoteProducer<Object, Throwable> producer, int room) throws Throwable {
        ChildEmitter<Object> own = new ChildEmitter<>(this, taken(), room);
        emitter = own;
        try {
            producer.run(own);
        } finally {
            own.end();
            emitter = null;
        }
    }

    synchronized boolean isCancelled(long id) {
        return interrupted == id;
    }

    private synchronized long taken() {
        return taken;
    }

    /** Sends one value of many; called by the task thread. */
    void emit(long id, Object value) {
        encoder.reset();
        Departures departures = encoder.departing();
        encoder.root(value);
        departures.leave(new Parcels());
        boolean wasInterrupted = quiet();
        try {
            say(FrameKind.PART, id, false);
        } catch (IOException lost) {
            // Without the parent there is nobody to work for.
            SelfKill.now();
        } finally {
            loud(id, wasInterrupted);
        }
    }

    /** From now on nobody interrupts this thread: it may wait for room in the ring, and would lose the interrupt there. */
    private synchronized boolean quiet() {
        running = 0;
        return Thread.interrupted();
    }

    /** What was to interrupt it meanwhile does so now. */
    private synchronized void loud(long id, boolean wasInterrupted) {
        running = id;
        forgetInterrupt();
        if (wasInterrupted || interrupted == id) {
            thread.interrupt();
        }
    }

    // ---- answers

    private void answer(FrameKind kind, long id, boolean quick) throws IOException {
        grants.end();
        say(kind, id, quick);
    }

    private void say(FrameKind kind, long id, boolean quick) throws IOException {
        if (rings != null) {
            answer(rings, kind, id);
            return;
        }
        while (told < table.size()) {
            byte[] definition = table.definition(told);
            outbox.hold(FrameKind.DEFINE, told, definition, definition.length);
            told++;
        }
        int size = encoder.size();
        byte[] bytes = size > Frames.MAX_CHUNK ? encoder.take() : encoder.array();
        if (quick && !queue.isEmpty()) {
            outbox.hold(kind, id, bytes, size);
        } else {
            outbox.send(kind, id, bytes, size);
        }
    }

    private void answer(ChildRings to, FrameKind kind, long id) throws IOException {
        while (told < table.size()) {
            byte[] definition = table.definition(told);
            to.send(FrameKind.DEFINE, told, definition, definition.length);
            told++;
        }
        for (LargeArray array : encoder.large().drain()) {
            to.send(id, array);
        }
        int size = encoder.size();
        to.send(kind, id, size > Frames.MAX_CHUNK ? encoder.take() : encoder.array(), size);
    }

    private void bye() throws IOException {
        Closing.run();
        forgetInterrupt();
        System.out.flush();
        System.err.flush();
        outbox.sendLast(FrameKind.BYE_ACK);
        // Not exit: hooks of the user may hang, and threads that were left behind must not keep the process.
        Runtime.getRuntime().halt(0);
    }
}
