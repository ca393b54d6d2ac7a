package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * Prints the bytes of heap that one of a million parked tasks holds. Arguments: {@code espalier} or {@code jdk} (bare
 * virtual threads).
 */
final class ParkedMemoryProgram {
    private static final int TASKS = 1_000_000;
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
            Promise<Void> never = Promise.create();
            long before = usedHeap();
            TaskGroup.run(group -> {
                int[] parked = new int[1];
                for (int i = 0; i < TASKS; i++) {
                    group.start(() -> {
                        parked[0]++;
                        never.await();
                    });
                }
                while (parked[0] < TASKS) {
                    Async.checkpoint();
                }
                printAndHalt(usedHeap() - before);
            });
        });
    }

    private static void jdk() throws InterruptedException {
        Thread[] threads = new Thread[TASKS];
        CountDownLatch started = new CountDownLatch(TASKS);
        long before = usedHeap();
        for (int i = 0; i < TASKS; i++) {
            threads[i] = Thread.startVirtualThread(() -> {
                started.countDown();
                while (true) {
                    LockSupport.park();
                }
            });
        }
        started.await();
        for (Thread thread : threads) {
            while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }
        printAndHalt(usedHeap() - before);
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
