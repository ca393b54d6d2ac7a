package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Row H9: what happens to the wire, to the disk and to the parent itself. See {@link ChaosTest}.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(1200)
class ChaosOutsideTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int ROUNDS = Math.max(1, (int) ChaosTest.LENGTH.toSeconds() / 10);

    private final long seed = Long.getLong("espalier.chaos.seed", System.nanoTime());

    @TempDir
    Path folder;

    @ParameterizedTest(name = "3.40: a wire with the fault {0}")
    @EnumSource(FaultyWire.Fault.class)
    void everyTaskHasOneOutcomeWhateverTheWireDoes(FaultyWire.Fault fault) throws Exception {
        long descriptors = Leftovers.descriptors();
        String home = System.getProperty("java.home");
        try {
            System.setProperty("java.home", FaultyWire.javaHome(folder, fault, seed).toString());
            var options = TestPools.TWO.withStartAttempts(10_000).withStartTimeout(Duration.ofSeconds(60))
                    .withCancelGrace(Duration.ofMillis(100)).withCloseGrace(Duration.ofMillis(500));
            TestPools.run(options, pool -> {
                for (int i = 0; i < ROUNDS; i++) {
                    round(pool, fault, new Random(seed + i));
                }
            });
            Leftovers.assertNoneHere(descriptors);
        } catch (Throwable failure) {
            throw new AssertionError("repeat with -Despalier.chaos.seed=" + seed, failure);
        } finally {
            System.setProperty("java.home", home);
        }
    }

    private static void round(ProcessPool pool, FaultyWire.Fault fault, Random random) {
        List<RemoteTask<byte[]>> tasks = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            byte[] payload = new byte[random.nextInt(random.nextInt(10) == 0 ? 100_000 : 200)];
            tasks.add(pool.submit((byte[] bytes) -> bytes, payload));
        }
        // A damaged length may make one side wait for bytes that never come; only a time limit tells that from work.
        boolean ended = Async.moveOnAfter(Duration.ofSeconds(fault == FaultyWire.Fault.DELAY ? 60 : 3),
                () -> awaitAll(tasks));
        if (!ended) {
            tasks.forEach(task -> task.cancel("no answer"));
            ended = Async.moveOnAfter(PATIENCE, () -> awaitAll(tasks));
        }
        if (!ended) {
            fail("no outcome: " + tasks.stream().filter(ChaosOutsideTest::isPending).toList() + " in " + pool);
        }
        if (fault == FaultyWire.Fault.DELAY) {
            assertThat(tasks).allMatch(task -> task.state() instanceof Awaitable.Succeeded<byte[]>);
        } else if (fault == FaultyWire.Fault.CUT) {
            assertThat(tasks).noneMatch(task -> task.state() instanceof Awaitable.Failed<byte[]>(var failure)
                    && !(failure instanceof WorkerLostException));
        }
    }

    private static void awaitAll(List<RemoteTask<byte[]>> tasks) {
        while (tasks.stream().anyMatch(ChaosOutsideTest::isPending)) {
            Async.sleep(Duration.ofMillis(5));
        }
    }

    private static boolean isPending(RemoteTask<byte[]> task) {
        return task.state() instanceof Awaitable.Pending<byte[]>;
    }

    @Test
    @DisplayName("3.1, 3.26: the parent is killed at any time, and nothing is left")
    void nothingIsLeftOfAParentThatIsKilledAtAnyTime() throws Exception {
        Random random = new Random(seed);
        for (int i = 0; i < 1 + ROUNDS; i++) {
            long pid;
            int millis = random.nextInt(2500);
            try (var parent = ChaosParent.start(List.of())) {
                pid = parent.process().pid();
                assertThat(parent.process().waitFor(millis, TimeUnit.MILLISECONDS)).isFalse();
            }
            var left = new Leftovers(pid);
            org.awaitility.Awaitility.await("children after " + millis + " ms, seed " + seed)
                    .until(() -> left.processes().isEmpty());
            PoolDirectory.sweepAll();
            left.assertNone();
        }
    }

    @Test
    @DisplayName("3.1: a parent that is stopped is not dead; its children wait, and it goes on")
    void aStoppedParentIsAlive() throws Exception {
        try (var parent = ChaosParent.start(List.of())) {
            assertThat(parent.line()).isEqualTo("more");
            var left = new Leftovers(parent.process().pid());
            List<Long> children = left.processes();
            ChaosTest.signal("STOP", parent.process().pid());
            assertThat(parent.process().waitFor(1, TimeUnit.SECONDS)).isFalse();
            assertThat(left.processes()).containsAll(children);
            ChaosTest.signal("CONT", parent.process().pid());
            for (int i = 0; i < 20; i++) {
                assertThat(parent.line()).isEqualTo("more");
            }
        }
    }

    @Test
    @DisplayName("3.29: where not even a command line can be written, that is a clear failure")
    void filesThatCannotBeWrittenAreAClearFailure() throws Exception {
        assertThat(endsWith(List.of("sh", "-c", "ulimit -f 0; exec \"$@\"", "sh"))).isEqualTo("UncheckedIOException");
    }

    @ParameterizedTest(name = "3.29: a file system of {0} has no room for shared memory, and a pool works all the same")
    @ValueSource(strings = {"16k", "300k"})
    void aFullDiskIsNoFailure(String size) throws Exception {
        String mount = "mount -t tmpfs -o size=" + size + " none '" + folder + "' && ";
        assumeTrue(new ProcessBuilder("unshare", "-rm", "sh", "-c", mount + "true").start().waitFor() == 0,
                "users may not mount a file system of their own here");
        assertThat(endsWith(List.of("unshare", "-rm", "sh", "-c",
                mount + "XDG_RUNTIME_DIR='" + folder + "' exec \"$@\"", "sh"))).isEqualTo("done");
    }

    private static String endsWith(List<String> before) throws IOException, InterruptedException {
        try (var parent = ChaosParent.start(before, "once")) {
            List<String> said = new ArrayList<>();
            for (String line = parent.line(); !line.equals("null"); line = parent.line()) {
                said.add(line);
            }
            assertThat(parent.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
            new Leftovers(parent.process().pid()).assertNone();
            return said.getLast();
        }
    }
}
