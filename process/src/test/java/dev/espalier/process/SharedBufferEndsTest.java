package dev.espalier.process;

import static dev.espalier.process.ChildProcessTest.QUIET;
import static dev.espalier.process.SharedBufferTest.files;
import static dev.espalier.process.SharedBufferTest.filled;
import static dev.espalier.process.SharedBufferTest.longs;
import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.espalier.core.Async;
import dev.espalier.core.GroupPolicy;
import dev.espalier.core.Receiver;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Shared buffers whose processes, tasks and channels end, that find no room, and that somebody else names.
 */
@Timeout(120)
class SharedBufferEndsTest {
    @TempDir
    Path folder;

    /** Whatever a test did, nothing is left of its buffers. */
    @AfterEach
    void nothingIsLeft() {
        SharedBufferTest.assertNoneIsLeft();
    }

    // ---- ends that nobody wished for

    private static void keepAndDie(SharedBuffer buffer) {
        buffer.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        TestPools.signal("KILL", TestPools.pid());
    }

    @Test
    @DisplayName("F1: what a killed process had is freed when it is buried")
    void aKilledProcessLeavesNothing() {
        TestPools.run(ONE, pool -> {
            SharedBuffer buffer = filled(1);
            assertThatThrownBy(() -> pool.call((SharedBuffer each) -> {
                keepAndDie(each);
                return 0;
            }, buffer)).isInstanceOf(WorkerLostException.class);
            TestPools.until(() -> files().isEmpty());
        });
    }

    @Test
    @DisplayName("F1, 3.10: a task that is dropped before it starts frees what it carries")
    void aDroppedTaskFreesWhatItCarries() {
        Path runs = folder.resolve("runs");
        TestPools.run(ONE, pool -> {
            String file = runs.toString();
            RemoteTask<?> first = pool.submit(() -> TestPools.announceAndStay(file));
            TestPools.awaitFile(runs);
            List<RemoteTask<?>> others = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                others.add(pool.submit(SharedBufferTest::longs, filled(i)));
            }
            assertThat(files()).hasSize(10);
            for (RemoteTask<?> each : others) {
                each.cancelAndJoin("not wanted");
            }
            assertThat(files()).isEmpty();
            first.cancelAndJoin("enough");
        });
    }

    @Test
    @DisplayName("F1: values in a channel that its receiver closes are freed")
    void aClosedReceiverFreesWhatIsUnderWay() {
        Async.run(() -> TaskGroup.run(GroupPolicy.supervisor(), group -> {
            ProcessChannel<SharedBuffer> channel = ProcessChannel.open(100);
            ProcessChannel<String> words = ProcessChannel.open(1);
            Receiver<SharedBuffer> in = channel.receiver();
            Receiver<String> go = words.receiver();
            var child = ChildProcess.start(group, QUIET, () -> {
                long first = longs(in.receive())[0];
                go.receive();
                in.close();
                System.gc(); // the one it has forgotten
                Async.sleepForever();
                return first;
            });
            for (int i = 0; i < 20; i++) {
                channel.sender().send(filled(i));
            }
            words.sender().send("close");
            child.cancelAndJoin("enough");
            TestPools.until(() -> files().isEmpty());
        }));
    }

    @Test
    @DisplayName("F1: a result that nobody takes is freed at the latest with the garbage")
    void aForgottenBufferGoesWithTheGarbage() {
        TestPools.run(ONE, pool -> {
            RemoteTask<SharedBuffer> task = pool.submit(() -> filled(1));
            TestPools.until(() -> task.state() instanceof RemoteTask.Succeeded<SharedBuffer>);
        });
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            System.gc();
            assertThat(files()).isEmpty();
        });
    }

    @Test
    @DisplayName("F5: what is left by a process that was killed is deleted by the next one")
    @EnabledOnOs(OS.LINUX)
    void theNextProcessSweeps() throws Exception {
        Process parent = new ProcessBuilder(LaunchLine.java(), "-cp", System.getProperty("java.class.path"),
                Holder.class.getName()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String directory = parent.inputReader().readLine();
        assertThat(Path.of(directory)).isNotEmptyDirectory();
        parent.destroyForcibly().waitFor();
        PoolDirectory.sweepAll();
        ParentDeathTest.assertSweptUp(Path.of(directory));
    }

    @Test
    @DisplayName("F5: what a process has not closed is deleted when it ends in order")
    void anOrderlyEndLeavesNothing() throws Exception {
        Process parent = new ProcessBuilder(LaunchLine.java(), "-cp", System.getProperty("java.class.path"),
                Holder.class.getName(), "once").redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String directory = parent.inputReader().readLine();
        assertThat(parent.waitFor()).isZero();
        assertThat(directory).contains("espalier-" + parent.pid());
        assertThat(Path.of(directory)).doesNotExist();
    }

    /** Has a buffer and says where. */
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            SharedBuffer.allocate(1000).segment();
            System.out.println(files().getFirst().getParent());
            if (arguments.length == 0) {
                Thread.currentThread().join();
            }
        }
    }

    // ---- no room

    @Test
    @DisplayName("3.29: a full disk is a clear error, nothing is left, and the second directory is tried")
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsAClearError() throws Exception {
        Path full = Path.of("/dev/full", "no-directory");
        SharedPlace nowhere = SharedPlace.in(List.of(full));
        assertThatThrownBy(() -> SharedBuffer.allocate(nowhere, 100)).isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("there is no room for 100 bytes of shared memory (free: ");
        Path second = folder.resolve("second");
        try (SharedBuffer buffer = SharedBuffer.allocate(SharedPlace.in(List.of(full, second)), 100)) {
            assertThat(buffer.segment().byteSize()).isEqualTo(100);
            assertThat(second).isNotEmptyDirectory();
        }
        assertThat(second).doesNotExist();
    }

    @Test
    @DisplayName("3.29: a small file system that becomes full is a clear error, too")
    @EnabledOnOs(OS.LINUX)
    void aSmallFileSystemThatIsFull() throws Exception {
        String mount = "mount -t tmpfs -o size=64k none '" + folder + "' && ";
        org.junit.jupiter.api.Assumptions.assumeTrue(
                new ProcessBuilder("unshare", "-rm", "sh", "-c", mount + "true").start().waitFor() == 0,
                "users may not mount a file system of their own here");
        Process filler = new ProcessBuilder("unshare", "-rm", "sh", "-c", mount + "exec \"$@\"", "sh", LaunchLine.java(), "-cp",
                System.getProperty("java.class.path"), Filler.class.getName(), folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertThat(filler.inputReader().readAllAsString()).contains("fits 32768", "there is no room for 65536 bytes",
                "fits 16384", "left 1");
    }

    /** Fills a file system and says how that went. */
    static final class Filler {
        public static void main(String[] arguments) throws IOException {
            Path directory = Path.of(arguments[0], "buffers");
            SharedPlace place = SharedPlace.in(List.of(directory));
            SharedBuffer first = fill(place, 32768);
            try {
                fill(place, 65536);
            } catch (UncheckedIOException full) {
                System.out.println(full.getMessage());
            }
            fill(place, 16384).close();
            try (Stream<Path> left = Files.list(directory)) {
                System.out.println("left " + left.count());
            }
            first.close();
        }

        private static SharedBuffer fill(SharedPlace place, int bytes) {
            SharedBuffer buffer = SharedBuffer.allocate(place, bytes);
            buffer.segment().fill((byte) 1);
            System.out.println("fits " + bytes);
            return buffer;
        }
    }

    // ---- hostile

    @Test
    @DisplayName("G3: names that come from outside lead nowhere else")
    void namesFromOutsideLeadNowhereElse() {
        SharedPlace place = SharedPlace.in(List.of(folder));
        for (String name : List.of("../x-t1", "x", "x-t", "x-1", "-t1", "x-t1/..", "x-t1\n", "")) {
            assertThatThrownBy(() -> place.named(0, name, false)).isInstanceOf(EncodingException.class);
            assertThatThrownBy(() -> place.named(0, name, true)).isInstanceOf(EncodingException.class);
        }
        assertThatThrownBy(() -> place.named(1, "x-t1", false)).isInstanceOf(EncodingException.class);
        assertThatThrownBy(() -> place.named(-1, "x-t1", false)).isInstanceOf(EncodingException.class);
        assertThat(place.named(0, "x-t1", false)).isEqualTo(folder.resolve("x-t1"));
    }
}
