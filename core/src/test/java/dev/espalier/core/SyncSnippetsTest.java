package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    @Test
    void readWriteMutexLetsReadersInTogether() {
        var log = new ArrayList<String>();
        Async.run(() -> {
            // @start region="read-write"
            ReadWriteMutex lock = ReadWriteMutex.create();
            TaskGroup.run(group -> {
                group.start(() -> lock.writeLock().withLock(() -> {
                    Async.checkpoint();
                    log.add("wrote");
                }));
                for (int i = 0; i < 2; i++) {
                    group.start(() -> lock.readLock().withLock(() -> {
                        log.add("reads");
                        Async.checkpoint();
                        log.add("has read");
                    }));
                }
            });
            // @end
        });
        assertThat(log).containsExactly("wrote", "reads", "reads", "has read", "has read");
    }

    @Test
    void limiterBorrowsOnBehalfOfACustomer() {
        var served = new ArrayList<String>();
        Async.run(() -> {
            // @start region="limiter"
            CapacityLimiter customers = CapacityLimiter.of(100); // a hundred customers at once, each once
            customers.acquireFor("customer 7");
            try {
                served.add("customer 7");
            } finally {
                customers.releaseFor("customer 7");
            }
            // @end
            assertThat(customers.borrowed()).isZero();
        });
        assertThat(served).containsExactly("customer 7");
    }

    @Test
    void barrierKeepsTwoPhasesApart() {
        var log = new ArrayList<String>();
        Async.run(() -> {
            // @start region="barrier"
            Barrier barrier = Barrier.of(3);
            TaskGroup.run(group -> {
                for (int i = 0; i < 3; i++) {
                    group.start(() -> {
                        log.add("load");
                        if (barrier.await() == 0) {
                            log.add("one of them reports");
                        }
                        log.add("compute");
                    });
                }
            });
            // @end
        });
        assertThat(log.subList(0, 3)).containsOnly("load");
        assertThat(log.subList(3, 7)).containsOnlyOnce("one of them reports").contains("compute");
    }

    /** A thing that one reads at a time. */
    // @start region="guard"
    static final class Source {
        private final ResourceGuard reading = ResourceGuard.of("reading from the source");

        @Awaits
        int read() {
            try (var _ = reading.enter()) { // a second reader gets a BusyException
                Async.sleep(Duration.ofMillis(1));
                return 42;
            }
        }
    }
    // @end

    @Test
    void guardRefusesASecondReader() {
        Async.run(() -> TaskGroup.run(group -> {
            var source = new Source();
            Task<Integer> first = group.start(source::read);
            Async.checkpoint();
            assertThatThrownBy(source::read).isInstanceOf(BusyException.class).hasMessageContaining("reading from the source");
            assertThat(first.await()).isEqualTo(42);
            assertThat(source.read()).isEqualTo(42);
        }));
    }

    @Test
    void onceConnectsOnce() {
        var connects = new AtomicInteger();
        Async.run(() -> {
            // @start region="once"
            Once<String> connection = Once.create();
            TaskGroup.run(group -> {
                for (int i = 0; i < 5; i++) {
                    group.start(() -> connection.get(() -> {
                        Async.sleep(Duration.ofMillis(1));
                        return "connection " + connects.incrementAndGet();
                    }));
                }
            });
            // @end
            assertThat(connection.tryGet()).contains("connection 1");
        });
        assertThat(connects).hasValue(1);
    }

    @Test
    void cellLosesNoUpdate() {
        Async.run(() -> {
            // @start region="cell"
            AtomicCell<Integer> balance = AtomicCell.of(0);
            TaskGroup.run(group -> {
                for (int i = 0; i < 10; i++) {
                    group.start(() -> balance.update(amount -> {
                        Async.checkpoint(); // asks somebody
                        return amount + 1;
                    }));
                }
            });
            // @end
            assertThat(balance.get()).isEqualTo(10);
        });
    }

    /** A door through which tasks go one at a time, as an example of a primitive of one's own. */
    // @start region="parking-lot"
    static final class Door {
        private final ParkingLot lot = ParkingLot.create();
        private boolean taken;

        @Awaits
        void enter() {
            Async.checkpoint();
            if (taken) {
                lot.park(); // whoever unparks this task has left the door to it
            } else {
                taken = true;
                lot.ownedBy(Task.current());
            }
        }

        void leave() {
            List<Task<?>> next = lot.unpark(1);
            taken = !next.isEmpty();
            lot.ownedBy(taken ? next.getFirst() : null);
        }
    }
    // @end

    @Test
    void aDoorMadeOfAParkingLotLetsOneInAtATime() {
        var door = new AtomicInteger();
        Async.run(() -> {
            var own = new Door();
            TaskGroup.run(group -> {
                for (int i = 0; i < 5; i++) {
                    group.start(() -> {
                        own.enter();
                        assertThat(door.incrementAndGet()).isEqualTo(1);
                        Async.checkpoint();
                        door.decrementAndGet();
                        own.leave();
                    });
                }
            });
            assertThat(own.taken).isFalse();
        });
        assertThat(door).hasValue(0);
    }

    @Test
    void aDoorWhoseOwnerEndedBreaks() {
        Async.run(() -> TaskGroup.run(group -> {
            var own = new Door();
            group.start("forgetful", () -> {
                own.enter();
                Async.sleep(Duration.ofMillis(1));
            });
            group.start(() -> assertThatThrownBy(own::enter)
                    .isInstanceOf(BrokenResourceException.class).hasMessageContaining("'forgetful' ended"));
        }));
    }
}
