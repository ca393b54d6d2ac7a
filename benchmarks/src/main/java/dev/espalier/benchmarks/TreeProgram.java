package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;

/**
 * Prints the nanoseconds a task that it takes to cancel a tree of a hundred thousand parked tasks from its root, until all
 * have ended. Argument: how many trees are cancelled before, unmeasured; with 0 it is the first cancel in the JVM.
 */
final class TreeProgram {
    private static final int FAN = 10;
    private static final int DEPTH = 5;

    private int parked;

    private TreeProgram() {
    }

    public static void main(String[] args) {
        int warmUps = Integer.parseInt(args[0]);
        Async.run(() -> {
            for (int i = 0; i < warmUps; i++) {
                new TreeProgram().nanosPerTask();
            }
            double[] measured = new double[warmUps == 0 ? 1 : 5];
            for (int i = 0; i < measured.length; i++) {
                measured[i] = new TreeProgram().nanosPerTask();
            }
            System.out.println(Rounds.median(measured));
        });
    }

    private double nanosPerTask() {
        int tasks = tasksBelow(DEPTH);
        long[] cancelled = new long[1];
        TaskGroup.run(group -> {
            grow(group, DEPTH);
            while (parked < tasks) {
                Async.checkpoint();
            }
            cancelled[0] = System.nanoTime();
            group.cancel("the tree is measured");
        });
        return (double) (System.nanoTime() - cancelled[0]) / tasks;
    }

    private static int tasksBelow(int depth) {
        return depth == 0 ? 0 : FAN * (1 + tasksBelow(depth - 1));
    }

    /** Each task has ten children, and the leaves park. */
    private void grow(TaskGroup group, int depth) {
        for (int i = 0; i < FAN; i++) {
            group.start(() -> {
                parked++;
                if (depth == 1) {
                    Async.sleepForever();
                } else {
                    TaskGroup.run(below -> grow(below, depth - 1));
                }
            });
        }
    }
}
