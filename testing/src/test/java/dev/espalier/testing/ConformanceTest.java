package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Channel;
import dev.espalier.core.Mutex;
import dev.espalier.core.Promise;
import dev.espalier.core.ReadWriteMutex;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class ConformanceTest { // D8

    // @start region="lock"
    /** A lock of one's own, over a semaphore. */
    record OverSemaphore(AsyncSemaphore semaphore) implements Conformance.Lock {
        @Override
        public void lock() {
            semaphore.acquire();
        }

        @Override
        public void unlock() {
            semaphore.release();
        }
    }

    @Test
    void ourLockIsOne() {
        Conformance.lock(() -> new OverSemaphore(AsyncSemaphore.of(1)));
    }
    // @end

    @Test
    void locksOfCore() {
        Conformance.lock(() -> {
            Mutex mutex = Mutex.create();
            return lock(mutex::lock, mutex::unlock);
        });
        Conformance.lock(() -> {
            ReadWriteMutex mutex = ReadWriteMutex.create();
            return lock(mutex.writeLock()::lock, mutex.writeLock()::unlock);
        });
    }

    private static Conformance.Lock lock(Runnable lock, Runnable unlock) {
        return new Conformance.Lock() {
            @Override
            public void lock() {
                lock.run();
            }

            @Override
            public void unlock() {
                unlock.run();
            }
        };
    }

    @Test
    void brokenLocksAreFoundOut() {
        assertThatThrownBy(() -> Conformance.lock(() -> new OverSemaphore(AsyncSemaphore.of(2))))
                .hasMessage("a lock breaks the rule: one owner at a time, and everybody gets it");
        assertThatThrownBy(() -> Conformance.lock(LeavesWaiters::new))
                .hasMessage("a lock breaks the rule: a cancelled waiter does not own it");
    }

    /** Hands itself to waiters that have left. */
    private static final class LeavesWaiters implements Conformance.Lock {
        private final ArrayDeque<Promise<Boolean>> waiters = new ArrayDeque<>();
        private boolean owned;

        @Override
        public void lock() {
            if (!owned) {
                owned = true;
                return;
            }
            Promise<Boolean> mine = Promise.create();
            waiters.add(mine);
            mine.await();
        }

        @Override
        public void unlock() {
            Promise<Boolean> next = waiters.poll();
            if (next == null) {
                owned = false;
            } else {
                next.succeed(true);
            }
        }
    }

    @Test
    void channelsOfCore() {
        for (int capacity : new int[] {0, 1, 3}) {
            Conformance.channel(() -> Channel.open(capacity));
        }
        Conformance.channel(Channel::unlimited);
    }

    @Test
    void channelsThatLoseValuesAreFoundOut() {
        assertThatThrownBy(() -> Conformance.channel(() -> Channel.open(1, Channel.Overflow.DROP_OLDEST)))
                .hasMessage("a channel breaks the rule: every value arrives once, in the order of its sender");
    }

    @Test
    void clocks() {
        Conformance.clock(System::nanoTime, () -> LockSupport.parkNanos(1_000_000));
        LoopTester.run(tester -> Conformance.clock(tester.clock(), () -> tester.clock().jumpBy(Duration.ofMillis(1))));
        assertThatThrownBy(() -> Conformance.clock(() -> 5, () -> {})).hasMessageContaining("it moves when time passes");
        var backwards = new AtomicLong();
        assertThatThrownBy(() -> Conformance.clock(backwards::getAndDecrement, () -> {})).hasMessageContaining("never goes back");
    }
}
