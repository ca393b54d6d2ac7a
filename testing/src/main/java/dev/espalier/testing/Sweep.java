package dev.espalier.testing;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep of cancellations that found no failure has covered.
 *
 * @param runs how often the body was run, those without a cancellation included
 * @param awaits the awaits of the target that wait, in the order in which the undisturbed run met them
 * @param yielding the awaits of the target where each gives way, those included that need not wait
 * @param missed cuts that were not made, because their await did not come again: then the body does not do the same
 *     each time, or something outside the loop has its part in it
 * @param took real time
 * @param covered virtual time, of all runs together
 */
public record Sweep(
        int runs, List<Await> awaits, List<Await> yielding, int missed, Duration took, Duration covered) {
    /** Copies the lists. */
    public Sweep {
        awaits = List.copyOf(awaits);
        yielding = List.copyOf(yielding);
    }

    @Override
    public String toString() {
        return runs + (runs == 1 ? " run" : " runs") + " in " + took.toMillis() + " ms: the target was cut at "
                + awaits.size() + (awaits.size() == 1 ? " await" : " awaits") + " that "
                + (awaits.size() == 1 ? "waits" : "wait") + " and, where each gives way, at " + yielding.size()
                + (missed == 0 ? "" : "; " + missed + " cuts were missed");
    }

    /** How a cancellation comes. */
    public enum Kind {
        /** The task of the target is cancelled. */
        CANCEL,
        /** A scope around the target is cancelled. */
        SCOPE,
        /** The deadline of a scope around the target passes. */
        TIMEOUT,
        /**
         * The thread of the target is interrupted. It notices when it waits, so there is no cut at {@link
         * Position#WOKEN}.
         */
        INTERRUPT,
        /** A sibling of the target fails, in its own turn: so others that are ready come before. */
        FAIL
    }

    /** Where in an await the cancellation lies. */
    public enum Position {
        /** At the beginning of the step that comes to the await: so the cancellation is there before it. */
        BEFORE,
        /** At once when the task has begun to wait. */
        PARKED,
        /**
         * While the task waits, when nothing else can go on at this moment. Made only if others run while it waits, and
         * if it waits that long.
         */
        QUIET,
        /** In the tick of the wake-up: after it, and before the woken task runs. */
        WOKEN
    }

    /**
     * One cut of a sweep. Its text, such as {@code CANCEL:3:PARKED}, is what {@link #parse} reads.
     *
     * @param kind how the cancellation comes
     * @param await the number of the await, from 1
     * @param position where in the await
     * @param yielding whether awaits that need not wait give way, and so are counted
     */
    public record Cut(Kind kind, int await, Position position, boolean yielding) {
        private static final String YIELDING = "YIELDING";

        /**
         * Reads the text of a cut.
         *
         * @param text kind, await and position, with colons between them, and {@code YIELDING} at last where each await
         *     gives way; in capitals or not
         * @return the cut
         * @throws IllegalArgumentException if the text is something else
         */
        public static Cut parse(String text) {
            String[] parts = text.strip().toUpperCase(Locale.ROOT).split(":", -1);
            try {
                if (parts.length == 3 || (parts.length == 4 && parts[3].equals(YIELDING))) {
                    return new Cut(Kind.valueOf(parts[0]), Integer.parseInt(parts[1]), Position.valueOf(parts[2]),
                            parts.length == 4);
                }
            } catch (IllegalArgumentException e) {
                throw unreadable(text, e);
            }
            throw unreadable(text, null);
        }

        private static IllegalArgumentException unreadable(
                String text, @Nullable Exception cause) {
            return new IllegalArgumentException("a cut is written KIND:await:POSITION or KIND:await:POSITION:"
                    + YIELDING + ", such as CANCEL:3:PARKED, and not '" + text + "'; kinds are " + names(Kind.values())
                    + ", positions " + names(Position.values()), cause);
        }

        private static String names(Enum<?>[] all) {
            return Arrays.stream(all).map(Enum::name).collect(Collectors.joining(", "));
        }

        @Override
        public String toString() {
            return kind + ":" + await + ":" + position + (yielding ? ":" + YIELDING : "");
        }
    }

    /**
     * An await of the target, or of a task that it has started.
     *
     * @param number from 1, in the order in which they were met
     * @param task the name of the task
     * @param waitingFor what it waited for, in words
     * @param stack where, outermost frame last
     */
    public record Await(int number, String task, String waitingFor, List<StackTraceElement> stack) {
        /** Copies the stack. */
        public Await {
            stack = List.copyOf(stack);
        }

        @Override
        public String toString() {
            return "await " + number + ": task '" + task + "' waits for " + waitingFor
                    + (stack.isEmpty() ? "" : " at " + stack.get(Math.min(1, stack.size() - 1)));
        }
    }

    /**
     * How a body is swept, and what is asked of its target.
     *
     * @param run how each run is made; its operation budget is zero in the runs where each await gives way
     * @param kinds how cancellations come, at least one
     * @param cleanUp how much virtual time the target may take to end, from when it meets its cancellation, not
     *     negative
     * @param mayReturn whether the target may return a value though it has met its cancellation
     * @param failures the exceptions that a target may throw, instead of its cancellation or by itself; all others come
     *     out of the sweep
     * @param only the one cut to make; empty: all of them
     * @param allOutput whether all that the runs print is shown. If not, {@code System.out} and {@code System.err} are replaced
     *     while the sweep goes on, and show at its end what the failing run has printed, of more than 64 KiB the end. What other
     *     threads print is shown as it comes
     */
    public record Options(
            LoopTester.Options run,
            Set<Kind> kinds,
            Duration cleanUp,
            boolean mayReturn,
            Set<Class<? extends Throwable>> failures,
            Optional<Cut> only,
            boolean allOutput) {

        /** Checks the values and copies the sets. */
        public Options {
            if (kinds.isEmpty()) {
                throw new IllegalArgumentException("a sweep needs at least one kind of cancellation");
            }
            if (cleanUp.isNegative()) {
                throw new IllegalArgumentException("cleanUp must not be negative: " + cleanUp);
            }
            kinds = Set.copyOf(kinds);
            failures = Set.copyOf(failures);
        }

        /**
         * {@return the default options: the default run, all kinds, no time to clean up, a target that throws its
         * cancellation, and the output of the failing run}
         */
        public static Options defaults() {
            return new Options(LoopTester.Options.defaults(), EnumSet.allOf(Kind.class), Duration.ZERO, false, Set.of(),
                    Optional.empty(), false);
        }

        /**
         * {@return these options with another way to make each run}
         *
         * @param value how
         */
        public Options withRun(LoopTester.Options value) {
            return new Options(value, kinds, cleanUp, mayReturn, failures, only, allOutput);
        }

        /**
         * {@return these options with other kinds of cancellation}
         *
         * @param value at least one
         */
        public Options withKinds(Kind... value) {
            return new Options(run, Set.of(value), cleanUp, mayReturn, failures, only, allOutput);
        }

        /**
         * {@return these options with another time to clean up}
         *
         * @param value how much virtual time the target may take to end, not negative
         */
        public Options withCleanUp(Duration value) {
            return new Options(run, kinds, value, mayReturn, failures, only, allOutput);
        }

        /**
         * {@return these options for a target that may or may not return though it has met its cancellation}
         *
         * @param value whether it may
         */
        public Options withMayReturn(boolean value) {
            return new Options(run, kinds, cleanUp, value, failures, only, allOutput);
        }

        /**
         * {@return these options with one more exception that the target may throw}
         *
         * @param value its class; those below it are included
         */
        public Options withFailure(Class<? extends Throwable> value) {
            var more = new HashSet<Class<? extends Throwable>>(failures);
            more.add(value);
            return new Options(run, kinds, cleanUp, mayReturn, more, only, allOutput);
        }

        /**
         * {@return these options for one cut, after a run without any}
         *
         * @param value the cut
         */
        public Options withOnly(Cut value) {
            return new Options(run, kinds, cleanUp, mayReturn, failures, Optional.of(value), allOutput);
        }

        /**
         * {@return these options with the output of all runs, or of the failing one}
         *
         * @param value whether all that the runs print is shown, as it comes
         */
        public Options withAllOutput(boolean value) {
            return new Options(run, kinds, cleanUp, mayReturn, failures, only, value);
        }

        boolean allows(Throwable failure) {
            return failures.stream().anyMatch(type -> type.isInstance(failure));
        }
    }
}
