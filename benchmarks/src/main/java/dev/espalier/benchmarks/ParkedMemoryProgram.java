package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import java.lang.ref.Reference;
import java.util.concurrent.locks.LockSupport;

/**
 * Prints the bytes of heap that one of a million parked tasks holds. Arguments: {@code espalier} or {@code jdk} (bare
 * virtual threads).
 */
final class ParkedMemoryProgram {
    private static final int TASKS = 1_000_000;
    /** Compiled code has smaller frames: what is weighed is a program that has run for a while. */
    private static final int WARM_UPS = 5;
    private static final Runtime RUNTIME = Runtime.getRuntime();

    private ParkedMemoryProgram() {
    }

    public static void main(String[] args) throws InterruptedException {
        switch (args[0]) {
            case "espalier" -> espalier();
            case "jdk" -> jdk();
            default -> throw new IllegalArgumentException("The subject is espalier or jdk, not " + args[0]);
        }
    }

    private static void espalier() {
        Async.run(() -> {
            for (int i = 0; i < WARM_UPS; i++) {
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

    private static void jdk() throws InterruptedException {
        for (int i = 0; i < WARM_UPS; i++) {
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
