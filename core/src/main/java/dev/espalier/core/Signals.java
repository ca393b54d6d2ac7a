package dev.espalier.core;

import java.util.LinkedHashSet;
import java.util.List;

/** Signals of the operating system, received by tasks. */
public final class Signals {
    private Signals() {}

    /**
     * Receives signals in place of whoever handled them before, until the receiver is closed.
     *
     * {@snippet class="dev.espalier.core.LoopSnippetsTest" region="signals"}
     *
     * <p>A signal that comes again before it was received is received once. Which signals there are depends on the system: {@code
     * INT} and {@code TERM} are there everywhere, {@code HUP}, {@code USR2} and others on POSIX; the JVM keeps some to itself, and leaves
     * {@code INT}, {@code TERM} and {@code HUP} ignored if they were when it started, as in a job in the background. A
     * receiver of {@code INT} takes the place of what {@link LoopOptions#interrupts()} does.
     *
     * <p><b>Threads.</b> The receiver belongs to the current loop, which a signal wakes. <b>Ordering.</b> The last that was opened
     * for a signal receives it. Closed, it gives the signal back to the one before it.
     *
     * @param names of the signals, without SIG, at least one
     * @return what is received: the names
     * @throws IllegalArgumentException if there is no such signal here, or the JVM or the system keeps it to itself; then none
     *     is handled
     * @throws IllegalStateException outside a loop
     */
    public static Receiver<String> open(String... names) {
        if (names.length == 0) {
            throw new IllegalArgumentException("no signal to receive; name at least one, such as TERM");
        }
        var receiver = new SignalReceiver(EventLoop.current(), Channel.open(names.length));
        try {
            new LinkedHashSet<>(List.of(names)).forEach(receiver::install);
        } catch (IllegalArgumentException e) {
            receiver.close();
            throw e;
        }
        return receiver;
    }
}
