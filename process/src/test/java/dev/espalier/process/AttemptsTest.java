package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.core.Awaitable;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is begun again when its child has died, and what is given up.
 */
@Timeout(60)
class AttemptsTest {
    private static final TaskOptions THREE = TaskOptions.defaults().withAttempts(3);

    @TempDir
    Path folder;

    /** Notes that it has begun; gives how often it has by now. */
    private static int begin(String folder, String name) throws IOException {
        Files.createFile(Path.of(folder, name + "-" + TestPools.pid()));
        try (var all = Files.list(Path.of(folder))) {
            return (int) all.filter(file -> file.getFileName().toString().startsWith(name + "-")).count();
        }
    }

    private static int survivesAt(String folder, String name, int attempt) throws IOException {
        int now = begin(folder, name);
        if (now < attempt) {
            Runtime.getRuntime().halt(7);
        }
        return now;
    }

    @Test
    @DisplayName("3.12: a task that is declared idempotent begins anew when its child has died")
    void anIdempotentTaskBeginsAnew() throws IOException {
        String files = folder.toString();
        TestPools.run(ONE, pool -> assertThat(pool.with(THREE).call(() -> survivesAt(files, "task", 3))).isEqualTo(3));
    }

    @Test
    @DisplayName("3.12: what a task throws is its outcome, also where it may be tried again")
    void aFailureIsNotTriedAgain() {
        String files = folder.toString();
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.with(THREE).call(() -> {
            throw new IOException("attempt " + begin(files, "task"));
        })).isInstanceOf(IOException.class).hasMessage("attempt 1"));
        assertThat(folder.toFile().list()).hasSize(1);
    }

    @Test
    @DisplayName("D20: a task that ends as many children as it has attempts is quarantined, with all their ends")
    void aPoisonTaskIsQuarantined() {
        String files = folder.toString();
        TestPools.run(ONE, pool -> {
            WorkerLostException lost = catchThrowableOfType(WorkerLostException.class,
                    () -> pool.with(THREE).call(() -> survivesAt(files, "task", 9)));
            assertThat(lost.isQuarantined()).isTrue();
            assertThat(lost).hasMessageContaining("task 1").hasMessageContaining("quarantined: 3 children");
            assertThat(lost.losses()).hasSize(3).endsWith(lost).allSatisfy(
                    each -> assertThat(each.status()).isEqualTo(new ExitStatus.Exited(7)));
            assertThat(lost.getSuppressed()).hasSize(2);
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        });
        assertThat(folder.toFile().list()).hasSize(3);
    }

    @Test
    @DisplayName("3.12: without that declaration a task begins once")
    void atMostOnceByDefault() {
        String files = folder.toString();
        TestPools.run(ONE, pool -> {
            WorkerLostException lost = catchThrowableOfType(WorkerLostException.class,
                    () -> pool.call(() -> survivesAt(files, "task", 2)));
            assertThat(lost.isQuarantined()).isFalse();
            assertThat(lost.losses()).containsExactly(lost);
        });
        assertThat(folder.toFile().list()).hasSize(1);
    }

    private static Map<Integer, Awaitable.State<Integer>> outcomes(ProcessPool pool, RemoteFunction<Integer, Integer, ?> function) {
        Map<Integer, Awaitable.State<Integer>> all = new HashMap<>();
        MapOptions options = MapOptions.defaults().withLookahead(10_000);
        TaskGroup.run(group -> {
            for (var outcome : pool.with(THREE).outcomes(group, options, IntStream.range(0, 1000).boxed().toList(), function)) {
                all.put(outcome.argument(), outcome.state());
            }
        });
        return all;
    }

    @Test
    @DisplayName("3.12, D20: of a chunk only the item with which a child died is tried again, and quarantined in the end")
    void theGuiltyItemIsFound() {
        String files = folder.toString();
        TestPools.run(TWO, pool -> {
            pool.map(IntStream.range(0, 20_000).boxed().toList(), (Integer n) -> n);
            var all = outcomes(pool, n -> survivesAt(files, "" + n, n == 7 ? 3 : n == 500 ? 9 : 1));
            assertThat(all).hasSize(1000);
            all.forEach((n, state) -> {
                if (n == 500) {
                    assertThat(((Awaitable.Failed<Integer>) state).failure()).isInstanceOfSatisfying(WorkerLostException.class,
                            lost -> assertThat(lost.losses()).hasSize(3)).hasMessageContaining("item 501 of");
                } else {
                    assertThat(state).isEqualTo(new Awaitable.Succeeded<>(n == 7 ? 3 : 1));
                }
            });
        });
        assertThat(folder.toFile().list()).hasSize(1004);
    }

    /** Ends each child that reads it. */
    private static final class Deadly implements Serializable {
        private static final long serialVersionUID = 1L;

        private void readObject(ObjectInputStream in) {
            Runtime.getRuntime().halt(8);
        }
    }

    @Test
    @DisplayName("D20: a function that cannot be read without the end of the child is given up")
    void aDeadlyFunctionIsQuarantined() {
        Deadly deadly = new Deadly();
        TestPools.run(ONE, pool -> {
            var failure = catchThrowableOfType(WorkerLostException.class,
                    () -> pool.<Integer, Integer, RuntimeException>map(List.of(1, 2, 3), n -> n + deadly.hashCode()));
            assertThat(failure.isQuarantined()).isTrue();
            assertThat(failure.losses()).hasSize(3);
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        });
    }
}
