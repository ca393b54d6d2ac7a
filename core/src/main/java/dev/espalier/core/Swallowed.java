package dev.espalier.core;

import dev.espalier.core.spi.ErrorReport;
import java.lang.StackWalker.StackFrame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/*
 * Finds tasks that catch their cancellation and go on. Only in debug mode; written and read by the holder of the turn.
 *
 * Every await of a cancelled task throws, so a task that unwinds meets the error again and again too, at each await of its
 * finally blocks. What tells the two apart: a task that unwinds only leaves frames and moves on in those it has, so it is never
 * twice at the same await on the same stack, bytecode by bytecode. A task that has caught the error and goes round a loop is.
 * At the third time after the first it is reported, once for each cancellation.
 *
 * The place of the catch: compare the stack of the first delivery with the last one that differs from it, from the outermost
 * frame inwards. The innermost frame that both have, at different places, is the one that was left alive: it caught. If all
 * are the same, it is the innermost frame of the user, or one that called it.
 */
final class Swallowed {
    private static final StackWalker WALKER = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final int TIMES = 3;

    /** The frames compared: a deeper recursion is told by its innermost part. */
    private static final int DEPTH = 256;

    private final EventLoop loop;
    private final Map<Task<?>, Deliveries> deliveries = new WeakHashMap<>();

    Swallowed(EventLoop loop) {
        this.loop = loop;
    }

    /** A task is about to meet its cancellation. */
    void delivered(Task<?> task, CancelledError error) {
        Deliveries known = deliveries.get(task);
        if (known == null || known.reason != error.reason()) {
            known = new Deliveries(error);
            deliveries.put(task, known);
        }
        if (known.again(stack())) {
            report(task, known);
        }
    }

    private static List<Frame> stack() {
        return WALKER.walk(frames -> frames.skip(3).limit(DEPTH).map(Frame::of).toList());
    }

    private void report(Task<?> task, Deliveries seen) {
        Frame caught = seen.catcher();
        String message = "task '" + task.name() + "' caught its cancellation in " + caught.text + ", or in a caller of it, and went "
                + "on: the same await has met it " + (TIMES + 1) + " times. It was cancelled: " + seen.reason
                + ". Let CancelledError pass: catch Exception instead of Throwable, or rethrow it";
        var finding = new ErrorReport(ErrorReport.Kind.SWALLOWED_CANCEL, message, seen.first, task.name(),
                "caught in " + caught.text, List.of(task.startedAt()));
        loop.soon(() -> loop.warn(finding));
    }

    /** One frame; equal if it is at the same place of the same method. */
    private record Frame(String type, String method, int bytecode, StackTraceElement text, boolean ours) {
        static Frame of(StackFrame frame) {
            Class<?> type = frame.getDeclaringClass();
            boolean ours = type.getProtectionDomain() == Swallowed.class.getProtectionDomain()
                    || type.getName().startsWith("java.");
            return new Frame(type.getName(), frame.getMethodName() + frame.getDescriptor(), frame.getByteCodeIndex(),
                    frame.toStackTraceElement(), ours);
        }

        boolean sameMethod(Frame other) {
            return type.equals(other.type) && method.equals(other.method);
        }

        boolean samePlace(Frame other) {
            return bytecode == other.bytecode && sameMethod(other);
        }
    }

    /** What one cancellation did to one task. */
    private static final class Deliveries {
        private final CancelReason reason;
        private final CancelledError first;
        private final Map<List<Frame>, Integer> times = new HashMap<>();
        private List<Frame> firstStack = List.of();
        private @Nullable List<Frame> other; // the last that differs from the first
        private boolean told;

        Deliveries(CancelledError first) {
            this.first = first;
            this.reason = first.reason();
        }

        /** Notes a delivery; true if it is the one to report at. */
        boolean again(List<Frame> stack) {
            if (told) {
                return false;
            }
            if (times.isEmpty()) {
                firstStack = stack;
            } else if (!stack.equals(firstStack)) {
                other = stack;
            }
            told = times.merge(stack, 1, Integer::sum) > TIMES;
            return told;
        }

        Frame catcher() {
            int shared = other == null ? firstStack.size() : shared(firstStack, other);
            var alive = new ArrayList<>(firstStack.subList(firstStack.size() - shared, firstStack.size()));
            return alive.stream().filter(frame -> !frame.ours).findFirst().orElse(firstStack.get(0));
        }

        /** How many of the outermost frames of the two are of the same activation; the innermost of them may be elsewhere in its method. */
        private static int shared(List<Frame> one, List<Frame> two) {
            int most = Math.min(one.size(), two.size());
            for (int i = 1; i <= most; i++) {
                Frame a = one.get(one.size() - i);
                Frame b = two.get(two.size() - i);
                if (!a.samePlace(b)) {
                    return a.sameMethod(b) ? i : i - 1;
                }
            }
            return most;
        }
    }
}
