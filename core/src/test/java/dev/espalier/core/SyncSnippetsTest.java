package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The snippets of the Javadoc of locks and the like. */
class SyncSnippetsTest {

    /** A file of two parts that must be written one after the other. */
    private static final class Account {
        private final List<String> written = new ArrayList<>();

        private void write(String part) {
            Async.checkpoint();
            written.add(part);
        }
    }

    @Test
    void mutexKeepsTwoWritesTogether() {
        var account = new Account();
        Async.run(() -> {
            // @start region="mutex"
            Mutex mutex = Mutex.create();
            TaskGroup.run(group -> {
                for (String name : List.of("a", "b")) {
                    group.start(() -> mutex.withLock(() -> {
                        account.write("begin " + name); // awaits
                        account.write("end " + name);
                    }));
                }
            });
            // @end
        });
        assertThat(account.written).containsExactly("begin a", "end a", "begin b", "end b");
    }

    @Test
    void conditionWaitsForAnItem() {
        Deque<String> items = new ArrayDeque<>();
        String got = Async.run(() -> {
            // @start region="condition"
            Mutex mutex = Mutex.create();
            Mutex.Condition notEmpty = mutex.newCondition();
            return TaskGroup.call(group -> {
                Task<String> taker = group.start(() -> mutex.withLock(() -> {
                    notEmpty.awaitUntil(() -> !items.isEmpty());
                    return items.remove();
                }));
                mutex.withLock(() -> {
                    items.add("item");
                    notEmpty.signal();
                });
                return taker.await();
            });
            // @end
        });
        assertThat(got).isEqualTo("item");
    }

    @Test
    void eventTellsThatTheServerIsUp() {
        var log = new ArrayList<String>();
        Async.run(() -> {
            // @start region="event"
            Event ready = Event.create();
            TaskGroup.run(group -> {
                group.start(() -> {
                    ready.await();
                    log.add("request");
                });
                log.add("server is up");
                ready.set();
            });
            // @end
        });
        assertThat(log).containsExactly("server is up", "request");
    }

    @Test
    void notifyWakesTheWriter() {
        Deque<String> lines = new ArrayDeque<>();
        var written = new ArrayList<String>();
        Async.run(() -> {
            // @start region="notify"
            Notify work = Notify.create();
            TaskGroup.run(group -> {
                group.start(() -> {
                    while (!written.contains("last")) {
                        work.await();
                        while (!lines.isEmpty()) { // one ring may stand for several lines
                            written.add(lines.remove());
                        }
                    }
                });
                for (String line : List.of("first", "last")) {
                    lines.add(line);
                    work.notifyOne();
                }
            });
            // @end
        });
        assertThat(written).containsExactly("first", "last");
    }

    @Test
    void latchWaitsForAllParts() {
        var parts = new AtomicInteger();
        Async.run(() -> {
            // @start region="latch"
            Latch loaded = Latch.of(3);
            TaskGroup.run(group -> {
                for (int i = 0; i < 3; i++) {
                    group.start(() -> {
                        parts.incrementAndGet();
                        loaded.countDown();
                    });
                }
                loaded.await();
                assertThat(parts).hasValue(3);
            });
            // @end
        });
        assertThat(parts).hasValue(3);
    }

    @Test
    void semaphoreBoundsHowManyRunAtOnce() {
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        Async.run(() -> {
            // @start region="semaphore"
            AsyncSemaphore connections = AsyncSemaphore.of(2);
            TaskGroup.run(group -> {
                for (int i = 0; i < 10; i++) {
                    group.start(() -> connections.withPermit(() -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        Async.sleep(Duration.ofMillis(1));
                        now.decrementAndGet();
                    }));
                }
            });
            // @end
        });
        assertThat(most).hasValue(2);
    }
}
