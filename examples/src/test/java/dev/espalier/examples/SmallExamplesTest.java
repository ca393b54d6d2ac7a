package dev.espalier.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.testing.LoopTester;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Runs each example as its reader would and looks at what it prints. */
@ResourceLock(Resources.SYSTEM_OUT)
class SmallExamplesTest {

    @Test
    void greetingsAreSaidAtOnce() {
        assertThat(printed(Greetings::main)).containsExactly("Hello, Ada.", "Hello, Grace.", "Hello, Barbara.",
                "Goodbye, Ada.", "Goodbye, Grace.", "Goodbye, Barbara.");
    }

    @Test
    void threeGreetingsTakeAsLongAsOne() {
        printed(() -> LoopTester.run(t -> {
            Greetings.greetAll();
            assertThat(t.clock().elapsed()).isEqualTo(Duration.ofMillis(100));
        }));
    }

    @Test
    void tasksThatOverlapTakeAsLongAsTheSlowest() {
        assertThat(printed(() -> LoopTester.run(t -> {
            Overlap.brew();
            assertThat(t.clock().elapsed()).isEqualTo(Duration.ofMillis(300));
        }))).containsExactly("tea: begun", "coffee: begun", "water: begun", "water: ready", "coffee: ready",
                "tea: ready");
    }

    @Test
    void resultsComeInTheOrderInWhichTheyAreAskedFor() {
        assertThat(printed(Overlap::main)).contains("[tea, coffee, water]");
    }

    @Test
    void loopIsFreeWhileAThreadBlocks() {
        assertThat(printed(Threads::main)).containsExactly("Asking on another thread.", "The loop is free meanwhile.",
                "The answer is 42.");
    }

    @Test
    void childrenCount() {
        assertThat(printed(Processes::main)).containsExactly("1229 primes below 10000", "9592 primes below 100000",
                "78498 primes below 1000000", "Computed here: false");
    }

    @Test
    void timeoutsAndErrorsComeOutWhereTheyAreAwaited() {
        assertThat(printed(TimeoutsAndErrors::main)).containsExactly("It took too long.", "Loaded nothing.",
                "Told to stop.", "The group failed: no such file.", "Told to stop.", "The body failed: no such file.",
                "Found something else.");
    }

    @Test
    void debugModeTellsWhatIsHardToSee() {
        assertThat(printed(DebugMode::main)).containsExactly("Not found: chapter.txt", "    readChapter",
                "  task 'chapter'", "    writeReport", "  task 'report'", "    fail", "  task 'main'", "    main",
                "Blocked: task 'hasty' in sleepOnTheLoop", "Swallowed its cancellation: task 'stubborn' in poll");
    }

    @Test
    void echoComesBack() {
        assertThat(printed(Echo::main)).containsExactly("> to be", "< to be", "> or not to be", "< or not to be");
    }

    @Test
    void pagesComeInTheOrderInWhichTheyWereAskedFor() {
        assertThat(printed(Pages::main)).containsExactly("100 pages, the last one: You asked for /page-99");
    }

    /** A main method. */
    private interface Example {
        void run() throws IOException;
    }

    private static List<String> printed(Example example) {
        PrintStream before = System.out;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            example.run();
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            System.setOut(before);
        }
        return written.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
