package dev.espalier.examples;

import static dev.espalier.core.Async.gather;
import static dev.espalier.core.Async.sleep;

import dev.espalier.core.Async;
import java.time.Duration;

/** Greets three people at once: one loop, three coroutines, plain Java in each. */
public final class Greetings {

    private Greetings() {
    }

    /**
     * Runs the example.
     *
     * @param args not used
     */
    public static void main(String... args) {
        Async.run(Greetings::greetAll);
    }

    static void greetAll() {
        // Returns when all three have ended.
        gather(() -> greet("Ada"), () -> greet("Grace"), () -> greet("Barbara"));
    }

    private static void greet(String name) {
        System.out.println("Hello, " + name + ".");
        sleep(Duration.ofMillis(100));
        System.out.println("Goodbye, " + name + ".");
    }
}
