package dev.espalier.examples.inventory;

/** How an inventory ended. */
enum Outcome {
    /** All of the tree was counted. */
    COMPLETE(0, ""),
    /** {@code --timeout} ran out; the code is that of {@code timeout(1)}. */
    TIMED_OUT(124, "stopped by --timeout"),
    /** Somebody pressed Ctrl-C; the code is that of a shell for SIGINT. */
    INTERRUPTED(130, "stopped by Ctrl-C");

    private final int exitCode;
    private final String cause;

    Outcome(int exitCode, String cause) {
        this.exitCode = exitCode;
        this.cause = cause;
    }

    /** Returns the exit code of the program. */
    int exitCode() {
        return exitCode;
    }

    /** Says what ended it early; empty for {@link #COMPLETE}. */
    String cause() {
        return cause;
    }
}
