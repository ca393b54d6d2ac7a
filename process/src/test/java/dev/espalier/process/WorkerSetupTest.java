package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.TaskFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a child runs first and last, and what it keeps.
 */
@Timeout(60)
class WorkerSetupTest {
    // @start region="local"
    private static final WorkerLocal<StringBuilder> NOTES = WorkerLocal.of(StringBuilder::new, WorkerSetupTest::keep);

    private static String note(String word) {
        return NOTES.get().append(word).append(' ').toString();
    }
    // @end

    private static final WorkerLocal<String> BROKEN = WorkerLocal.of(() -> "open", _ -> {
        throw new IOException("cannot be closed");
    });

    @TempDir
    Path folder;

    private static void keep(StringBuilder notes) throws IOException {
        append(System.getProperty("notes"), "closed with " + notes);
    }

    private static void append(String file, String line) throws IOException {
        Files.writeString(Path.of(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private String file() {
        return folder.resolve("lines").toString();
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(folder.resolve("lines"));
    }

    @Test
    @DisplayName("1B3: the initializer runs in each child before its first task")
    void theInitializerRunsBeforeTheFirstTask() {
        // @start region="initializer"
        PoolOptions options = PoolOptions.defaults().withInitializer(() -> System.setProperty("level", "fine"));
        // @end
        PoolOptions two = TWO.withInitializer(options.initializer().orElseThrow());
        TestPools.run(two, pool -> {
            assertThat(pool.<String, RuntimeException>call(() -> System.getProperty("level"))).isEqualTo("fine");
            assertThat(pool.broadcast(() -> System.getProperty("level"))).hasSize(2).allSatisfy(outcome ->
                    assertThat(outcome.state()).hasToString("Succeeded[value=fine]"));
        });
    }

    @Test
    void aChildThatReplacesAnotherRunsItToo() throws IOException {
        String file = file();
        TestPools.run(ONE.withInitializer(() -> append(file, "begun")), pool -> {
            assertThatThrownBy(() -> pool.call(() -> Runtime.getRuntime().halt(3)))
                    .isInstanceOf(WorkerLostException.class);
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        });
        assertThat(lines()).containsExactly("begun", "begun");
    }

    @Test
    @DisplayName("3.15: a failing initializer is a start that failed, with the child's own words")
    void aFailingInitializerIsAFailedStart() {
        PoolOptions options = ONE.withInitializer(WorkerSetupTest::complain);
        assertThatThrownBy(() -> Async.run(() -> ProcessPool.open(options)))
                .isInstanceOf(WorkerLostException.class)
                .hasMessageContaining("its initializer failed: java.io.IOException: no licence")
                .hasMessageContaining("looked in vain")
                .hasStackTraceContaining("WorkerSetupTest.complain");
    }

    private static void complain() throws IOException {
        System.err.println("looked in vain");
        throw new IOException("no licence");
    }

    @Test
    void anInitializerThatEndsTheChildIsAFailedStart() {
        PoolOptions options = ONE.withInitializer(() -> Runtime.getRuntime().halt(9)).withStartAttempts(1);
        assertThatThrownBy(() -> Async.run(() -> ProcessPool.open(options)))
                .isInstanceOf(WorkerLostException.class)
                .hasMessageContaining("ended while its initializer ran").hasMessageContaining("Exited[code=9]");
    }

    @Test
    void anInitializerHasTheTimeOfAStart() {
        PoolOptions options = ONE.withInitializer(() -> new CountDownLatch(1).await()).withStartAttempts(1)
                .withStartTimeout(Duration.ofSeconds(3));
        assertThatThrownBy(() -> Async.run(() -> ProcessPool.open(options)))
                .isInstanceOf(WorkerLostException.class)
                .hasMessageContaining("its initializer had not ended after PT3S");
    }

    @Test
    void anInitializerThatCannotTravelIsRefused() {
        Object unfit = new Object();
        assertThatThrownBy(() -> Async.run(() -> ProcessPool.open(ONE.withInitializer(() -> unfit.hashCode()))))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("the initializer cannot be sent");
    }

    @Test
    @DisplayName("1B3: the end in order is teardown, then what is open, the newest first")
    void anOrderlyEndTearsDownAndCloses() throws IOException {
        String file = file();
        TestPools.run(ONE.withInitializer(() -> System.setProperty("notes", file))
                .withTeardown(() -> append(file, "teardown")), pool -> {
            assertThat(pool.<String, RuntimeException>call(() -> note("one"))).isEqualTo("one ");
            assertThat(pool.<String, RuntimeException>call(() -> note("two"))).isEqualTo("one two ");
        });
        assertThat(lines()).containsExactly("teardown", "closed with one two ");
    }

    @Test
    void aKilledChildTearsNothingDown() throws IOException {
        String file = file();
        TestPools.run(ONE.withTeardown(() -> append(file, "teardown")), pool -> {
            assertThatThrownBy(() -> pool.call(() -> Runtime.getRuntime().halt(3)))
                    .isInstanceOf(WorkerLostException.class);
            pool.call(() -> append(file, "next"));
        });
        assertThat(lines()).containsExactly("next", "teardown");
    }

    @Test
    void aTeardownThatTakesTooLongIsKilled() {
        long begun = System.nanoTime();
        TestPools.run(ONE.withTeardown(() -> new CountDownLatch(1).await()).withCloseGrace(Duration.ofMillis(200)),
                pool -> pool.call(() -> 1));
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void whatCannotBeClosedIsSaidAndKeepsNothingBack() {
        var lines = new java.util.concurrent.CopyOnWriteArrayList<String>();
        String file = file();
        TestPools.run(ONE.withOutput(line -> lines.add(line.text()))
                .withInitializer(() -> System.setProperty("notes", file)), pool -> {
            pool.call(() -> note("one"));
            pool.call(() -> BROKEN.get());
        });
        assertThat(lines).contains("a resource of this worker could not be closed:",
                "java.io.IOException: cannot be closed");
        assertThat(folder.resolve("lines")).hasContent("closed with one ");
    }

    @Test
    void aLocalHasNoValueInTheParent() {
        assertThatThrownBy(NOTES::get).isInstanceOf(IllegalStateException.class).hasMessageContaining("no worker");
    }

    @Test
    void aFailureToOpenIsTheTasks() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.submit(WorkerSetupTest::opensNothing).await())
                .isInstanceOf(TaskFailedException.class).cause().hasMessageContaining("cannot be opened")
                .cause().isInstanceOf(IOException.class));
    }

    private static String opensNothing() {
        return WorkerLocal.<String>of(() -> {
            throw new IOException("no such thing");
        }).get();
    }
}
