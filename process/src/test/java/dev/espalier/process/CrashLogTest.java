package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.RetryPolicy;
import dev.espalier.core.VoidBody;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * How long a pool goes on with children that end without having been of use.
 */
@Timeout(60)
class CrashLogTest {
    private static final PoolOptions.Restarts TWO_A_MINUTE = new PoolOptions.Restarts(2, Duration.ofMinutes(1),
            RetryPolicy.Backoff.exponential(Duration.ofMillis(10), 2));
    private static final CrashLog.Cause CAUSE = (what, earlier) ->
            new WorkerLostException(what, new ExitStatus.Exited(1), "", earlier, false);

    private final AtomicLong time = new AtomicLong();

    private void onLoop(VoidBody<RuntimeException> body) {
        EventLoop.create(LoopOptions.defaults().withClock(time::get)).run(body);
    }

    @Test
    @DisplayName("D9: more crashes than allowed within the period are too many, and the causes are known")
    void intensity() {
        onLoop(() -> {
            CrashLog log = new CrashLog(TWO_A_MINUTE);
            assertThat(log.add(CAUSE, 1)).isTrue();
            assertThat(log.add(CAUSE, 1)).isTrue();
            assertThat(log.add(CAUSE, 1)).isFalse();
            assertThat(log.toLost("the pool").losses()).hasSize(3);
        });
    }

    @Test
    @DisplayName("D9: crashes before the period count no more, and each worker has its share")
    void periodAndShare() {
        onLoop(() -> {
            CrashLog log = new CrashLog(TWO_A_MINUTE);
            for (int i = 0; i < 10; i++) {
                assertThat(log.add(CAUSE, 1)).isTrue();
                time.addAndGet(Duration.ofSeconds(31).toNanos());
            }
            for (int i = 0; i < 7; i++) {
                assertThat(log.add(CAUSE, 4)).isTrue();
            }
        });
    }

    @Test
    @DisplayName("D9: the pause grows with each crash, and begins anew after a child that was of use")
    void pauses() {
        onLoop(() -> {
            CrashLog log = new CrashLog(TWO_A_MINUTE);
            assertThat(log.pause(2)).isZero();
            List<Long> pauses = List.of(10L, 10L, 20L, 20L, 40L);
            for (long pause : pauses) {
                log.add(CAUSE, 2);
                assertThat(log.pause(2)).isEqualTo(Duration.ofMillis(pause));
            }
            log.useful();
            assertThat(log.pause(2)).isZero();
        });
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @DisplayName("D9, 3.15: a pool whose children end again and again with nothing done fails, with their ends")
    void aCrashLoopEndsThePool() {
        Leftovers children = new Leftovers(TestPools.pid());
        TestPools.run(ONE.withStartAttempts(1000).withRestarts(TWO_A_MINUTE), pool -> {
            TestPools.until(() -> {
                children.processes().forEach(pid -> ChaosTest.signal("KILL", pid));
                return pool.toString().contains("FAILED");
            });
            WorkerLostException lost = catchThrowableOfType(WorkerLostException.class, () -> pool.submit(() -> 1));
            assertThat(lost).hasMessageContaining("3 children ended within PT1M");
            assertThat(lost.losses()).hasSize(3);
        });
    }

    @Test
    @DisplayName("D6, D9: children that die with the tasks they ran are replaced however often")
    void deathsWithTasksAreNoCrashLoop() {
        TestPools.run(ONE.withRestarts(new PoolOptions.Restarts(0, Duration.ofMinutes(1),
                RetryPolicy.Backoff.constant(Duration.ofMinutes(1)))), pool -> {
            for (int i = 0; i < 5; i++) {
                assertThat(catchThrowableOfType(WorkerLostException.class,
                        () -> pool.call(() -> Runtime.getRuntime().halt(5))).status()).isEqualTo(new ExitStatus.Exited(5));
            }
        });
    }
}
