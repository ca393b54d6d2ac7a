package dev.espalier.core;

import java.util.Arrays;
import java.util.List;

/** Stack traces for people: without the frames of the library and of the JDK's thread machinery. */
final class Traces {
    private static final StackWalker WALKER = StackWalker.getInstance();
    private static final int DEPTH = 16;
    private static final String OURS = "dev.espalier.core.";

    private Traces() {}

    /** The frames outside this package, from the innermost. */
    static StackTraceElement[] ofCaller() {
        return WALKER.walk(frames -> frames.filter(frame -> !isThreadEnd(frame.getClassName()))
                .limit(DEPTH)
                .map(StackWalker.StackFrame::toStackTraceElement)
                .toArray(StackTraceElement[]::new));
    }

    static List<StackTraceElement> of(StackTraceElement[] trace) {
        return Arrays.stream(trace)
                .filter(frame -> !frame.getClassName().startsWith("java.lang.VirtualThread")
                        && !frame.getClassName().startsWith("java.util.concurrent.locks.LockSupport"))
                .toList();
    }

    /** A trace without its outermost frames as far as they only say how a task runs on its thread. */
    static List<StackTraceElement> withoutThreadEnd(StackTraceElement[] trace) {
        int end = trace.length;
        while (end > 1 && isThreadEnd(trace[end - 1].getClassName())) {
            end--;
        }
        return Arrays.asList(trace).subList(0, end);
    }

    /** Neither the library nor the JDK. */
    static boolean isOfUser(StackTraceElement frame) {
        return !isThreadEnd(frame.getClassName()) && !frame.getClassName().startsWith("java.")
                && !frame.getClassName().startsWith("jdk.");
    }

    private static boolean isThreadEnd(String className) {
        return isOurs(className) || className.equals(OURS + "Coroutine") || className.equals(OURS + "CarrierEngine")
                || className.equals(OURS + "HandoffEngine") || className.equals(OURS + "Scheduler") || className.startsWith("java.lang.VirtualThread");
    }

    /** Where a thread is, in a few words that can follow a sentence. */
    static String innermost(Thread thread) {
        return innermost(thread.getStackTrace());
    }

    static String innermost(StackTraceElement[] trace) {
        return Arrays.stream(trace)
                .filter(Traces::isOfUser)
                .findFirst()
                .map(frame -> " at " + frame)
                .orElse("");
    }

    /** Tests live in our package as well; only the types that a start goes through are left out. */
    private static boolean isOurs(String className) {
        return className.equals(OURS + "Task") || className.startsWith(OURS + "TaskGroup")
                || className.equals(OURS + "CancelScope") || className.equals(OURS + "ResourceScope")
                || className.startsWith(OURS + "EventLoop") || className.startsWith(OURS + "LoopDriving")
                || className.startsWith(OURS + "Async")
                || className.startsWith(OURS + "Gather") || className.equals(OURS + "Traces");
    }
}
