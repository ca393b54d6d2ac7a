package dev.espalier.process;

import jdk.jfr.FlightRecorder;

/**
 * Whether there can be anybody who wants our events.
 */
final class Recording {
    // The first use of the class of an event has the recorder read all it could ever record: 80 ms, in which no child would be
    // started. So these classes are not touched in a program in which it has never run.

    private Recording() {
    }

    static boolean isPossible() {
        return FlightRecorder.isInitialized();
    }
}
