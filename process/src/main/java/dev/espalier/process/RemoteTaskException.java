package dev.espalier.process;

import org.jspecify.annotations.Nullable;

/**
 * What a child JVM has to say about a failed task. As the innermost cause of an exception that was thrown in a child,
 * it holds the stack of the child. Thrown itself, it stands for a failure that has no better form here: an exception
 * that cannot be read in this process, or an argument or result that cannot travel.
 */
public final class RemoteTaskException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The text of the child. */
    private final String remoteStack;

    RemoteTaskException(String message, String remoteStack) {
        this(message, remoteStack, null);
    }

    RemoteTaskException(String message, String remoteStack, @Nullable Throwable cause) {
        super(message, null);
        this.remoteStack = remoteStack;
        if (cause != null) {
            addSuppressed(cause);
        }
    }

    /**
     * {@return the failure as the child would have printed it, with its stack and causes; at most 65 536 characters}
     */
    public String remoteStack() {
        return remoteStack;
    }
}
