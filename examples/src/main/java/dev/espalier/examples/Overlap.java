package dev.espalier.examples;

import static dev.espalier.core.Async.sleep;

import dev.espalier.core.Async;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.time.Duration;
import java.util.List;

/** Three tasks wait at the same time: together they take as long as the slowest, not as long as all in turn. */
public final class Overlap {

    private Overlap() {
    }

    /**
     * Runs the example.
     *
     * @param args not used
     */
    public static void main(String... args) {
        Async.run(() -> {
            long start = System.nanoTime();
            System.out.println(brew());
            System.out.println("That took " + Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms.");
        });
    }

    /** Waits for 100, 200 and 300 ms, all at once. */
    static List<String> brew() {
        return TaskGroup.call(group -> {
            Task<String> tea = group.start("tea", () -> ready("tea", 300));
            Task<String> coffee = group.start("coffee", () -> ready("coffee", 200));
            Task<String> water = group.start("water", () -> ready("water", 100));
            // Results come in the order in which they are asked for, whichever task ends first.
            return List.of(tea.await(), coffee.await(), water.await());
        });
    }

    private static String ready(String what, long millis) {
        System.out.println(what + ": begun");
        sleep(Duration.ofMillis(millis));
        System.out.println(what + ": ready");
        return what;
    }
}
