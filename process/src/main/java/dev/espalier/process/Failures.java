package dev.espalier.process;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/**
 * Throwables as bytes: always a description, and the object itself where it can travel.
 */
final class Failures {
    private static final int MAX_TEXT = 64 * 1024;

    private Failures() {
    }

    /** Never throws: a throwable that misbehaves is described as far as it allows. */
    static void write(Encoder out, Throwable failure) {
        out.putString(failure.getClass().getName());
        out.putString(text(failure));
        out.putByte(failure instanceof EncodingException ? 1 : 0);
        try {
            out.root(failure);
        } catch (EncodingException unfit) {
            // It, or something it holds, cannot be serialised or throws while it is.
            out.root(null);
        }
    }

    /**
     * What the caller gets: the original, with the remote stack as the innermost cause, or a
     * {@link RemoteTaskException} where the original cannot be had.
     *
     * @param where names the task and the worker
     */
    static Throwable read(Decoder in, String where) {
        String className = in.getString();
        String text = in.getString();
        boolean codec = in.getByte() != 0;
        Object original;
        try {
            original = in.last();
        } catch (EncodingException unreadable) {
            return new RemoteTaskException(where + " failed with " + className + ", which cannot be read here ("
                    + unreadable.getMessage() + ")", text);
        }
        if (codec) {
            return new RemoteTaskException(where + " could not be run or answered: "
                    + firstLine(text), text, causeOf(original));
        }
        return there(original, where, text);
    }

    /** A failure of another process, with what is known of it. */
    static Throwable there(@Nullable Object original, String where, String text) {
        if (!(original instanceof Throwable failure) || failure instanceof dev.espalier.core.CancelledError) {
            return new RemoteTaskException(where + " failed with " + firstLine(text), text);
        }
        attach(failure, where, text);
        return failure;
    }

    private static @Nullable Throwable causeOf(@Nullable Object original) {
        return original instanceof Throwable failure ? failure.getCause() : null;
    }

    private static void attach(Throwable failure, String where, String text) {
        RemoteTaskException remote = new RemoteTaskException(where + " failed there with this stack", text);
        remote.setStackTrace(failure.getStackTrace());
        Throwable root = failure;
        // A chain of causes may be a circle; nobody has one longer than this.
        for (int i = 0; i < 100 && root.getCause() != null; i++) {
            root = root.getCause();
        }
        try {
            root.initCause(remote);
        } catch (IllegalStateException | IllegalArgumentException hasNoRoom) {
            failure.addSuppressed(remote);
        }
    }

    static String text(Throwable failure) {
        try {
            StringWriter out = new StringWriter();
            failure.printStackTrace(new PrintWriter(out));
            return out.getBuffer().length() > MAX_TEXT ? out.toString().substring(0, MAX_TEXT) : out.toString();
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError misbehaves) {
            return failure.getClass().getName() + " (printing it failed with " + misbehaves.getClass().getName() + ")";
        }
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return (end < 0 ? text : text.substring(0, end)).strip();
    }
}
