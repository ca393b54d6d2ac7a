package dev.espalier.process;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that wait for a worker: those of higher priority first, and of the same priority one of each {@link Lane} in
 * turn.
 */
final class TaskQueue {
    /** The lanes of one priority in which tasks wait, the one whose turn it is first. */
    private record Level(int priority, ArrayDeque<Lane> turns) {
    }

    // By the dispatcher. Highest priority first; mostly there is one level, and in it one lane.
    private final List<Level> levels = new ArrayList<>(2);

    void add(PoolTask<?> task) {
        Lane lane = task.lane();
        lane.tasks.addLast(task);
        if (!lane.listed) {
            lane.listed = true;
            level(lane.options.priority()).turns.addLast(lane);
        }
    }

    /** Adds a task whose turn had come before. */
    void addFirst(PoolTask<?> task) {
        Lane lane = task.lane();
        lane.tasks.addFirst(task);
        if (!lane.listed) {
            lane.listed = true;
            level(lane.options.priority()).turns.addFirst(lane);
        }
    }

    private Level level(int priority) {
        int at = 0;
        while (at < levels.size() && levels.get(at).priority > priority) {
            at++;
        }
        if (at < levels.size() && levels.get(at).priority == priority) {
            return levels.get(at);
        }
        Level level = new Level(priority, new ArrayDeque<>());
        levels.add(at, level);
        return level;
    }

    /** The task whose turn it is; null when none waits. */
    @Nullable PoolTask<?> peek() {
        while (!levels.isEmpty()) {
            Level level = levels.getFirst();
            Lane lane = level.turns.peek();
            if (lane == null) {
                if (levels.size() == 1) {
                    return null;
                }
                levels.removeFirst();
            } else {
                PoolTask<?> task = lane.tasks.peek();
                if (task != null && task.isWaiting()) {
                    return task;
                }
                dropFirst(level, lane);
            }
        }
        return null;
    }

    // A task that was cancelled, or a lane that has no more of them.
    private static void dropFirst(Level level, Lane lane) {
        lane.tasks.poll();
        if (lane.tasks.isEmpty()) {
            level.turns.remove();
            lane.listed = false;
        }
    }

    /** Takes the task that {@link #peek} has found. */
    PoolTask<?> take() {
        Level level = levels.getFirst();
        Lane lane = level.turns.getFirst();
        PoolTask<?> task = lane.tasks.remove();
        if (lane.tasks.isEmpty() || level.turns.size() > 1) {
            level.turns.remove();
            lane.listed = !lane.tasks.isEmpty();
            if (lane.listed) {
                level.turns.addLast(lane);
            }
        }
        return task;
    }

    /** All that wait, those of one lane together. */
    Stream<PoolTask<?>> stream() {
        return levels.stream().flatMap(level -> level.turns.stream()).flatMap(lane -> lane.tasks.stream())
                .filter(PoolTask::isWaiting);
    }

    /** Takes all that wait. */
    List<PoolTask<?>> takeAll() {
        List<PoolTask<?>> all = new ArrayList<>();
        while (peek() != null) {
            all.add(take());
        }
        return all;
    }
}
