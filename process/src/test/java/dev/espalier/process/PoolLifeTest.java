package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.core.Async;
import dev.espalier.core.TaskCancelledException;
import dev.espalier.core.TaskGroup;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * How children start and how pools end.
 */
@Timeout(60)
class PoolLifeTest {
    private static List<Path> directories() throws Exception {
        PoolDirectory probe = PoolDirectory.create();
        probe.delete();
        try (var all = Files.list(probe.path().getParent())) {
            return all.filter(path -> path.getFileName().toString().startsWith("espalier-" + TestPools.pid()
                    + "-")).toList();
        }
    }

    @Test
    @DisplayName("3.15: children that never get ready make the pool fail, with what they printed")
    void startFailure() {
        var broken = ONE.withJvmArguments(List.of("-XX:NoSuchOption=1")).withStartAttempts(2);
        WorkerLostException lost = catchThrowableOfType(WorkerLostException.class,
                () -> Async.run(() -> ProcessPool.open(broken)));
        assertThat(lost.status()).isInstanceOf(ExitStatus.NeverStarted.class);
        assertThat(lost).hasMessageContaining("2 children in a row");
        assertThat(lost.losses()).hasSize(2).allSatisfy(
                each -> assertThat(each.status()).isInstanceOf(ExitStatus.NeverStarted.class));
        assertThat(lost.lastErrorOutput() + lost.getMessage()).contains("NoSuchOption");
    }

    @Test
    @DisplayName("3.15: a child that does not get ready in time is a failed start")
    void startTimeout() throws Exception {
        var late = ONE.withStartTimeout(Duration.ofMillis(1)).withStartAttempts(1);
        assertThatThrownBy(() -> Async.run(() -> ProcessPool.open(late))).isInstanceOf(WorkerLostException.class)
                .hasMessageContaining("not ready within PT0.001S");
        assertThat(directories()).isEmpty();
    }

    @Test
    @DisplayName("3.37: a Java that is not there any more is named, with the way out")
    void aJavaThatWasReplaced(@TempDir Path gone) {
        ChildOptions options = ChildProcessTest.QUIET.withJavaHome(gone);
        assertThatThrownBy(() -> Async.run(() -> TaskGroup.run(group ->
                ChildProcess.start(group, options, () -> 1).awaitReady()))).isInstanceOf(WorkerLostException.class)
                .hasMessageContaining(gone.toString())
                .hasMessageContaining("if this JDK was updated or moved while it runs, restart the program");
    }

    @Test
    @DisplayName("3.16: Ctrl-C and hang-up do not end a child")
    void signalsAreIgnored() {
        TestPools.run(ONE, pool -> {
            long child = pool.<Long, RuntimeException>call(TestPools::pid);
            Async.offload(() -> {
                TestPools.signal("INT", child);
                TestPools.signal("HUP", child);
            });
            assertThat(pool.<Long, RuntimeException>call(TestPools::pid)).isEqualTo(child);
        });
    }

    @Test
    @DisplayName("3.17: close ends the children and leaves no file")
    void closeLeavesNothing() throws Exception {
        List<Long> children = new ArrayList<>();
        TestPools.run(TWO, pool -> {
            while (pool.statistics().workers() < 2) {
                Async.sleep(Duration.ofMillis(1));
            }
            var one = pool.submit(TestPools::pid);
            var two = pool.submit(TestPools::pid);
            children.addAll(List.of(one.await(), two.await()));
        });
        assertThat(children).doesNotHaveDuplicates().noneMatch(TestPools::isAlive);
        assertThat(directories()).isEmpty();
    }

    @Test
    @DisplayName("3.17: close cancels what runs and kills a child that does not end in its time")
    void closeIsBounded(@TempDir Path folder) {
        String running = folder.resolve("running").toString();
        var impatient = ONE.withCloseGrace(Duration.ofMillis(200)).withCancelGrace(Duration.ofSeconds(30));
        long[] child = new long[1];
        RemoteTask<?>[] task = new RemoteTask<?>[1];
        Async.run(() -> {
            try (var pool = ProcessPool.open(impatient)) {
                child[0] = pool.<Long, RuntimeException>call(TestPools::pid);
                task[0] = pool.submit(() -> TestPools.announceAndStayForEver(running));
                TestPools.awaitFile(Path.of(running));
            }
            assertThatThrownBy(task[0]::result).isInstanceOf(TaskCancelledException.class);
        });
        assertThat(TestPools.isAlive(child[0])).isFalse();
    }

    // An end that waits for a thread in native code takes 300 ms at least. The best of some: others may delay one.
    @Test
    @DisplayName("3.17: no thread of a child's own delays its end")
    void closeIsQuick() {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 10 && best >= 250; i++) {
            best = Math.min(best, Async.<Long, RuntimeException>run(() -> {
                var pool = ProcessPool.open(ONE);
                pool.call(TestPools::pid);
                long from = System.nanoTime();
                pool.close();
                return (System.nanoTime() - from) / 1_000_000;
            }));
        }
        assertThat(best).as("milliseconds to close a pool").isLessThan(250);
    }

    @Test
    @DisplayName("3.38: threads that a task left behind do not keep a child")
    void leakedThreadsDoNotKeepAChild() {
        long[] child = new long[1];
        TestPools.run(ONE.withCloseGrace(Duration.ofSeconds(30)), pool -> child[0] = pool.<Long,
                RuntimeException>call(() -> {
            new Thread(() -> new java.util.concurrent.Semaphore(0).acquireUninterruptibly()).start();
            return TestPools.pid();
        }));
        assertThat(TestPools.isAlive(child[0])).isFalse();
    }

    @Test
    void aLoopThatEndsWithAnOpenPoolEndsItsChildren() throws Exception {
        long child = Async.run(() -> {
            var forgotten = ProcessPool.open(ONE);
            return forgotten.<Long, RuntimeException>call(TestPools::pid);
        });
        assertThat(TestPools.isAlive(child)).isFalse();
        assertThat(directories()).isEmpty();
    }

    @Test
    void openingThatIsCancelledLeavesNothing() throws Exception {
        Async.run(() -> assertThat(Async.moveOnAfter(Duration.ofMillis(20), () -> {
            ProcessPool.open(TWO);
        })).isFalse());
        assertThat(directories()).isEmpty();
    }

    @Test
    @DisplayName("3.24, 3.25: a child has the heap and the processors that the options say")
    void heapAndProcessors() {
        TestPools.run(ONE.withHeapBytes(96 << 20).withProcessors(1), pool -> {
            assertThat(pool.<Long, RuntimeException>call(() -> Runtime.getRuntime().maxMemory()))
                    .isBetween(80L << 20, 96L << 20);
            assertThat(pool.<Integer, RuntimeException>call(() -> Runtime.getRuntime().availableProcessors()))
                    .isEqualTo(1);
        });
    }

    @Test
    @DisplayName("3.2: a child can be stopped for a collection in the middle of a hot loop")
    void countedLoopsHaveSafepoints() {
        assertThat(LaunchLine.arguments(ONE, Path.of("/tmp")))
                .contains("-XX:+UseSerialGC", "-XX:+UseCountedLoopSafepoints", "-XX:LoopStripMiningIter=1000");
    }

    @Test
    @DisplayName("3.22: JVM options of the environment do not reach a child")
    void environmentIsCleaned() {
        Map<String, String> environment = new TreeMap<>(Map.of("JAVA_TOOL_OPTIONS", "-agentlib:jdwp=x",
                "JDK_JAVA_OPTIONS", "-Xmx1m",
                "_JAVA_OPTIONS", "-Xmx1m", "PATH", "/bin"));
        LaunchLine.clean(environment);
        assertThat(environment).containsOnlyKeys("PATH");
    }

    @Test
    void argumentsMayHoldBlanksQuotesAndBackslashes() {
        String odd = "a \"quoted\" b\\c 'd' #e";
        TestPools.run(ONE.withJvmArguments(List.of("-Dodd=" + odd)), pool ->
                assertThat(pool.<String, RuntimeException>call(() -> System.getProperty("odd"))).isEqualTo(odd));
    }

    @Test
    @DisplayName("3.26: only the owner may enter the pool's directory, and socket paths are short")
    void directoryIsPrivate() throws Exception {
        PoolDirectory directory = PoolDirectory.create();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())))
                .isEqualTo("rwx------");
        assertThat(directory.file("worker-1024.sock").toString().length()).isLessThanOrEqualTo(100);
        directory.delete();
        assertThat(directory.path()).doesNotExist();
    }

    @Test
    @DisplayName("3.26: once a child runs, neither its socket nor its memory has a name")
    void socketsAreUnlinked() throws Exception {
        TestPools.run(ONE, pool -> {
            pool.call(TestPools::pid);
            File[] left = directories().getFirst().toFile().listFiles();
            assertThat(left).extracting(File::getName).containsExactly("args");
        });
    }

    @Test
    @DisplayName("3.36: a task finds an empty standard input")
    void standardInputIsEmpty() throws Exception {
        TestPools.run(ONE, pool -> assertThat(pool.<Integer,
                java.io.IOException>call(() -> System.in.read())).isEqualTo(-1));
    }

    @Test
    void wrongOptionsAreRefusedWithTheRule() {
        assertThatThrownBy(() -> ONE.withWorkers(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("workers is 0; it must be 1 to 1024");
        assertThatThrownBy(() -> ONE.withSerialFilter("maxdepth=x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MapOptions.defaults().withLookahead(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
