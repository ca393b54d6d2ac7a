package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import java.lang.ref.Reference;
import java.util.concurrent.locks.LockSupport;

/**
 * Prints the bytes of heap that one of a million parked tasks holds. Arguments: {@code espalier} or {@code jdk} (bare
 * virtual threads), and how often a tenth as many are parked and released before: compiled code has frames of another
 * size.
 */
final class ParkedMemoryProgram {
    private static final int TASKS = 1_000_000;
    private static final Runtime RUNTIME = Runtime.getRuntime();

    private ParkedMemoryProgram() {
    }

    public static void main(String[] args) throws InterruptedException {
        int warmUps = Integer.parseInt(args[1]);
        switch (args[0]) {
            case "espalier" -> espalier(warmUps);
            case "jdk" -> jdk(warmUps);
            default -> throw new IllegalArgumentException("The subject is espalier or jdk, not " + args[0]);
        }
    }

    private static void espalier(int warmUps) {
        Async.run(() -> {
            for (int i = 0; i < warmUps; i++) {
                parkAndRelease();
            }
            long before = usedHeap();
            Promise<Void> never = Promise.create();
            TaskGroup.run(group -> {
                park(group, never, TASKS);
                printAndHalt(usedHeap() - before);
            });
        });
    }

    private static void parkAndRelease() {
        Promise<Void> end = Promise.create();
        TaskGroup.run(group -> {
            park(group, end, TASKS / 10);
            end.succeed(null);
        });
    }

    private static void park(TaskGroup group, Promise<Void> end, int tasks) {
        int[] parked = new int[1];
        for (int i = 0; i < tasks; i++) {
            group.start(() -> {
                parked[0]++;
                end.await();
            });
        }
        while (parked[0] < tasks) {
            Async.checkpoint();
        }
    }

    private static void jdk(int warmUps) throws InterruptedException {
        for (int i = 0; i < warmUps; i++) {
            for (Thread thread : parked(TASKS / 10)) {
                LockSupport.unpark(thread);
                thread.join();
            }
        }
        long before = usedHeap();
        Thread[] threads = parked(TASKS);
        printAndHalt(usedHeap() - before);
        Reference.reachabilityFence(threads);
    }

    private static Thread[] parked(int count) throws InterruptedException {
        Thread[] threads = new Thread[count];
        for (int i = 0; i < count; i++) {
            threads[i] = Thread.startVirtualThread(LockSupport::park);
        }
        for (Thread thread : threads) {
            while (thread.getState() != Thread.State.WAITING) {
                Thread.sleep(1);
            }
        }
        return threads;
    }

    private static long usedHeap() {
        System.gc();
        return RUNTIME.totalMemory() - RUNTIME.freeMemory();
    }

    /** Halts, because unwinding a million tasks is not what is measured. */
    private static void printAndHalt(long bytes) {
        System.out.println((double) bytes / TASKS);
        System.out.flush();
        RUNTIME.halt(0);
    }
}
