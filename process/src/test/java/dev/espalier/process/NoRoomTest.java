package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pools of a process that can make no file as long as what they want to share: all goes through sockets.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class NoRoomTest {
    @TempDir
    Path folder;

    /** Runs one of the programs below where files have 100 blocks at most; gives the last line that it printed. */
    private String run(String what) throws IOException {
        Process program = new ProcessBuilder("sh", "-c", "ulimit -f 100; exec \"$@\"", "sh", LaunchLine.java(), "-Xmx128m",
                "-XX:-UsePerfData", "-cp", System.getProperty("java.class.path"), Program.class.getName(), what,
                folder.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        List<String> lines = program.inputReader().readAllLines();
        assertThat(lines).isNotEmpty();
        return lines.getLast();
    }

    @Test
    @DisplayName("3.29: without shared memory all goes through sockets, values of any size and many at once")
    void everythingWorks() throws IOException {
        assertThat(run("work")).isEqualTo("[0, 2, 4, 6] [1000000] true");
    }

    @Test
    @DisplayName("3.29, 3.12: without shared memory no item of a call for many runs twice when its child dies")
    void noItemRunsTwice() throws IOException {
        assertThat(run("items")).isEqualTo("30 ended, at least one was lost");
    }

    @Test
    @DisplayName("3.29, 3.12: without shared memory a child has one task, and what waits runs elsewhere when it dies")
    void whatWaitsRunsElsewhere() throws IOException {
        assertThat(run("tasks")).isEqualTo("1 was lost");
    }

    @Test
    @DisplayName("3.29, 3.13: without shared memory the time in which a task waits for another one does not count either")
    void aLimitCountsFromTheBeginning() throws IOException {
        assertThat(run("limit")).isEqualTo("2");
    }

    /** Says what became of its work. */
    static final class Program {
        private Program() {
        }

        public static void main(String[] arguments) {
            Async.run(() -> {
                try (var pool = ProcessPool.open(TestPools.ONE)) {
                    System.out.println(switch (arguments[0]) {
                        case "work" -> work(pool);
                        case "items" -> items(pool, arguments[1]);
                        case "tasks" -> tasks(pool);
                        default -> limit(pool, Path.of(arguments[1], "runs"));
                    });
                }
            });
        }

        private static String work(ProcessPool pool) {
            List<Integer> doubled = pool.map(List.of(0, 1, 2, 3), n -> 2 * n);
            byte[] back = pool.call((byte[] bytes) -> bytes, new byte[1_000_000]);
            return doubled + " [" + back.length + "] " + pool.dump().contains("1 of 1 workers are ready");
        }

        // Some chunks have one item, others have all that are left.
        private static String items(ProcessPool pool, String folder) {
            return TaskGroup.call(group -> {
                List<Awaitable.State<Integer>> ends = new ArrayList<>();
                for (var outcome : pool.<Integer, Integer>outcomes(group, MapOptions.defaults(),
                        IntStream.range(0, 30).boxed().toList(), n -> once(folder, n, n == 20))) {
                    ends.add(outcome.state());
                }
                boolean onlyLosses = ends.stream().allMatch(end -> end instanceof Awaitable.Succeeded<Integer>
                        || end instanceof Awaitable.Failed<Integer>(var failure) && failure instanceof WorkerLostException);
                boolean lost = ends.stream().anyMatch(end -> end instanceof Awaitable.Failed<Integer>);
                return onlyLosses && lost ? ends.size() + " ended, at least one was lost" : ends.toString();
            });
        }

        /** Fails when it runs a second time. */
        private static int once(String folder, int number, boolean dies) throws IOException {
            Files.createFile(Path.of(folder, "" + number));
            if (dies) {
                Runtime.getRuntime().halt(3);
            }
            return number;
        }

        private static String tasks(ProcessPool pool) {
            List<RemoteTask<Void>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                boolean dies = i == 3;
                all.add(pool.submit(() -> {
                    if (dies) {
                        Runtime.getRuntime().halt(3);
                    }
                }));
            }
            TestPools.until(() -> all.stream().noneMatch(task -> task.state() instanceof Awaitable.Pending<Void>));
            long lost = all.stream().filter(task -> task.state() instanceof Awaitable.Failed<Void>).count();
            return lost + " was lost";
        }

        private static String limit(ProcessPool pool, Path file) {
            String runs = file.toString();
            RemoteTask<Void> first = pool.submit(() -> TestPools.announceAndStay(runs));
            TestPools.awaitFile(file);
            TaskOptions limited = TaskOptions.defaults().withRunLimit(Duration.ofSeconds(1));
            RemoteTask<Integer> second = pool.with(limited).submit(() -> 2);
            Async.sleep(Duration.ofMillis(1500));
            first.cancel("enough");
            return second.await().toString();
        }
    }
}
