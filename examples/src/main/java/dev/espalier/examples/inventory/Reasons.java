package dev.espalier.examples.inventory;

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

    /** Returns the message, or the kind of failure when there is none. */
    static String ofAny(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
