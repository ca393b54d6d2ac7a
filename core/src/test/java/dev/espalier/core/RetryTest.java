package dev.espalier.core;

import static dev.espalier.core.Async.retry;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.timeout;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.RetryPolicy.Backoff;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** retry: how often, when, and what comes out. */
class RetryTest {
    private static final RetryPolicy PLAIN =
            RetryPolicy.upTo(4).withBackoff(Backoff.constant(seconds(1))).withJitter(0);

    /** Fails a number of times, and keeps the moments at which it was tried. */
    private static final class Flaky {
        private final int failures;
        private final List<Long> begun = new ArrayList<>();

        private Flaky(int failures) {
            this.failures = failures;
        }

        private String attempt() throws IOException {
            begun.add(EventLoop.current().now());
            if (begun.size() <= failures) {
                throw new IOException("attempt " + begun.size());
            }
            return "attempt " + begun.size();
        }
    }

    private static String unsteady(Flaky service) throws IOException {
        return service.attempt();
    }

    @Test
    void retryTriesAgainAfterAWhile() throws IOException {
        String answer = Async.run(() -> {
            var service = new Flaky(2);
            // @start region="retry"
            RetryPolicy policy = RetryPolicy.upTo(5).on(IOException.class)
                    .withBackoff(Backoff.exponential(Duration.ofMillis(1), 2).atMost(Duration.ofSeconds(1)));
            return retry(policy, () -> unsteady(service));
            // @end
        });
        assertThat(answer).isEqualTo("attempt 3");
    }

    @BothEngines
    void theValueOfTheFirstGoodAttemptComesOut(LoopFixture loops) throws IOException {
        var flaky = new Flaky(2);
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThat(retry(PLAIN, flaky::attempt)).isEqualTo("attempt 3");
            assertThat(loops.since(start)).isEqualTo(seconds(2));
            retry(PLAIN, () -> {
                flaky.attempt();
            });
        });
        assertThat(flaky.begun).hasSize(4);
    }

    @BothEngines
    void theLastFailureComesOutWithItsTypeAndTheEarlierOnesSuppressed(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> retry(PLAIN, new Flaky(9)::attempt))
                .isInstanceOf(IOException.class).hasMessage("attempt 4")
                .satisfies(e -> assertThat(e.getSuppressed()).extracting(Throwable::getMessage)
                        .containsExactly("attempt 1", "attempt 2", "attempt 3")));
    }

    @BothEngines
    void theSameFailureEachTimeIsNotSuppressedInItself(LoopFixture loops) {
        var always = new IOException("always");
        loops.run(() -> assertThatThrownBy(() -> retry(PLAIN, () -> {
            throw always;
        })).isSameAs(always).hasNoSuppressedExceptions());
    }

    @BothEngines
    void anEndlessPolicyKeepsFewFailures(LoopFixture loops) {
        var flaky = new Flaky(100);
        RetryPolicy policy = RetryPolicy.unlimited().when(e -> !e.getMessage().equals("attempt 50"));
        loops.run(() -> assertThatThrownBy(() -> retry(policy, flaky::attempt)).hasMessage("attempt 50")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(16)));
    }

    @BothEngines
    void failuresOfOtherTypesComeOutAtOnce(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> retry(PLAIN.on(FileNotFoundException.class), new Flaky(2)::attempt))
                    .hasMessage("attempt 1");
            assertThatThrownBy(() -> retry(PLAIN, () -> {
                throw new AssertionError("no Exception");
            })).isInstanceOf(AssertionError.class).hasNoSuppressedExceptions();
            assertThatThrownBy(() -> retry(RetryPolicy.upTo(1), new Flaky(2)::attempt)).hasMessage("attempt 1");
        });
    }

    // ---- the deadline

    @BothEngines
    void aDelayThatWouldReachTheDeadlineIsNotBegun(LoopFixture loops) {
        var flaky = new Flaky(9);
        loops.run(() -> {
            long start = EventLoop.current().now();
            assertThatThrownBy(() -> timeout(millis(2500), () -> CancelScope.run(in -> retry(PLAIN, flaky::attempt))))
                    .isInstanceOf(IOException.class).hasMessage("attempt 3")
                    .satisfies(e -> assertThat(e.getSuppressed()[0]).isInstanceOf(DeadlineExceededException.class)
                            .hasMessageContaining("in 1 s").hasMessageContaining("in 500 ms"));
            assertThat(loops.since(start)).isEqualTo(seconds(2));
        });
    }

    @BothEngines
    void anAttemptThatCannotEndBeforeTheDeadlineIsNotBegun(LoopFixture loops) {
        var flaky = new Flaky(9);
        RetryPolicy policy = PLAIN.withReserve(millis(700));
        loops.run(() -> assertThatThrownBy(() -> timeout(millis(2500), () -> retry(policy, flaky::attempt)))
                .hasMessage("attempt 2"));
    }

    @BothEngines
    void aDeadlineOutsideAShieldDoesNotCount(LoopFixture loops) throws IOException {
        var flaky = new Flaky(3);
        loops.run(() -> CancelScope.run(scope -> {
            scope.reschedule(Deadline.after(millis(1500)));
            assertThat(Async.shield(seconds(9), () -> retry(PLAIN, flaky::attempt))).isEqualTo("attempt 4");
        }));
    }

    // ---- cancellation

    @BothEngines
    void cancelledBetweenAttemptsItTriesNoMore(LoopFixture loops) {
        var flaky = new Flaky(9);
        loops.run(() -> TaskGroup.run(group -> {
            Task<String> task = group.start(() -> {
                try {
                    return retry(PLAIN, flaky::attempt);
                } catch (CancelledError e) {
                    assertThat(e.getSuppressed()).extracting(Throwable::getMessage).containsExactly("attempt 1");
                    throw e;
                }
            });
            settle();
            task.cancelAndJoin("enough");
            assertThat(task.state()).isInstanceOf(Awaitable.Cancelled.class);
            assertThat(flaky.begun).hasSize(1);
        }));
    }

    @BothEngines
    void aCancellationIsNeverTriedAgain(LoopFixture loops) {
        var begun = new ArrayList<String>();
        loops.run(() -> assertThatThrownBy(() -> timeout(seconds(1), () -> retry(PLAIN.when(e -> true), () -> {
            begun.add("x");
            sleep(seconds(9));
        }))).isInstanceOf(DeadlineExceededException.class));
        assertThat(begun).hasSize(1);
    }

    @BothEngines
    void aFailureAfterTheLimitIsKeptInTheCancellation(LoopFixture loops) {
        loops.run(() -> assertThatThrownBy(() -> timeout(seconds(1), () -> retry(PLAIN, () -> {
            try {
                sleep(seconds(9));
            } catch (CancelledError e) {
                throw new IOException("while it was unwound", e);
            }
        }))).isInstanceOf(DeadlineExceededException.class).cause().isInstanceOf(CancelledError.class)
                .satisfies(e -> assertThat(e.getSuppressed()[0]).isInstanceOf(IOException.class)));
    }

    @BothEngines
    void anInnerTimeoutIsAFailureLikeAnyOther(LoopFixture loops) {
        var begun = new ArrayList<String>();
        loops.run(() -> assertThatThrownBy(() -> retry(PLAIN, () -> timeout(seconds(1), () -> {
            begun.add("x");
            sleep(seconds(9));
        }))).isInstanceOf(DeadlineExceededException.class));
        assertThat(begun).hasSize(4);
    }

    // ---- policies

    @Test
    void backoffsAreMadeOfOthers() {
        Backoff backoff = Backoff.constant(millis(5)).then(2, Backoff.exponential(millis(100), 3)).atMost(millis(500));
        assertThat(List.of(1, 2, 3, 4, 5, 6)).extracting(backoff::after)
                .containsExactly(millis(5), millis(5), millis(100), millis(300), millis(500), millis(500));
        assertThat(Backoff.exponential(seconds(1), 10).after(1000)).isGreaterThan(Duration.ofDays(36500));
    }

    @Test
    void valuesOutOfBoundsAreRefused() {
        assertThatThrownBy(() -> RetryPolicy.upTo(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PLAIN.withJitter(1.5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PLAIN.withJitter(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Backoff.exponential(seconds(1), 0.5)).isInstanceOf(IllegalArgumentException.class);
    }

    @Property(tries = 100)
    void everyDelayLiesBetweenItsJitteredAndItsFullLength(
            @ForAll @IntRange(min = 1, max = 12) int attempts,
            @ForAll @DoubleRange(min = 0, max = 1) double jitter,
            @ForAll @DoubleRange(min = 1, max = 4) double factor,
            @ForAll @IntRange(min = 1, max = 5000) int firstMillis,
            @ForAll boolean handoff) {
        Backoff backoff = Backoff.exponential(millis(firstMillis), factor).atMost(seconds(20));
        RetryPolicy policy = RetryPolicy.upTo(attempts).withBackoff(backoff).withJitter(jitter);
        var flaky = new Flaky(Integer.MAX_VALUE);
        var loops = new LoopFixture(handoff ? LoopOptions.Engine.HANDOFF : LoopOptions.Engine.CARRIER);
        loops.run(() -> assertThatThrownBy(() -> retry(policy, flaky::attempt)).hasMessage("attempt " + attempts));
        assertThat(flaky.begun).hasSize(attempts);
        for (int i = 1; i < attempts; i++) {
            long waited = flaky.begun.get(i) - flaky.begun.get(i - 1);
            long full = backoff.after(i).toNanos();
            assertThat(waited).isBetween((long) (full * (1 - jitter)) - 1, full);
        }
        loops.assertNothingLeft();
    }
}
