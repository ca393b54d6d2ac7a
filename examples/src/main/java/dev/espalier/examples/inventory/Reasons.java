package dev.espalier.examples.inventory;

import dev.espalier.process.ExitStatus;
import dev.espalier.process.WorkerLostException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Says in a few words why something could not be read. */
final class Reasons {

    private Reasons() {
    }

    /** Returns the reason without the path, which the reader of a report sees beside it. */
    static String of(IOException failure) {
        return switch (failure) {
            case NoSuchFileException _ -> "it is no longer there";
            case AccessDeniedException _ -> "access denied";
            case FileSystemException e when e.getReason() != null -> e.getReason();
            default -> ofAny(failure);
        };
    }

    /** Returns how the child ended. */
    static String of(WorkerLostException loss) {
        return switch (loss.status()) {
            case ExitStatus.Exited(int code) -> "it ended with exit code " + code;
            case ExitStatus.Signaled(int signal) -> "it was killed by signal " + signal;
            case ExitStatus.OomKilled _ -> "the kernel killed it for want of memory";
            case ExitStatus.JvmOutOfMemory _ -> "its heap was used up";
            case ExitStatus.JvmCrashed _ -> "its JVM crashed";
            case ExitStatus.NeverStarted(String reason) -> "it never started, " + reason;
        };
    }

    /** Returns the message, or the kind of failure when there is none. */
    private static String ofAny(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
