package dev.espalier.testing;

import dev.espalier.core.spi.TaskRef;
import dev.espalier.core.spi.TaskSnapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Who waits for whom, and where that goes in circles. */
final class WaitGraph {
    private static final int MOST_NAMES = 8;

    private final Map<Long, TaskSnapshot> tasks = new LinkedHashMap<>();

    WaitGraph(List<TaskSnapshot> all) {
        all.forEach(task -> tasks.put(task.id(), task));
    }

    /** The cycles, none with a task of another; without any the ends of the chains: tasks that wait for no task. */
    String describe() {
        List<List<TaskSnapshot>> cycles = cycles();
        if (cycles.isEmpty()) {
            return tasks.values().stream()
                    .filter(task -> task.blockers().isEmpty())
                    .map(WaitGraph::wait)
                    .collect(Collectors.joining("\n  ", "what all wait for in the end:\n  ", ""));
        }
        return cycles.stream().map(WaitGraph::describe).collect(Collectors.joining("\n"));
    }

    private static String describe(List<TaskSnapshot> cycle) {
        return "a cycle of waits:\n  " + cycle.stream().map(WaitGraph::wait).collect(Collectors.joining("\n  "))
                + "\n  and so on";
    }

    /** Who waits for what; {@code blockers} says for which task that is. */
    private static String wait(TaskSnapshot task) {
        return name(task.id(), task.name()) + " waits for " + task.waitingFor() + blockers(task);
    }

    /** The tasks that a task waits for, to follow what it waits for; empty if the reader knows it already. */
    static String blockers(TaskSnapshot task) {
        List<TaskRef> blockers = task.blockers();
        if (blockers.isEmpty()) {
            return "";
        }
        int more = Math.max(0, blockers.size() - MOST_NAMES);
        return blockers.stream()
                .limit(MOST_NAMES)
                .map(blocker -> name(blocker.id(), blocker.name()))
                .collect(Collectors.joining(", ", ", that is for ", more == 0 ? "" : " and " + more + " more"));
    }

    private static String name(long id, String name) {
        return "'" + name + "' (" + id + ")";
    }

    private List<List<TaskSnapshot>> cycles() {
        var cycles = new ArrayList<List<TaskSnapshot>>();
        Set<Long> done = new HashSet<>();
        for (TaskSnapshot start : tasks.values()) {
            search(start, done, cycles);
        }
        return cycles;
    }

    /** Goes along the waits, depth first and without recursion: a chain may be longer than a stack is deep. */
    private void search(TaskSnapshot start, Set<Long> done, List<List<TaskSnapshot>> cycles) {
        var path = new LinkedHashMap<Long, Integer>(); // task to its next edge, in the order of the path
        TaskSnapshot here = start;
        while (here != null) {
            int edge = path.getOrDefault(here.id(), 0);
            if (done.contains(here.id()) || edge == here.blockers().size()) {
                done.add(here.id());
                path.remove(here.id());
                here = path.isEmpty() ? null : tasks.get(path.lastEntry().getKey());
                continue;
            }
            path.put(here.id(), edge + 1);
            TaskRef blocker = here.blockers().get(edge);
            TaskSnapshot next = tasks.get(blocker.id());
            if (next != null && path.containsKey(next.id())) {
                cycles.add(from(next, path));
                done.addAll(path.keySet());
                return;
            }
            here = next == null || done.contains(next.id()) ? here : next;
        }
    }

    private List<TaskSnapshot> from(TaskSnapshot first, Map<Long, Integer> path) {
        return path.keySet().stream()
                .dropWhile(id -> id != first.id())
                .map(tasks::get)
                .toList();
    }
}
