package dev.espalier.core;

import java.util.List;

/**
 * Loads the usual subclasses of the exception types that programs catch, before the first coroutine runs.
 *
 * <p>JDK-8389310 (25.0.3 and older): when the first subclass of a type is loaded while a virtual thread is suspended in
 * compiled code that catches that type, a later exception can skip the matching catch in that frame. Exceptions of ours are
 * final; those of the JDK that arrive in loops over awaits are loaded here. Hierarchies of users stay exposed until the JDK is
 * updated.
 */
final class Preload {
    private static final List<String> USUAL = List.of(
            "java.io.EOFException",
            "java.io.FileNotFoundException",
            "java.io.InterruptedIOException",
            "java.io.UncheckedIOException",
            "java.lang.ArithmeticException",
            "java.lang.ArrayIndexOutOfBoundsException",
            "java.lang.AssertionError",
            "java.lang.ClassCastException",
            "java.lang.IllegalArgumentException",
            "java.lang.IllegalStateException",
            "java.lang.NullPointerException",
            "java.lang.NumberFormatException",
            "java.lang.StackOverflowError",
            "java.lang.UnsupportedOperationException",
            "java.net.BindException",
            "java.net.ConnectException",
            "java.net.SocketException",
            "java.net.SocketTimeoutException",
            "java.net.UnknownHostException",
            "java.nio.channels.AsynchronousCloseException",
            "java.nio.channels.CancelledKeyException",
            "java.nio.channels.ClosedByInterruptException",
            "java.nio.channels.ClosedChannelException",
            "java.nio.file.AccessDeniedException",
            "java.nio.file.FileSystemException",
            "java.nio.file.NoSuchFileException",
            "java.util.ConcurrentModificationException",
            "java.util.NoSuchElementException",
            "java.util.concurrent.CancellationException",
            "java.util.concurrent.CompletionException",
            "java.util.concurrent.ExecutionException",
            "java.util.concurrent.RejectedExecutionException",
            "java.util.concurrent.TimeoutException");

    private Preload() {}

    /** Does nothing the second time: initialising this class does the work. */
    static void exceptions() {
        assert LOADED > 0;
    }

    private static final int LOADED = load();

    private static int load() {
        for (String name : USUAL) {
            try {
                Class.forName(name);
            } catch (ClassNotFoundException e) {
                throw new AssertionError(e);
            }
        }
        List<Class<?>> ours = List.of(
                CancelledError.class,
                Place.class,
                TaskFailedException.class,
                TaskCancelledException.class,
                DeadlineExceededException.class,
                GroupException.class,
                BusyException.class,
                BrokenResourceException.class,
                ForeignLoopException.class,
                ChannelClosedException.class,
                Channel.FullException.class,
                Broadcast.LaggedException.class);
        return USUAL.size() + ours.size();
    }
}
