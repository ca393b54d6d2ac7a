package dev.espalier.testing;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Finds the calls in compiled code that no run decides: the clocks, random numbers, threads and waits of the JDK. Such code gives
 * other results under the same seed. The class files are read, nothing is run, and no agent is needed.
 *
 * {@snippet class="dev.espalier.testing.EscapesTest" region="escapes"}
 *
 * <p>The given classes are read and those that they mention, and so on, as far as they lie in the package of a given class or in
 * one below it. A method that is only referred to, as in {@code Instant::now}, counts as called. Not seen are calls by
 * reflection and calls that libraries make; not told are the orders of {@code Set.of}, {@code Map.of} and sets of objects,
 * which only a fresh JVM shows.
 *
 * <p>When an exploration finds a failure that does not repeat, it tells these calls of the test's code by itself.
 *
 * <p><b>Threads.</b> Any; it reads files, so not in a task.
 */
public final class Escapes {
    private Escapes() {}

    /**
     * A call that escapes the schedule.
     *
     * @param where the method and the line that makes it
     * @param call what is called: its class, its name, and the classes of its parameters
     * @param instead what to do
     */
    public record Call(StackTraceElement where, String call, String instead) {
        @Override
        public String toString() {
            return call + " at " + where + ": " + instead;
        }
    }

    /**
     * Reads classes and what they mention.
     *
     * @param code at least one class
     * @return the calls that escape, by class and then in the order of the code; an allowed one is for the caller to filter out
     * @throws IllegalArgumentException without a class, or if a given class has no class file, as one that was made at run time
     */
    public static List<Call> of(Class<?>... code) {
        if (code.length == 0) {
            throw new IllegalArgumentException("no class was given whose calls are to be read");
        }
        return new EscapeScan(List.of(code)).calls();
    }

    /**
     * Asks that no call escapes in some classes and in what they mention; as {@link #of}.
     *
     * @param code at least one class
     * @throws AssertionError if there is such a call; its message lists them
     * @throws IllegalArgumentException as {@link #of}
     */
    public static void check(Class<?>... code) {
        List<Call> calls = of(code);
        if (!calls.isEmpty()) {
            throw new AssertionError((calls.size() == 1 ? "1 call escapes" : calls.size() + " calls escape")
                    + " the schedule, so no seed decides what comes of it:\n" + lines(calls));
        }
    }

    /** One a line. */
    static String lines(List<Call> calls) {
        return calls.stream().map(call -> "  " + call).collect(Collectors.joining("\n"));
    }
}
