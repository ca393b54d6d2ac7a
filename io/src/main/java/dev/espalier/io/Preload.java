package dev.espalier.io;

import java.util.List;

/**
 * Loads the usual subclasses of {@link java.io.IOException} before the first stream exists, as the core does for its own.
 *
 * <p>JDK-8389310 (25.0.3 and older): when the first subclass of a type is loaded while a virtual thread is suspended in
 * compiled code that catches that type, a later exception can skip the matching catch in that frame.
 */
final class Preload {
    private static final List<String> USUAL = List.of(
            "java.io.CharConversionException",
            "java.io.NotSerializableException",
            "java.io.UTFDataFormatException",
            "java.net.HttpRetryException",
            "java.net.NoRouteToHostException",
            "java.net.PortUnreachableException",
            "java.net.ProtocolException",
            "java.nio.channels.FileLockInterruptionException",
            "java.nio.channels.InterruptedByTimeoutException",
            "java.nio.charset.MalformedInputException",
            "java.nio.charset.UnmappableCharacterException",
            "java.nio.file.AtomicMoveNotSupportedException",
            "java.nio.file.DirectoryNotEmptyException",
            "java.nio.file.FileAlreadyExistsException",
            "java.nio.file.FileSystemLoopException",
            "java.nio.file.NotDirectoryException",
            "java.nio.file.NotLinkException",
            "java.util.zip.ZipException");

    private static final int LOADED = load();

    private Preload() {}

    /** Does nothing the second time: initialising this class does the work. */
    static void exceptions() {
        assert LOADED > 0;
    }

    private static int load() {
        for (String name : USUAL) {
            try {
                Class.forName(name);
            } catch (ClassNotFoundException e) {
                throw new AssertionError(e);
            }
        }
        var ours = List.of(
                IncompleteReadException.class, ReadLimitException.class, StreamClosedException.class, StreamTimeoutException.class,
                Subprocess.FailedException.class);
        return USUAL.size() + ours.size();
    }
}
