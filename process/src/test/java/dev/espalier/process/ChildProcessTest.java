package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.espalier.core.Async;
import dev.espalier.core.BodyWith;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Clause;
import dev.espalier.core.GroupException;
import dev.espalier.core.TaskCancelledException;
import dev.espalier.core.TaskGroup;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One child, from its start to its end.
 */
@Timeout(60)
class ChildProcessTest {
    static final ChildOptions QUIET = ChildOptions.defaults().withName("subject").withOutput(line -> { })
            .withJvm(JvmOptions.defaults().withHeapBytes(64 << 20).withQuickStart(true)).withStartTimeout(Duration.ofSeconds(30));
    private static final ChildOptions HASTY = QUIET.withGrace(Duration.ofMillis(500));

    @TempDir
    private Path directory;

    private static <T, X extends Throwable> T inGroup(BodyWith<TaskGroup, T, X> body) throws X {
        return Async.run(() -> TaskGroup.<T, X>call(body));
    }

    @Test
    @DisplayName("A1: the value of the body comes back, and the process has ended with code 0")
    void givesTheValueOfItsBody() {
        String base = "espalier";
        ExitStatus status = inGroup(group -> {
            var child = ChildProcess.start(group, QUIET, () -> base + " " + ProcessHandle.current().pid());
            child.awaitReady();
            long pid = child.pid().orElseThrow();
            assertThat(child.await()).isEqualTo("espalier " + pid);
            assertThat(TestPools.isAlive(pid)).isFalse();
            assertThat(child.rung()).isEqualTo(ChildProcess.Rung.NONE);
            return child.exit().await();
        });
        assertThat(status).isEqualTo(new ExitStatus.Exited(0));
    }

    @Test
    @DisplayName("A1: a failure is the original, and fails the group as that of any task")
    void failureOfTheBodyFailsTheGroup() {
        GroupException failed = catchThrowableOfType(GroupException.class, () -> inGroup(group -> {
            ChildProcess.start(group, QUIET, () -> {
                throw new FileNotFoundException("no such tree");
            });
            Async.sleepForever();
            return 0;
        }));
        assertThat(failed.failures()).singleElement().isInstanceOf(FileNotFoundException.class)
                .satisfies(e -> assertThat(e).hasMessage("no such tree").hasRootCauseInstanceOf(RemoteTaskException.class));
    }

    @Test
    void whatCannotTravelIsRefusedBeforeAnythingStarts() {
        Object immobile = new Object();
        assertThatThrownBy(() -> inGroup(group -> ChildProcess.start(group, QUIET, () -> immobile.hashCode())))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("java.lang.Object");
    }

    @Test
    @DisplayName("A5: the exit is something to wait for in a select")
    void exitCanBeSelected() {
        String chosen = inGroup(group -> {
            var child = ChildProcess.start(group, QUIET, () -> { });
            return Async.<String>select(Clause.await(child.exit(), status -> "ended " + status),
                    Clause.after(Duration.ofSeconds(30), () -> "late"));
        });
        assertThat(chosen).isEqualTo("ended Exited[code=0]");
    }

    // ---- what the body sees

    record Seen(String name, long parent, boolean deadline, boolean cancelled) {
    }

    private static Seen look() {
        ChildContext context = ChildContext.current();
        Duration left = context.deadline().orElseThrow().remaining();
        return new Seen(context.name(), context.parent().pid(), left.isPositive() && left.toSeconds() < 60,
                context.isCancelled());
    }

    @Test
    @DisplayName("A3, A10, D5: the child knows its name, its parent and the deadline")
    void contextTellsOfTheParent() {
        Seen seen = inGroup(group -> Async.timeout(Duration.ofSeconds(50),
                () -> TaskGroup.call(inner -> ChildProcess.start(inner, QUIET, ChildProcessTest::look).await())));
        assertThat(seen).isEqualTo(new Seen("subject", ProcessHandle.current().pid(), true, false));
        assertThatThrownBy(ChildContext::current).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("A14: environment, directory and options of the JVM are as asked; nothing leaks from the parent's JVM")
    void launchIsAsAsked() throws Exception {
        ChildOptions options = QUIET.withInherited(name -> name.equals("PATH") || name.equals("JAVA_TOOL_OPTIONS"))
                .withEnvironment("TREE", "apple").withEnvironment("JAVA_TOOL_OPTIONS_", "x").withDirectory(directory)
                .withJvm(QUIET.jvm().withArguments(List.of("-Dfruit=pear tree \"x\\y\""))
                        .withCollector(JvmOptions.Collector.PARALLEL).withProcessors(3));
        List<String> seen = inGroup(group -> ChildProcess.start(group, options, () -> List.of(
                System.getenv("TREE"), String.join(",", System.getenv().keySet().stream().sorted().toList()),
                Path.of("").toAbsolutePath().toRealPath().toString(), System.getProperty("fruit"),
                Integer.toString(Runtime.getRuntime().availableProcessors()),
                Long.toString(Runtime.getRuntime().maxMemory() >> 20))).await());
        assertThat(seen.get(0)).isEqualTo("apple");
        assertThat(seen.get(1)).isEqualTo("ESPALIER_CHILD,JAVA_TOOL_OPTIONS_,PATH,TREE");
        assertThat(seen.get(2)).isEqualTo(directory.toRealPath().toString());
        assertThat(seen.get(3)).isEqualTo("pear tree \"x\\y\"");
        assertThat(seen.get(4)).isEqualTo("3");
        assertThat(Integer.parseInt(seen.get(5))).isBetween(50, 64);
    }

    @Test
    @DisplayName("H5: a debugger's port is free, and printed")
    void debugPortIsPrinted() {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        ChildOptions options = QUIET.withJvm(QUIET.jvm().withDebug(JvmOptions.Debug.LISTEN))
                .withOutput(line -> lines.add(line.text()));
        inGroup(group -> ChildProcess.start(group, options, () -> 1).await());
        assertThat(lines).anyMatch(line -> line.matches("Listening for transport dt_socket at address: \\d+"));
    }

    @Test
    @DisplayName("A15: what it prints comes tagged with its name, and its end is kept")
    void outputIsTaggedAndKept() {
        List<ChildOptions.Line> lines = Collections.synchronizedList(new ArrayList<>());
        inGroup(group -> {
            var child = ChildProcess.start(group, QUIET.withOutput(lines::add), () -> {
                System.out.println("to out");
                System.err.println("to err");
            });
            child.await();
            assertThat(child.lastOutput()).contains("to out");
            return 0;
        });
        assertThat(lines).extracting(ChildOptions.Line::child).containsOnly("subject");
        assertThat(lines).extracting(line -> line.text() + line.error()).contains("to outfalse", "to errtrue");
    }

    // ---- how it ends

    private static WorkerLostException lossOf(RemoteVoidBody<?> body) {
        return catchThrowableOfType(GroupException.class, () -> inGroup(group -> {
            ChildProcess.start(group, QUIET, body).await();
            return 0;
        })).failures().stream().filter(WorkerLostException.class::isInstance).map(WorkerLostException.class::cast)
                .findFirst().orElseThrow();
    }

    @Test
    @DisplayName("A4: exit, signal, exhausted heap and crash are told apart, with the last words")
    void lossesAreToldApart() {
        WorkerLostException exited = lossOf(() -> {
            System.err.println("the last words");
            System.err.flush();
            Runtime.getRuntime().halt(7);
        });
        assertThat(exited.status()).isEqualTo(new ExitStatus.Exited(7));
        assertThat(exited).hasMessageContaining("the last words").hasMessageContaining("subject");
        assertThat(lossOf(() -> signalMyself("KILL")).status()).isEqualTo(new ExitStatus.Signaled(9));
        assertThat(lossOf(ChildProcessTest::hoard).status()).isEqualTo(new ExitStatus.JvmOutOfMemory());
        assertThat(lossOf(() -> signalMyself("SEGV")).status()).isInstanceOfSatisfying(ExitStatus.JvmCrashed.class,
                crash -> assertThat(crash.report()).contains("SIGSEGV"));
    }

    private static void hoard() {
        List<byte[]> hoard = new ArrayList<>();
        while (true) {
            hoard.add(new byte[1 << 20]);
        }
    }

    private static void signalMyself(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(TestPools.pid())).inheritIO().start().waitFor();
        new CountDownLatch(1).await();
    }

    @Test
    @DisplayName("B11: a child that cannot start says why, in its own words")
    void startFailureHasTheChildsWords() {
        ChildOptions broken = QUIET.withJvm(QUIET.jvm().withArguments(List.of("-XX:NoSuchOption=1")));
        GroupException failed = catchThrowableOfType(GroupException.class, () -> inGroup(group -> {
            var child = ChildProcess.start(group, broken, () -> 1);
            assertThatThrownBy(child::awaitReady).isInstanceOf(WorkerLostException.class);
            return child.await();
        }));
        assertThat(failed.leaves().getFirst()).isInstanceOfSatisfying(WorkerLostException.class, lost -> {
            assertThat(lost.status()).isInstanceOf(ExitStatus.NeverStarted.class);
            assertThat(lost.lastErrorOutput()).contains("NoSuchOption");
        });
    }

    // ---- the ladder

    private ChildProcess.Rung rungOf(ChildOptions options, RemoteVoidBody<?> body) {
        return inGroup(group -> {
            var child = ChildProcess.start(group, options, body);
            TestPools.awaitFile(directory.resolve("runs"));
            child.cancelAndJoin("enough");
            assertThatThrownBy(child::await).isInstanceOf(TaskCancelledException.class).hasMessageContaining("enough");
            assertThat(TestPools.isAlive(child.pid().orElseThrow())).isFalse();
            return child.rung();
        });
    }

    @Test
    @DisplayName("A6, C4: asked first, with the reason")
    void cancelAsksFirst() throws IOException {
        String file = directory.resolve("runs").toString();
        assertThat(rungOf(QUIET, () -> {
            Files.writeString(Path.of(file), "runs");
            try {
                Async.sleepForever();
            } catch (CancelledError e) {
                Files.writeString(Path.of(file), e.reason().message() + ChildContext.current().isCancelled());
                throw e;
            }
        })).isEqualTo(ChildProcess.Rung.ASKED);
        assertThat(Files.readString(Path.of(file))).isEqualTo("enoughtrue");
    }

    @Test
    @DisplayName("A6: then interrupted where it blocks")
    void cancelInterruptsWhoBlocks() {
        String file = directory.resolve("runs").toString();
        assertThat(rungOf(HASTY, () -> TestPools.announceAndStay(file))).isEqualTo(ChildProcess.Rung.INTERRUPTED);
    }

    @Test
    @DisplayName("A7: then SIGTERM")
    void cancelTerminatesWhoIgnoresInterrupts() {
        String file = directory.resolve("runs").toString();
        assertThat(rungOf(HASTY, () -> TestPools.announceAndStayForEver(file))).isEqualTo(ChildProcess.Rung.TERMINATED);
    }

    private static void hang(String file) throws IOException {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            while (true) {
                Thread.onSpinWait();
            }
        }));
        TestPools.announceAndStayForEver(file);
    }

    @Test
    @DisplayName("A7: then SIGKILL")
    void cancelKillsInTheEnd() {
        String file = directory.resolve("runs").toString();
        assertThat(rungOf(HASTY, () -> hang(file))).isEqualTo(ChildProcess.Rung.KILLED);
    }

    @Test
    void leavingTheGroupEndsTheChild() {
        long[] pid = new long[1];
        Async.run(() -> TaskGroup.run(group -> {
            var child = ChildProcess.start(group, QUIET, () -> Async.sleepForever());
            child.awaitReady();
            pid[0] = child.pid().orElseThrow();
            group.cancel("done");
        }));
        assertThat(TestPools.isAlive(pid[0])).isFalse();
    }

    @Test
    void cancelledWhileItStartsLeavesNothing() {
        inGroup(group -> {
            var child = ChildProcess.start(group, QUIET, () -> 1);
            Async.timeout(Duration.ofSeconds(20), () -> {
                while (child.pid().isEmpty() && child.state() instanceof dev.espalier.core.Awaitable.Pending<?>) {
                    Async.sleep(Duration.ofMillis(1));
                    child.cancel("changed my mind");
                }
            });
            child.cancelAndJoin("changed my mind");
            child.pid().ifPresent(pid -> assertThat(TestPools.isAlive(pid)).isFalse());
            assertThat(child.exit().await()).isNotNull();
            return 0;
        });
    }

    @Test
    @DisplayName("A8: what the child had started ends with it, also what has lost its parent")
    void grandchildrenEndWithTheChild() throws IOException {
        String file = directory.resolve("runs").toString();
        String orphan = inGroup(group -> {
            var child = ChildProcess.start(group, QUIET.withGrace(Duration.ZERO), () -> startOrphan(file));
            TestPools.awaitFile(Path.of(file + ".ready"));
            child.cancelAndJoin("enough");
            return Files.readString(Path.of(file)).strip();
        });
        for (String pid : orphan.split("\\s+", -1)) {
            // Killed by then; but no child of ours, so how soon the system takes it away is not ours to wait for.
            await("end of process " + pid).until(() -> !TestPools.isAlive(Long.parseLong(pid)));
        }
    }

    // The shell ends at once, so its `sleep` is nobody's descendant; the second one is the child's own.
    private static void startOrphan(String file) throws Exception {
        new ProcessBuilder("sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $! > " + file).inheritIO().start().waitFor();
        Process own = new ProcessBuilder("sleep", "1000").start();
        Files.writeString(Path.of(file), " " + own.pid(), java.nio.file.StandardOpenOption.APPEND);
        Files.writeString(Path.of(file + ".ready"), "");
        Async.sleepForever();
    }

    @Test
    @DisplayName("3.19: a child may have a child, but not without end")
    void childrenMayHaveChildren() {
        Optional<Integer> depth = inGroup(group -> ChildProcess.start(group, QUIET,
                () -> Optional.of(nested())).await());
        assertThat(depth).contains(2);
    }

    private static int nested() {
        return TaskGroup.call(group -> ChildProcess.start(group, QUIET, () -> RemoteMain.depth()).await());
    }
}
