package dev.espalier.process;

import dev.espalier.core.Deadline;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The child's side of a {@link ChildProcess}: runs its body on a loop, and passes on what the parent wants of it.
 */
final class ChildRuntime {
    private static final LoopOptions LOOP = LoopOptions.defaults()
            // Whoever computes in a child holds its loop, and is right to.
            .withSlowStep(Duration.ZERO)
            .withBlockedAfter(Duration.ZERO);
    private static final long NO_DEADLINE = -1;

    private static @Nullable ChildRuntime current; // written and read under the class's monitor

    private final long parent;

    // Written by the task thread and the loop's, read by the main thread; under this object's monitor.
    private @Nullable ChildContext context;
    private @Nullable EventLoop loop;
    private @Nullable Task<?> body;
    private @Nullable Thread thread;

    private ChildRuntime(long parent) {
        this.parent = parent;
    }

    /** Called by the main thread before any call can come. */
    static synchronized void install(long parent) {
        current = new ChildRuntime(parent);
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
        try (EventLoop own = EventLoop.create(LOOP)) {
            return own.<@Nullable Object, Throwable>run(() -> {
                Optional<Deadline> deadline = nanos == NO_DEADLINE ? Optional.empty()
                        : Optional.of(Deadline.after(Duration.ofNanos(nanos)));
                begin(own, new ChildContext(name, above, deadline));
                return Calls.run(in);
            });
        } finally {
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
            blocked.interrupt();
        }
    }
}
