package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.TaskGroup;
import dev.espalier.process.ChaosWork.Answer;
import dev.espalier.process.ChaosWork.Job;
import dev.espalier.process.ChaosWork.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows H9 and the chaos of the rules: thousands of tasks while workers are killed, stopped and starved at random times.
 * Every task has exactly one outcome, and one that is possible; none runs twice; nothing is left behind. Takes some
 * seconds; {@code -Pchaos} makes it minutes. A failure names the seed that repeats its choices, though not the times.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(1200)
class ChaosTest {
    static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("espalier.chaos.seconds", 5));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int OUTSTANDING = 60;
    /** On a machine so busy that there were fewer in that time, it takes longer. */
    private static final int LEAST = 2000;

    @TempDir
    Path ledger;

    /** One task and what became of it. */
    private static final class Sent {
        final Job job;
        final RemoteTask<Object> task;
        final AtomicInteger ends = new AtomicInteger();
        boolean cancelled;

        Sent(Job job, RemoteTask<Object> task) {
            this.job = job;
            this.task = task;
            task.onDone(ends::incrementAndGet);
        }

        boolean isDone() {
            return ends.get() > 0;
        }

        void cancel() {
            cancelled = !isDone();
            task.cancel("chaos");
        }
    }

    @Test
    void everyTaskHasOneOutcomeWhateverHappensToTheWorkers() throws Exception {
        long seed = Long.getLong("espalier.chaos.seed", System.nanoTime());
        long descriptors = Leftovers.descriptors();
        try {
            List<Sent> all = new ArrayList<>();
            var options = TestPools.ONE.withWorkers(3).withStartAttempts(10_000)
                    .withRestarts(new PoolOptions.Restarts(10_000, Duration.ofMinutes(1), _ -> Duration.ZERO))
                    .withCancelGrace(Duration.ofMillis(50)).withCloseGrace(Duration.ofMillis(500));
            TestPools.run(options, pool -> storm(pool, new Random(seed), all));
            check(all);
            Leftovers.assertNoneHere(descriptors);
        } catch (Throwable failure) {
            throw new AssertionError("repeat with -Despalier.chaos.seed=" + seed, failure);
        }
    }

    private void storm(ProcessPool pool, Random random, List<Sent> all) {
        List<Sent> open = new ArrayList<>();
        TaskGroup.run(group -> {
            group.startBackground(() -> sabotage(new Random(random.nextLong())));
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < LENGTH.toNanos() || all.size() < LEAST) {
                while (open.size() < OUTSTANDING) {
                    Sent sent = submit(pool, random, all.size());
                    all.add(sent);
                    open.add(sent);
                }
                Async.sleep(Duration.ofMillis(1));
                open.removeIf(Sent::isDone);
                meddle(open, random);
            }
        });
        // No saboteur any more: what is left ends by itself, or when it is cancelled.
        open.stream().filter(sent -> sent.job.kind().endsItsWorker()).forEach(Sent::cancel);
        boolean settled = Async.moveOnAfter(PATIENCE, () -> {
            while (!open.stream().allMatch(Sent::isDone)) {
                Async.sleep(Duration.ofMillis(5));
            }
        });
        if (!settled) {
            fail("no outcome: " + open.stream().filter(sent -> !sent.isDone()).map(sent -> sent.task).toList()
                    + " in " + pool);
        }
        assertThat(pool.statistics().waiting()).isZero();
        assertThat(pool.statistics().sent()).isZero();
    }

    private Sent submit(ProcessPool pool, Random random, long id) {
        int dice = random.nextInt(5000);
        Kind kind = dice < 1 ? Kind.EXHAUST : dice < 3 ? Kind.HALT : dice < 4 ? Kind.STUBBORN
                : dice < 40 ? Kind.LARGE_VALUE : dice < 60 ? Kind.PRINT : dice < 250 ? Kind.FAIL
                : dice < 350 ? Kind.BAD_VALUE : dice < 500 ? Kind.SLEEP : Kind.ECHO;
        byte[] payload = new byte[random.nextInt(50) == 0 ? random.nextInt(200_000) : random.nextInt(50)];
        random.nextBytes(payload);
        Job job = new Job(id, kind, ledger.toString(), payload);
        return new Sent(job, pool.submit(ChaosWork::run, job));
    }

    private static void meddle(List<Sent> open, Random random) {
        for (Sent sent : open) {
            if (random.nextInt(sent.job.kind() == Kind.STUBBORN ? 50 : 2000) == 0) {
                sent.cancel();
            }
        }
    }

    /** Until it is cancelled; what it stopped goes on then. */
    private static void sabotage(Random random) {
        Leftovers ours = new Leftovers(TestPools.pid());
        while (true) {
            Async.sleep(Duration.ofMillis(100 + random.nextInt(600)));
            List<Long> children = Async.offload(ours::processes);
            if (!children.isEmpty()) {
                long victim = children.get(random.nextInt(children.size()));
                int dice = random.nextInt(4);
                int pause = random.nextInt(300);
                Async.shield(PATIENCE, () -> hurt(victim, dice, pause));
            }
        }
    }

    private static void hurt(long victim, int dice, int pause) {
        if (dice < 2) {
            Async.offload(() -> signal("KILL", victim));
            return;
        }
        Async.offload(() -> signal("STOP", victim));
        Async.sleep(Duration.ofMillis(pause));
        Async.offload(() -> signal(dice == 2 ? "CONT" : "KILL", victim));
    }

    /** The victim may be gone already. */
    static void signal(String name, long pid) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start().waitFor();
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    private void check(List<Sent> all) throws IOException {
        assertThat(all.stream().filter(sent -> sent.ends.get() != 1).count()).as("tasks with no end or several")
                .isZero();
        List<Long> notes = ChaosWork.begun(ledger);
        Set<Long> begun = new HashSet<>(notes);
        assertThat(notes).as("jobs that began, each once").hasSameSizeAs(begun);
        for (Sent sent : all) {
            check(sent, begun.contains(sent.job.id()));
        }
    }

    private static void check(Sent sent, boolean begun) {
        switch (sent.task.state()) {
            case Awaitable.Pending<Object> pending -> fail(sent.task + " is " + pending);
            case Awaitable.Succeeded<Object>(var value) -> {
                assertThat(begun).isTrue();
                assertThat(((Answer) value).value()).isEqualTo(sent.job.expected());
                assertThat(((Answer) value).payload()).isEqualTo(sent.job.kind() == Kind.LARGE_VALUE
                        ? ChaosWork.large(sent.job.id()) : sent.job.payload());
            }
            case Awaitable.Cancelled<Object> cancelled -> assertThat(sent.cancelled).as("%s", cancelled).isTrue();
            case Awaitable.Failed<Object>(var failure) -> checkFailure(sent, begun, failure);
        }
    }

    private static void checkFailure(Sent sent, boolean begun, Throwable failure) {
        switch (failure) {
            case WorkerLostException lost -> assertThat(lost).hasMessageContaining(sent.task.name());
            case IllegalStateException own when sent.job.kind() == Kind.FAIL ->
                    assertThat(own).hasMessage("job " + sent.job.id());
            case RemoteTaskException refused when sent.job.kind() == Kind.BAD_VALUE ->
                    assertThat(refused).hasMessageContaining("java.lang.Object");
            default -> throw new AssertionError("an outcome that is not possible for " + sent.job, failure);
        }
        assertThat(begun || failure instanceof WorkerLostException).isTrue();
    }
}
