package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Deadline;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The child's side of a {@link ChildProcess}: runs its body on a loop, and passes on what the parent wants of it.
 */
final class ChildRuntime {
    /** Workers of a pool have no loop and need not load what makes one. */
    private static final class Loop {
        static final LoopOptions OPTIONS = LoopOptions.defaults()
                // Whoever computes in a child holds its loop, and is right to.
                .withSlowStep(Duration.ZERO)
                .withBlockedAfter(Duration.ZERO);
    }

    private static final long NO_DEADLINE = -1;
    /** A receiver that takes nothing for so long does not get the rest of what a body has sent. */
    private static final Duration MOST_TO_WRITE = Duration.ofSeconds(30);

    private static @Nullable ChildRuntime current; // written and read under the class's monitor

    private record Message(FrameKind kind, long channel, byte[] bytes) {
    }

    private final long parent;
    private final ChildOutbox outbox;
    private final String filter;
    private final Path directory;
    /** From the main thread to the loop. */
    private final ConcurrentLinkedQueue<Message> messages = new ConcurrentLinkedQueue<>();
    private final ChannelEnds channels = new ChannelEnds(); // the loop's
    private boolean flushDue; // the loop's

    // Written by the task thread and the loop's, read by the main thread; under this object's monitor.
    private @Nullable ChildContext context;
    private @Nullable EventLoop loop;
    private @Nullable Task<?> body;
    private @Nullable Thread thread;
    /** Has the loop look at the messages. */
    private volatile @Nullable Runnable bell;

    private ChildRuntime(long parent, ChildOutbox outbox, String filter, Path directory) {
        this.parent = parent;
        this.outbox = outbox;
        this.filter = filter;
        this.directory = directory;
    }

    /** Called by the main thread before any call can come. */
    static synchronized void install(long parent, ChildOutbox outbox, String filter, Path directory) {
        current = new ChildRuntime(parent, outbox, filter, directory);
    }

    private static synchronized ChildRuntime current() {
        if (current == null) {
            throw new EncodingException("the call is for a child of its own, and this process is none");
        }
        return current;
    }

    static @Nullable ChildContext contextIfAny() {
        ChildRuntime runtime;
        synchronized (ChildRuntime.class) {
            runtime = current;
        }
        if (runtime == null) {
            return null;
        }
        synchronized (runtime) {
            return runtime.context;
        }
    }

    // ---- the call: an envelope around an ordinary one

    /** Called by the parent. */
    static byte[] envelope(SymbolTable table, String name, @Nullable Duration remaining, byte[] call) {
        Encoder out = new Encoder(table);
        out.putByte(Calls.CHILD);
        out.putString(name);
        out.putLong(remaining == null ? NO_DEADLINE : Math.max(0, remaining.toNanos()));
        out.putBytes(call, 0, call.length);
        return out.toBytes();
    }

    /** Runs what is in an envelope; called by the task thread. */
    static @Nullable Object run(Decoder in) throws Throwable {
        return current().runBody(in);
    }

    private @Nullable Object runBody(Decoder in) throws Throwable {
        String name = in.getString();
        long nanos = in.getLong();
        ProcessHandle above = ProcessHandle.of(parent).orElseThrow(() -> new IllegalStateException("the parent is gone"));
        try (EventLoop own = EventLoop.create(Loop.OPTIONS)) {
            return own.<@Nullable Object, Throwable>run(() -> {
                Optional<Deadline> deadline = nanos == NO_DEADLINE ? Optional.empty()
                        : Optional.of(Deadline.after(Duration.ofNanos(nanos)));
                begin(own, new ChildContext(name, above, deadline));
                channels.open(this::send, directory);
                // The messages wait until the body's first await: by then the ends are there for which they are.
                Runnable ring = own.coalescing(this::takeMessages);
                bell = ring;
                ring.run();
                try {
                    return Calls.run(in);
                } finally {
                    Async.shield(MOST_TO_WRITE, channels::awaitWritten);
                }
            });
        } finally {
            bell = null;
            synchronized (this) {
                loop = null;
                body = null;
                thread = null;
            }
        }
    }

    private synchronized void begin(EventLoop own, ChildContext made) {
        loop = own;
        body = Task.current();
        thread = Thread.currentThread();
        ChildContext before = context;
        context = made;
        if (before != null) {
            before.cancelReason().ifPresent(this::cancelNow);
        }
    }

    /** Says something to the parent; called by any thread of the user. */
    static void sendNow(FrameKind kind, long id, byte[] message) {
        try {
            current().outbox.send(kind, id, message, message.length);
        } catch (IOException lost) {
            SelfKill.now();
        }
    }

    // ---- channels

    static Object takeEnd(ChannelMoves.Ticket ticket) {
        return current().newEnd(ticket);
    }

    /** For values of other processes. */
    static Symbols newSymbols() {
        return ChannelPair.symbols(current().filter);
    }

    private Object newEnd(ChannelMoves.Ticket ticket) {
        if (ticket.sends()) {
            SendingEnd end = new SendingEnd(ticket.channel(), channels, null);
            channels.addSending(ticket.channel(), end);
            return new ProcessSender<>(end, ticket.capacity());
        }
        ReceivingEnd end = new ReceivingEnd(ticket.channel(), ticket.capacity(), ChannelPair.symbols(filter), channels,
                null);
        channels.addReceiving(ticket.channel(), end);
        end.begin();
        return new ProcessReceiver<>(end, ticket.capacity());
    }

    // What is said in one turn goes out together at its end.
    private void send(FrameKind kind, long channel, byte[] message) throws IOException {
        outbox.hold(kind, channel, message, message.length);
        if (!flushDue) {
            flushDue = true;
            EventLoop.current().callSoon(this::flush);
        }
    }

    private void flush() {
        flushDue = false;
        try {
            outbox.flush();
        } catch (IOException lost) {
            // Without the parent there is nobody to work for.
            SelfKill.now();
        }
    }

    /** Called by the main thread. */
    static void channel(FrameKind kind, long channel, byte[] bytes) {
        ChildRuntime runtime = current();
        runtime.messages.add(new Message(kind, channel, bytes));
        Runnable ring = runtime.bell;
        if (ring != null) {
            try {
                ring.run();
            } catch (RejectedExecutionException over) {
                // The body has ended, and with it whoever would have received it.
            }
        }
    }

    private void takeMessages() {
        try {
            for (Message next = messages.poll(); next != null; next = messages.poll()) {
                channels.message(next.kind, next.channel, next.bytes);
            }
        } catch (ProtocolException against) {
            System.err.println("espalier child: " + against.getMessage());
            System.err.flush();
            Runtime.getRuntime().halt(RemoteMain.REFUSED);
        }
    }

    // ---- what the parent wants; called by the main thread

    static void ask(byte[] bytes, int from, int to) {
        current().cancelNow(new String(bytes, from, to - from, StandardCharsets.UTF_8));
    }

    private synchronized void cancelNow(String reason) {
        ChildContext told = context;
        EventLoop own = loop;
        Task<?> running = body;
        if (told == null) {
            // It overtakes the call: the body will begin cancelled.
            context = new ChildContext("", ProcessHandle.current(), Optional.empty());
            context.cancelled(reason);
            return;
        }
        told.cancelled(reason);
        if (own != null && running != null) {
            own.callSoonThreadsafe(() -> running.cancel(reason));
        }
    }

    /** Wakes whoever blocks on the loop's turn. */
    static void interrupt() {
        current().interruptNow();
    }

    private synchronized void interruptNow() {
        EventLoop own = loop;
        Thread holder = own == null ? null : own.turnHolder();
        Thread blocked = holder == null ? thread : holder;
        if (blocked != null) {
            outbox.interrupt(blocked);
        }
    }
}
