package dev.espalier.testing;

import dev.espalier.core.Deadline;
import dev.espalier.core.spi.LoopStatistics;
import dev.espalier.core.spi.TaskRef;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.core.spi.TimerSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** The texts that explain a run: what each task waits for, where it was started, and its stack. */
final class Report {
    /** What the reader did not write: packages of the library, of JUnit and of the JDK, and classes of the kit. */
    private static final List<String> PACKAGES = List.of("dev.espalier.core.", "org.junit.", "java.", "jdk.");

    private static final Set<String> CLASSES = Set.of(
            LoopRun.class.getName(),
            LoopTester.class.getName(),
            VirtualClock.class.getName(),
            Waits.class.getName(),
            Flags.class.getName(),
            SweptTarget.class.getName(),
            Cutter.class.getName(),
            Checkpoints.class.getName(),
            Checkpoints.class.getName() + "$Counter",
            Pieces.class.getName(),
            "dev.espalier.testing.LoopExtension",
            "dev.espalier.testing.FreshRuns",
            "dev.espalier.testing.TestRun");

    private static final int MOST_TIMERS = 10;

    private Report() {}

    /** Virtual time, counts, and tasks. */
    static String of(VirtualClock clock, LoopStatistics counts, int holds, List<TaskSnapshot> tasks, long mainId) {
        var text = new StringBuilder("virtual time ").append(clock.now());
        text.append(" (").append(clock.elapsed()).append(" after the start), ");
        text.append(counts.tasks()).append(" tasks, ").append(counts.ready()).append(" ready, ");
        text.append(counts.timers()).append(" timers, ");
        text.append(counts.external()).append(" waits for something outside, ");
        text.append(holds).append(" holds of time");
        tasks.forEach(task -> add(text, task, clock, mainId));
        return text.toString();
    }

    /** What the first of some timers will do, and when; a line each. */
    static String of(List<TimerSnapshot> timers, VirtualClock clock) {
        var text = new StringBuilder();
        for (TimerSnapshot timer : timers.subList(0, Math.min(MOST_TIMERS, timers.size()))) {
            text.append("\n  in ").append(Duration.ofNanos(timer.moment().nanos() - clock.nanoTime())).append(": ");
            text.append(timer.what());
            TaskRef task = timer.task();
            if (task != null) {
                text.append(" of task '").append(task.name()).append("' (").append(task.id()).append(')');
            }
            frames(text, "set", known(timer.where()));
        }
        int more = timers.size() - MOST_TIMERS;
        return more > 0 ? text.append("\n  and ").append(more).append(" more").toString() : text.toString();
    }

    private static void add(StringBuilder text, TaskSnapshot task, VirtualClock clock, long mainId) {
        text.append("\n  task '").append(task.name()).append("' (").append(task.id());
        text.append(role(task, mainId));
        text.append(") waits for ").append(task.waitingFor());
        text.append(WaitGraph.blockers(task));
        if (task.id() != mainId) {
            Deadline began = task.beganAt();
            if (began != null) {
                Duration age = Duration.ofNanos(clock.nanoTime() - began.nanos());
                text.append("\n    alive for ").append(age).append(" of virtual time");
            }
            frames(text, "started", outside(task.startedAt()));
        }
        frames(text, "is", List.of(stack(task)));
    }

    private static String role(TaskSnapshot task, long mainId) {
        if (task.id() == mainId) {
            return ", the test body";
        }
        return task.parentId() == 0 ? "" : ", child of " + task.parentId();
    }

    /** Appends frames, one a line. */
    static void frames(StringBuilder text, String verb, List<StackTraceElement> frames) {
        String lead = "\n    " + verb + " at ";
        for (StackTraceElement frame : frames) {
            text.append(lead).append(frame);
            lead = "\n" + " ".repeat(verb.length() + 5) + "at ";
        }
    }

    /**
     * The part of a task's stack that its author knows: from the library method it called to its own outermost frame.
     */
    static StackTraceElement[] stack(TaskSnapshot task) {
        return known(task.stack()).toArray(new StackTraceElement[0]);
    }

    /** The frames that are not the library's, with the one of ours that they called. */
    static List<StackTraceElement> known(List<StackTraceElement> frames) {
        List<StackTraceElement> outside = outside(frames);
        int first = outside.isEmpty() ? 0 : frames.indexOf(outside.get(0));
        return frames.subList(Math.max(0, first - 1), first + outside.size());
    }

    /** Without what the reader did not write, at both ends. */
    static List<StackTraceElement> outside(List<StackTraceElement> frames) {
        int from = 0;
        while (from < frames.size() && isOurs(frames.get(from))) {
            from++;
        }
        int to = frames.size();
        while (to > from && isOurs(frames.get(to - 1))) {
            to--;
        }
        return frames.subList(from, to);
    }

    private static boolean isOurs(StackTraceElement frame) {
        String name = frame.getClassName();
        return CLASSES.contains(name) || PACKAGES.stream().anyMatch(name::startsWith);
    }
}
