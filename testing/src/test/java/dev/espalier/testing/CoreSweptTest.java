package dev.espalier.testing;

import static dev.espalier.core.Async.firstSuccess;
import static dev.espalier.core.Async.gather;
import static dev.espalier.core.Async.parallelMap;
import static dev.espalier.core.Async.race;
import static dev.espalier.core.Async.retry;
import static dev.espalier.core.Async.select;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.timeout;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaitable;
import dev.espalier.core.CacheLimits;
import dev.espalier.core.Channel;
import dev.espalier.core.Clause;
import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Mutex;
import dev.espalier.core.Receiver;
import dev.espalier.core.RetryPolicy;
import dev.espalier.core.SingleFlightCache;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;

/** What is usually made of the library's parts, swept as a user would do it. */
class CoreSweptTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static Sweep sweep(LoopOptions.Engine engine, VoidBodyWith<LoopTester, RuntimeException> body) {
        return sweep(Sweep.Options.defaults(), engine, body);
    }

    private static Sweep sweep(
            Sweep.Options options, LoopOptions.Engine engine, VoidBodyWith<LoopTester, RuntimeException> body) {
        Sweep sweep = LoopTester.sweep(options.withRun(Engines.Options.on(engine)), body);
        assertThat(sweep.missed()).as("missed cuts of %s", sweep).isZero();
        return sweep;
    }

    @Engines
    @DisplayName("testing M2: gather in a timeout")
    void gatherInATimeout(LoopOptions.Engine engine) {
        Sweep sweep = sweep(engine, t -> {
            var permits = AsyncSemaphore.of(2);
            t.conserve("permits", permits::available);
            var end = t.swept(() -> timeout(SECOND.multipliedBy(3), () -> gather(
                    () -> permits.withPermit(() -> value("a", SECOND)),
                    () -> permits.withPermit(() -> value("b", SECOND.multipliedBy(2))),
                    (a, b) -> a + b)));
            if (end instanceof Awaitable.Succeeded<String>(var both)) {
                assertThat(both).isEqualTo("ab");
            }
        });
        assertThat(sweep.awaits()).extracting(Sweep.Await::task).contains("target").hasSizeGreaterThan(2);
    }

    @Engines
    @DisplayName("testing M2: a timeout that passes, whose exception is declared")
    void timeoutThatPasses(LoopOptions.Engine engine) {
        var ends = new ArrayList<String>();
        sweep(Sweep.Options.defaults().withFailure(DeadlineExceededException.class), engine, t -> ends.add(t.swept(
                () -> timeout(SECOND, () -> sleep(SECOND.multipliedBy(2)))).getClass().getSimpleName()));
        assertThat(ends).contains("Failed", "Cancelled").doesNotContain("Succeeded");
    }

    private static String value(String value, Duration after) {
        sleep(after);
        return value;
    }

    @Engines
    @DisplayName("testing M2: a race, which keeps its value though a loser meets the cancellation")
    void races(LoopOptions.Engine engine) {
        sweep(engine, t -> {
            var end = t.swept(() -> race(() -> value("a", SECOND), () -> value("b", SECOND.multipliedBy(2))));
            if (end instanceof Awaitable.Succeeded<String>(var first)) {
                assertThat(first).isEqualTo("a");
            }
        });
        sweep(engine, t -> t.swept(() -> firstSuccess(() -> value("a", SECOND), () -> value("b", SECOND))));
        sweep(engine, t -> t.swept(() -> parallelMap(2, List.of(1, 2, 3), n -> value("" + n, SECOND))));
    }

    @Engines
    @DisplayName("testing M2: a mutex with a condition")
    void mutexWithACondition(LoopOptions.Engine engine) {
        Sweep sweep = sweep(engine, t -> {
            Mutex mutex = Mutex.create();
            Mutex.Condition filled = mutex.newCondition();
            var items = new ArrayList<Integer>();
            t.background().start("producer", () -> {
                for (int i = 0; i < 2; i++) {
                    sleep(SECOND);
                    mutex.withLock(() -> {
                        items.add(1);
                        filled.signal();
                    });
                }
            });
            t.conserve("locks", () -> mutex.isLocked() ? 1 : 0);
            var taken = new ArrayList<Integer>();
            t.swept(() -> mutex.withLock(() -> {
                filled.awaitUntil(() -> items.size() == 2);
                taken.addAll(items);
                items.clear();
            }));
            sleep(SECOND.multipliedBy(3));
            assertThat(items.size() + taken.size()).as("items").isEqualTo(2);
        });
        assertThat(sweep.awaits().toString()).contains("target");
    }

    @Engines
    @DisplayName("testing M2: a pipeline of channels")
    void pipelineOfChannels(LoopOptions.Engine engine) {
        sweep(engine, t -> {
            Channel<Integer> in = Channel.open(1);
            Channel<Integer> out = Channel.open(0);
            var done = new ArrayList<Integer>();
            t.background().start("source", () -> {
                for (int i = 0; i < 3; i++) {
                    in.sender().send(i);
                }
                in.sender().close();
            });
            t.background().start("sink", () -> out.receiver().forEach(done::add));
            var held = new ArrayList<Integer>(); // taken from the first channel, and not in the second yet
            t.conserve("numbers", () -> in.statistics().sent() - in.statistics().size() - held.size()
                    - out.statistics().sent());
            t.swept(() -> {
                for (int number : in.receiver()) {
                    held.add(number);
                    out.sender().send(number);
                    held.remove(0);
                }
            });
            t.settle();
            assertThat(done).as("in order, none twice").isEqualTo(List.of(0, 1, 2).subList(0, done.size()));
        });
    }

    @Engines
    @DisplayName("testing M2: a retry")
    void retries(LoopOptions.Engine engine) {
        sweep(engine, t -> {
            var attempts = new ArrayList<Integer>();
            var end = t.swept(() -> retry(RetryPolicy.upTo(3), () -> {
                attempts.add(1);
                sleep(SECOND);
                if (attempts.size() < 3) {
                    throw new IllegalStateException("not yet");
                }
                return "done";
            }));
            int made = attempts.size();
            sleep(SECOND.multipliedBy(100));
            assertThat(attempts).as("attempts after the end, which was %s", end).hasSize(made);
        });
    }

    @Engines
    @DisplayName("testing M2: a cache whose load is shared")
    void cacheWhoseLoadIsShared(LoopOptions.Engine engine) {
        sweep(engine, t -> TaskGroup.run(group -> {
            var loads = new ArrayList<String>();
            SingleFlightCache<String, String> cache = SingleFlightCache.open(group, CacheLimits.ofSize(10), key -> {
                loads.add(key);
                sleep(SECOND);
                return "value of " + key;
            });
            var other = group.start("other", () -> cache.get("key"));
            t.swept(() -> cache.get("key"));
            assertThat(other.await()).as("what the other one gets").isEqualTo("value of key");
            assertThat(loads).as("loads").hasSize(1);
            assertThat(cache.get("key")).isEqualTo("value of key");
            group.cancel("the test is over");
        }));
    }

    @Engines
    @DisplayName("testing M2: a select of several things commits one or none")
    void selectOfSeveralThings(LoopOptions.Engine engine) {
        sweep(engine, t -> {
            Channel<String> words = Channel.open(1);
            var permits = AsyncSemaphore.of(0);
            t.background().start("word", () -> {
                sleep(SECOND);
                words.sender().send("word");
            });
            t.background().start("permit", () -> {
                sleep(SECOND);
                permits.release();
            });
            t.conserve("things", () -> words.statistics().received() + words.statistics().size() + permits.available());
            Receiver<String> from = words.receiver();
            var end = t.swept(() -> select(
                    Clause.receive(from, word -> word),
                    Clause.acquire(permits, () -> "permit"),
                    Clause.after(SECOND.multipliedBy(5), () -> "late")));
            sleep(SECOND.multipliedBy(2));
            int expected = end instanceof Awaitable.Succeeded<String> ? 1 : 2;
            assertThat(words.statistics().size() + permits.available()).as("what is left").isEqualTo(expected);
        });
    }
}
