package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.ChannelReadiness;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The parent's end of one connected child: frames in and out, and the tasks that are there.
 */
final class WorkerLink {
    /** However often tasks report, the loop hears of it so seldom. */
    private static final Duration BETWEEN_REPORTS = Duration.ofMillis(20);
    private static final byte[] NO_PAYLOAD = new byte[0];

    // Everything here belongs to the loop of the pool.
    private final WorkerProcess process;
    private final SocketChannel channel;
    private final ChannelReadiness readiness;
    private final FrameReader reader;
    private final FrameOutlet out;
    private final PermitPeer permits;
    private final @Nullable RingLink rings;
    private final EventLoop loop = EventLoop.current();
    private final Symbols symbols;
    private final Decoder decoder;
    private final WorkerMemory memory;
    private final Dispatcher dispatcher;
    private final Window window = new Window();

    private final SentTasks tasks = new SentTasks();
    /** Bytes since the handshake. */
    private long received;
    /** Answers so far, of any kind. */
    private long answers;
    /** Calls that have ended, and what is to be done after so many of them. */
    private long calls;
    private long callsUntil = Long.MAX_VALUE;
    private Runnable afterCalls = () -> { };
    /** How many definitions of the pool's table the child knows. */
    private int told;
    /** The child has reported, and is asked for the next report after a while. */
    private boolean reportsPause;
    private boolean saidBye;
    private boolean serving;
    private @Nullable String killReason;
    /** Who waits to know what the child runs. */
    private @Nullable Promise<RunningTask> asked;
    private final long readyAt = loop.now();

    WorkerLink(ChildStart.Ready ready, Dispatcher dispatcher, Symbols symbols) {
        this.process = ready.process();
        WorkerChannel connected = ready.channel();
        this.channel = connected.channel();
        this.readiness = connected.readiness();
        this.reader = connected.reader();
        this.out = new FrameOutlet(connected);
        this.permits = new PermitPeer(out, process);
        this.memory = ready.memory();
        WorkerRings shared = ready.rings();
        this.rings = shared == null ? null : new RingLink(shared, new Rings());
        this.dispatcher = dispatcher;
        this.symbols = symbols;
        this.decoder = new Decoder(symbols);
    }

    // ---- out

    long pid() {
        return process.pid();
    }

    boolean hasRoom() {
        return serving && !saidBye && tasks.count() < (memory.isShared() ? window.size() : 1) && tasks.hasRoom();
    }

    int outstanding() {
        return tasks.count();
    }

    void send(PoolTask<?> task, SymbolTable table) {
        while (told < table.size()) {
            byte[] definition = table.definition(told);
            work(FrameKind.DEFINE, told, definition);
            told++;
        }
        long id = tasks.add(task);
        memory.sent(id);
        if (tasks.count() == 1) {
            window.busy(loop.now());
        }
        long waited = task.waited(loop);
        dispatcher.journal().waited(waited);
        task.sent(this, id, waited);
        for (LargeArray array : task.arrays()) {
            if (rings == null) {
                out.send(id, array);
            } else {
                rings.send(id, array);
            }
        }
        work(FrameKind.TASK, id, task.call());
        flush();
    }

    private void work(FrameKind kind, long id, byte[] payload) {
        if (rings == null) {
            out.send(kind, id, payload);
        } else {
            rings.send(kind, id, payload);
        }
    }

    private void flush() {
        if (rings != null) {
            rings.flush();
            rings.await(tasks.count() > 0);
        }
    }

    /** This task may give so many more values. */
    void room(long id, int values) {
        out.sendUrgent(FrameKind.ROOM, id, ByteBuffer.allocate(Integer.BYTES).putInt(values).array());
    }

    void revoke(long id) {
        out.sendUrgent(FrameKind.REVOKE, id);
    }

    long answers() {
        return answers;
    }

    boolean isIdle() {
        return tasks.count() == 0 && hasRoom();
    }

    /** How many tasks wait here behind another one and were not yet asked for. */
    int recallable() {
        return tasks.recallable(memory.started());
    }

    /** As {@link SentTasks#recall}. */
    boolean recall() {
        return tasks.recall(memory.started(), id -> out.sendUrgent(FrameKind.RECALL, id));
    }

    void cancelAll(String reason) {
        tasks.cancelAll(reason);
    }

    /** No more work will come; the child ends after what it runs. */
    void bye() {
        if (!saidBye) {
            saidBye = true;
            dispatcher.ending(this);
            work(FrameKind.BYE, 0, NO_PAYLOAD);
            flush();
        }
    }

    /** Runs the action once, when so many calls have ended here. */
    void whenDone(long most, Runnable action) {
        callsUntil = calls + most;
        afterCalls = action;
    }

    boolean saidBye() {
        return saidBye;
    }

    // ---- in

    /** Reads until the child closes its end. */
    @Awaits
    void serve() {
        serving = true;
        dispatcher.assign();
        try {
            int count = channel.read(reader.input());
            while (count >= 0) {
                received += count;
                reader.drain(this::message);
                turnEnds();
                readiness.awaitReadable();
                count = channel.read(reader.input());
            }
        } catch (ProtocolException broken) {
            kill("it broke the protocol: " + broken.getMessage());
        } catch (IOException reset) {
            // A killed child's socket may end so, too.
        } finally {
            serving = false;
        }
    }

    private void turnEnds() {
        window.adapt(loop.now(), tasks.count());
        dispatcher.assign();
        if (rings != null) {
            rings.await(tasks.count() > 0);
        }
    }

    private final class Rings implements RingLink.Owner {
        @Override
        public void message(FrameKind kind, long id, byte[] bytes, int from, int to) throws IOException {
            WorkerLink.this.message(kind, id, bytes, from, to);
        }

        @Override
        public void ring() {
            out.sendUrgent(FrameKind.BELL, 0);
        }

        @Override
        public void turnEnds() {
            WorkerLink.this.turnEnds();
        }

        @Override
        public void broken(IOException why) {
            kill(why instanceof ProtocolException ? "it broke the protocol: " + why.getMessage() : why.toString());
        }
    }

    private void message(FrameKind kind, long id, byte[] bytes, int from, int to) throws IOException {
        switch (kind) {
            case RESULT -> result(take(id), bytes, from, to, arrays(id));
            case PART -> part(tasks.find(id), bytes, from, to);
            case FAILURE -> failure(take(id), bytes, from, to);
            case REVOKED -> dispatcher.returned(take(id));
            case DEFINE -> symbols.define(id, Arrays.copyOfRange(bytes, from, to));
            case SEEN -> seen(bytes, from, to);
            case PROGRESS -> progress(id, bytes, from, to);
            case PERMIT -> permits.message(id, bytes, from, to);
            case BYE_ACK, BELL -> { }
            default -> throw new ProtocolException("it sent " + kind);
        }
    }

    /** Asks the child what it runs; {@link RunningTask#NONE} also when it ends before it answers. */
    Promise<RunningTask> look() {
        Promise<RunningTask> answer = asked;
        if (answer == null) {
            answer = Promise.create("what " + process + " runs");
            asked = answer;
            out.sendUrgent(FrameKind.LOOK, 0);
        }
        return answer;
    }

    private void seen(byte[] bytes, int from, int to) throws ProtocolException {
        Promise<RunningTask> answer = asked;
        if (answer == null) {
            throw new ProtocolException("it said what it runs and was not asked");
        }
        asked = null;
        answer.trySucceed(RunningTask.read(decoder.over(bytes, from, to)));
    }

    /** Of a task that has ended meanwhile it says nothing to anybody. */
    private void progress(long id, byte[] bytes, int from, int to) throws ProtocolException {
        PoolTask<?> task = tasks.get(id);
        try {
            if (task != null) {
                task.reported(decoder.over(bytes, from, to));
            }
        } catch (IllegalArgumentException | EncodingException bad) {
            throw new ProtocolException("it sent a bad report of a task: " + bad.getMessage());
        }
        if (!reportsPause) {
            reportsPause = true;
            loop.callLater(BETWEEN_REPORTS, () -> {
                reportsPause = false;
                out.sendUrgent(FrameKind.PROGRESS, 0);
            });
        }
    }

    private PoolTask<?> take(long id) throws ProtocolException {
        PoolTask<?> task = tasks.take(id);
        answers++;
        calls += task.calls();
        if (calls >= callsUntil) {
            callsUntil = Long.MAX_VALUE;
            loop.callSoon(afterCalls);
        }
        window.answered(loop, tasks.count());
        return task;
    }

    private @Nullable Object[] arrays(long id) throws ProtocolException {
        return rings == null ? reader.arrays(id) : rings.arrays(id);
    }

    private void result(PoolTask<?> task, byte[] bytes, int from, int to, @Nullable Object[] arrays) {
        try {
            task.answered(decoder.over(bytes, from, to, arrays));
        } catch (EncodingException bad) {
            task.failed(unreadable("result", task, bad));
        }
    }

    private void part(PoolTask<?> task, byte[] bytes, int from, int to) throws ProtocolException {
        try {
            task.part(decoder.over(bytes, from, to));
        } catch (EncodingException bad) {
            throw new ProtocolException("it sent a bad part of " + task.name() + ": " + bad.getMessage());
        }
    }

    private void failure(PoolTask<?> task, byte[] bytes, int from, int to) {
        Throwable failure;
        try {
            failure = Failures.read(decoder.over(bytes, from, to), task.name() + " in " + process);
        } catch (EncodingException bad) {
            failure = unreadable("failure", task, bad);
        }
        task.failedThere(failure);
    }

    private static RemoteTaskException unreadable(String what, PoolTask<?> task, Throwable bad) {
        return new RemoteTaskException("the " + what + " of " + task.name() + " cannot be read: " + bad, "", bad);
    }

    // ---- the end

    /** What is at the child, oldest first. */
    List<PoolTask<?>> tasks() {
        return tasks.all();
    }

    /** What is at the child, oldest first; afterwards nothing is. */
    List<PoolTask<?>> takeAll() {
        List<PoolTask<?>> all = tasks.takeAll();
        window.answered(loop, 0);
        if (asked != null) {
            asked.trySucceed(RunningTask.NONE);
        }
        if (rings != null) {
            rings.free();
        }
        return all;
    }

    /** True when the child has begun with it. */
    boolean hasStarted(PoolTask<?> task) {
        return task.sequence() <= memory.started();
    }

    /** After the child's end: how far it came with this call for many arguments. */
    ItemMemory.Rest rest(PoolTask<?> task) {
        return memory.itemsLeft(task.sequence());
    }

    /** Reads more of what the child has written. */
    Decoder decoder(byte[] bytes) {
        return new Decoder(symbols).over(bytes, 0, bytes.length);
    }

    PermitPeer permits() {
        return permits;
    }

    /** After the child's end: takes the answers that it had ready. */
    void readRest() {
        try {
            if (rings != null) {
                rings.readRest();
            }
        } catch (IOException torn) {
            // As below.
        }
        ByteBuffer rest = memory.rest(received);
        try {
            while (rest.hasRemaining()) {
                int length = Math.min(rest.remaining(), reader.input().remaining());
                reader.input().put(rest.slice(rest.position(), length));
                rest.position(rest.position() + length);
                reader.drain(this::message);
            }
        } catch (IOException torn) {
            // What a dying process left is no frame: then it is no answer either.
        }
    }

    WorkerProcess process() {
        return process;
    }

    long ageNanos() {
        return loop.now() - readyAt;
    }

    /** How long tasks have run there, those that have ended. */
    long ranNanos() {
        return memory.ran();
    }

    long busyNanos() {
        return window.busyNanos(loop.now());
    }

    /** Ends the child at once, with what it started; the reader meets the end of the stream. */
    void kill(String why) {
        killReason = why;
        loop.submit(() -> Async.offload(process::kill));
    }

    /** Why we killed it; null when we did not. */
    @Nullable String killReason() {
        return killReason;
    }

    void close() {
        if (rings != null) {
            rings.close();
        }
        readiness.close();
        try {
            channel.close();
        } catch (IOException peerGone) {
            // The descriptor is free all the same, and there is nothing more to say to the peer.
        }
    }

    @Override
    public String toString() {
        return process + ", which has " + tasks.count() + " tasks";
    }
}
