package dev.espalier.process;

import dev.espalier.core.Deadline;
import java.util.Optional;

/**
 * What the body of a {@link ChildProcess} has of its parent.
 *
 * <p>It need not ask for most of it: when the child is cancelled, its body is, as any task; a deadline of the parent is the
 * parent's to keep. A body that computes without awaiting asks {@link #isCancelled()} now and then.
 *
 * <p><b>Threads.</b> Any thread of the child may use it.
 */
public final class ChildContext {
    private final String name;
    private final ProcessHandle parent;
    private final Optional<Deadline> deadline;
    private volatile Optional<String> cancelReason = Optional.empty(); // written by the main thread

    ChildContext(String name, ProcessHandle parent, Optional<Deadline> deadline) {
        this.name = name;
        this.parent = parent;
        this.deadline = deadline;
    }

    /**
     * {@return that of this process}
     *
     * @throws IllegalStateException if this process is no child, or its body does not run
     */
    public static ChildContext current() {
        ChildContext context = ChildRuntime.contextIfAny();
        if (context == null) {
            throw new IllegalStateException("this process runs no body of a ChildProcess");
        }
        return context;
    }

    /**
     * {@return the name that the parent gave this child}
     */
    public String name() {
        return name;
    }

    /**
     * {@return the process of the parent; its identity includes when it was started}
     */
    public ProcessHandle parent() {
        return parent;
    }

    /**
     * {@return until when the parent wants an answer, on the clock of this child's loop: by then it cancels the child; empty
     * without a limit}
     */
    public Optional<Deadline> deadline() {
        return deadline;
    }

    /**
     * {@return whether the parent wants this child to end}
     */
    public boolean isCancelled() {
        return cancelReason.isPresent();
    }

    /**
     * {@return why the parent wants this child to end; empty if it does not}
     */
    public Optional<String> cancelReason() {
        return cancelReason;
    }

    void cancelled(String reason) {
        if (cancelReason.isEmpty()) {
            cancelReason = Optional.of(reason);
        }
    }

    @Override
    public String toString() {
        return "ChildContext[" + name + " of process " + parent.pid()
                + cancelReason.map(reason -> ", cancelled: " + reason).orElse("") + "]";
    }
}
