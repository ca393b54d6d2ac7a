package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Receiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Takes what a {@link Receiver} gives, event by event, and fails the test over each event that it did not ask for. An event
 * is a value, the end, or the failure of the channel.
 *
 * {@snippet class="dev.espalier.testing.SnippetsTest" region="probe"}
 *
 * <p>No method has a time limit: an event that never comes is a deadlock, and the run reports it at once.
 *
 * <p>The idea is Turbine's. <b>Threads.</b> It belongs to the tasks of its run.
 *
 * @param <T> the values
 */
public final class Probe<T> implements AutoCloseable {
    private final LoopTester tester;
    private final Receiver<T> receiver;

    private boolean ended; // the end was asked for, or has been told; by the holder of the turn

    private Probe(LoopTester tester, Receiver<T> receiver) {
        this.tester = tester;
        this.receiver = receiver;
    }

    /**
     * Makes a probe of a receiver, which is the probe's from now on.
     *
     * @param <T> the values
     * @param tester of the run
     * @param receiver whose events are expected
     * @return the probe, to be closed when all expected events have come
     */
    public static <T> Probe<T> of(LoopTester tester, Receiver<T> receiver) {
        return new Probe<>(tester, receiver);
    }

    /**
     * Waits for the next event, which must be a value.
     *
     * <p><b>Cancellation.</b> As {@link Receiver#receive()}.
     *
     * @return the value
     * @throws AssertionError if it is the end or a failure
     */
    @Awaits
    public T next() {
        try {
            return receiver.receive();
        } catch (ChannelClosedException e) {
            throw new AssertionError("a value was expected, and " + words(e) + " came", e);
        }
    }

    /**
     * Waits for values and drops them.
     *
     * @param count how many, not negative
     * @throws AssertionError if the end or a failure comes before
     */
    @Awaits
    public void skip(int count) {
        for (int i = 0; i < count; i++) {
            next();
        }
    }

    /**
     * Waits for the next event, which must be the orderly end.
     *
     * @throws AssertionError if it is a value or a failure
     */
    @Awaits
    public void end() {
        ChannelClosedException closed = awaitEnd("the end");
        if (closed.getCause() != null) {
            throw new AssertionError("the end was expected, and " + words(closed) + " came", closed);
        }
    }

    /**
     * Waits for the next event, which must be a failure.
     *
     * @return the failure
     * @throws AssertionError if it is a value or an orderly end
     */
    @Awaits
    public Throwable failure() {
        ChannelClosedException closed = awaitEnd("a failure");
        Throwable cause = closed.getCause();
        if (cause == null) {
            throw new AssertionError("a failure was expected, and the end came", closed);
        }
        return cause;
    }

    private ChannelClosedException awaitEnd(String expected) {
        T value;
        try {
            value = receiver.receive();
        } catch (ChannelClosedException e) {
            ended = true;
            return e;
        }
        throw new AssertionError(expected + " was expected, and the value came: " + value);
    }

    /**
     * Lets everything run that can run now, and fails if an event has come.
     *
     * @throws AssertionError if one has
     */
    @Awaits
    public void silence() {
        tester.settle();
        List<String> events = waiting();
        if (!events.isEmpty()) {
            throw new AssertionError("nothing was expected, and there came: " + events);
        }
    }

    /**
     * Lets virtual time pass and fails if an event has come by then.
     *
     * @param duration how long the receiver must be silent
     * @throws AssertionError if an event has come
     */
    @Awaits
    public void silenceFor(Duration duration) {
        silence();
        Async.sleep(duration);
        silence();
    }

    /**
     * Closes the receiver.
     *
     * @throws AssertionError if events have come that nobody asked for
     */
    @Override
    public void close() {
        List<String> events = waiting();
        receiver.close();
        if (!events.isEmpty()) {
            throw new AssertionError("events that the test did not ask for: " + events);
        }
    }

    /** The events that are there, taken. */
    private List<String> waiting() {
        var events = new ArrayList<String>();
        if (ended) {
            return events;
        }
        try {
            for (Optional<T> value = receiver.tryReceive(); value.isPresent(); value = receiver.tryReceive()) {
                events.add("value " + value.get());
            }
        } catch (ChannelClosedException e) {
            ended = true;
            events.add(words(e));
        }
        return events;
    }

    private static String words(ChannelClosedException end) {
        return end.getCause() == null ? "the end" : "the failure " + end.getCause();
    }

    @Override
    public String toString() {
        return "Probe[" + receiver + "]";
    }
}
