package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What is said about a child that died.
 */
@Timeout(60)
class WorkerLossTest {
    private static WorkerLostException lossOf(RemoteVoidBody<?> body) {
        WorkerLostException[] lost = new WorkerLostException[1];
        TestPools.run(ONE, pool -> {
            lost[0] = catchThrowableOfType(WorkerLostException.class, () -> pool.call(body));
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        });
        return lost[0];
    }

    private static void exec(String... command) throws Exception {
        new ProcessBuilder(command).inheritIO().start().waitFor();
        new java.util.concurrent.CountDownLatch(1).await();
    }

    private static void signalMyself(String name) throws Exception {
        exec("kill", "-" + name, Long.toString(TestPools.pid()));
    }

    @Test
    @DisplayName("3.9: exit codes are reported")
    void exitCode() {
        assertThat(lossOf(() -> Runtime.getRuntime().halt(7)).status()).isEqualTo(new ExitStatus.Exited(7));
    }

    @Test
    @DisplayName("3.9: an exit code of 3 without an exhausted heap is an exit code")
    void exitCodeThree() {
        assertThat(lossOf(() -> System.exit(3)).status()).isEqualTo(new ExitStatus.Exited(3));
    }

    @Test
    @DisplayName("3.9: SIGKILL is reported as such where memory was not the reason")
    void killed() {
        assertThat(lossOf(() -> signalMyself("KILL")).status()).isEqualTo(new ExitStatus.Signaled(9));
    }

    @Test
    @DisplayName("3.9: SIGTERM is reported as such")
    void terminated() {
        assertThat(lossOf(() -> signalMyself("TERM")).status()).isEqualTo(new ExitStatus.Signaled(15));
    }

    @Test
    @DisplayName("3.8: an exhausted heap ends the child and is reported")
    void heapExhausted() {
        WorkerLostException lost = lossOf(() -> {
            List<byte[]> hoard = new ArrayList<>();
            while (true) {
                hoard.add(new byte[1 << 20]);
            }
        });
        assertThat(lost.status()).isEqualTo(new ExitStatus.JvmOutOfMemory());
    }

    @Test
    @DisplayName("3.9: a crash of the JVM brings the head of its report")
    void jvmCrash() {
        WorkerLostException lost = lossOf(() -> signalMyself("SEGV"));
        assertThat(lost.status()).isInstanceOfSatisfying(ExitStatus.JvmCrashed.class,
                crash -> assertThat(crash.report()).contains("SIGSEGV"));
    }

    @Test
    @DisplayName("3.4: the end of standard error is in the exception")
    void lastWords() {
        WorkerLostException lost = lossOf(() -> {
            System.err.print("x".repeat(300_000) + "the last words");
            System.err.flush();
            Runtime.getRuntime().halt(1);
        });
        assertThat(lost.lastErrorOutput()).hasSize(65_536).endsWith("the last words");
        assertThat(lost).hasMessageContaining("the last words").hasMessageContaining("task 1");
    }

    @Test
    @DisplayName("3.4: a child that prints more than a pipe holds is not stopped, and its lines arrive")
    void outputIsDrained() {
        List<PoolOptions.Line> lines = java.util.Collections.synchronizedList(new ArrayList<>());
        TestPools.run(ONE.withOutput(lines::add), pool -> pool.call(() -> {
            for (int i = 0; i < 20_000; i++) {
                System.out.println("line " + i);
            }
        }));
        assertThat(lines).hasSize(20_000).allMatch(line -> !line.error() && line.worker() == 1);
        assertThat(lines.getLast().text()).isEqualTo("line 19999");
    }

    @Test
    @DisplayName("3.3: what a task writes to standard output never disturbs the protocol")
    void standardOutputIsTheUsers() {
        TestPools.run(ONE, pool -> {
            pool.call(() -> System.out.write(new byte[] {1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 16));
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        });
    }
}
