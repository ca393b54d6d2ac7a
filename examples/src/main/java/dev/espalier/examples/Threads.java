package dev.espalier.examples;

import static dev.espalier.core.Async.gather;
import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.sleep;

import dev.espalier.core.Async;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.SynchronousQueue;

/** Calls a method that blocks its thread, without blocking the loop. */
public final class Threads {

    private Threads() {
    }

    /**
     * Runs the example.
     *
     * @param args not used
     */
    public static void main(String... args) {
        Async.run(Threads::askAndAnswer);
    }

    static void askAndAnswer() {
        // Stands for a database driver, a file, a console: anything that makes a thread wait.
        BlockingQueue<String> blocking = new SynchronousQueue<>();
        gather(() -> {
            System.out.println("Asking on another thread.");
            System.out.println("The answer is " + offload(blocking::take) + ".");
        }, () -> {
            sleep(Duration.ofMillis(50));
            System.out.println("The loop is free meanwhile.");
            offload(() -> blocking.put("42"));
        });
    }
}
