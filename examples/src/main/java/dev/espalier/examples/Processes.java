package dev.espalier.examples;

import dev.espalier.core.Async;
import dev.espalier.process.PoolOptions;
import dev.espalier.process.ProcessPool;
import java.util.List;
import java.util.stream.LongStream;

/** Counts prime numbers in two child JVMs. */
public final class Processes {

    private Processes() {
    }

    /**
     * Runs the example.
     *
     * @param args not used
     */
    public static void main(String... args) {
        Async.run(Processes::countPrimes);
    }

    static void countPrimes() {
        List<Long> limits = List.of(10_000L, 100_000L, 1_000_000L);
        try (ProcessPool pool = ProcessPool.open(PoolOptions.defaults().withWorkers(2))) {
            // The method reference travels to the children; the results come back in the order of the arguments.
            List<Long> counts = pool.map(limits, Processes::primesBelow);
            for (int i = 0; i < counts.size(); i++) {
                System.out.println(counts.get(i) + " primes below " + limits.get(i));
            }
            long pid = pool.call(() -> ProcessHandle.current().pid());
            System.out.println("Computed here: " + (pid == ProcessHandle.current().pid()));
        }
    }

    private static long primesBelow(long limit) {
        return LongStream.range(2, limit).filter(Processes::isPrime).count();
    }

    private static boolean isPrime(long number) {
        return LongStream.rangeClosed(2, (long) Math.sqrt(number)).noneMatch(divisor -> number % divisor == 0);
    }
}
