package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.TaskRef;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

class ReadWriteMutexTest {

    /** Starts a task that takes a side, notes its name, and gives the side back when the event is set. */
    private static Task<Void> start(TaskGroup group, String name, ReadWriteMutex.Side side, List<String> in, Event end) {
        Task<Void> task = group.start(name, () -> side.withLock(() -> {
            in.add(name);
            end.await();
        }));
        settle();
        return task;
    }

    @BothEngines
    void readersShareItAndAWriterIsAlone(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lock = ReadWriteMutex.create();
            var in = new ArrayList<String>();
            var end = Event.create();
            start(group, "reader 1", lock.readLock(), in, end);
            start(group, "reader 2", lock.readLock(), in, end);
            start(group, "writer", lock.writeLock(), in, end);
            assertThat(in).containsExactly("reader 1", "reader 2");
            assertThat(lock).hasToString("ReadWriteMutex[read by 'reader 1', 'reader 2', waiting: 'writer']");
            end.set();
            settle();
            assertThat(in).containsExactly("reader 1", "reader 2", "writer");
        }));
    }

    @BothEngines
    void aReaderDoesNotOvertakeAWriterThatWaits(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lock = ReadWriteMutex.create();
            var in = new ArrayList<String>();
            var never = Event.create();
            lock.readLock().lock();
            Task<Void> writer = start(group, "writer", lock.writeLock(), in, never);
            Task<Void> late = start(group, "late reader", lock.readLock(), in, never);
            lock.readLock().unlock();
            assertThat(lock.readLock().tryLock()).isFalse();
            settle();
            assertThat(in).containsExactly("writer");
            writer.cancel("enough");
            settle();
            assertThat(in).containsExactly("writer", "late reader");
            late.cancel("enough");
        }));
    }

    @BothEngines
    void readersThatWaitTogetherGoInTogetherBeforeTheNextWriter(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lock = ReadWriteMutex.create();
            var in = new ArrayList<String>();
            var end = Event.create();
            lock.writeLock().lock();
            for (String name : List.of("r1", "r2", "w", "r3")) {
                start(group, name, name.equals("w") ? lock.writeLock() : lock.readLock(), in, end);
            }
            lock.writeLock().unlock();
            settle();
            assertThat(in).containsExactly("r1", "r2");
            end.set();
            settle();
            assertThat(in).containsExactly("r1", "r2", "w", "r3");
        }));
    }

    @BothEngines
    void aCancelledWriterLetsTheReadersBehindItIn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lock = ReadWriteMutex.create();
            var in = new ArrayList<String>();
            var end = Event.create();
            lock.readLock().lock();
            Task<Void> writer = start(group, "writer", lock.writeLock(), in, end);
            start(group, "reader", lock.readLock(), in, end);
            writer.cancel("gives up");
            settle();
            assertThat(in).containsExactly("reader");
            end.set();
            lock.readLock().unlock();
        }));
    }

    @BothEngines
    void downgradeLetsReadersInAndNobodyWritesInBetween(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lock = ReadWriteMutex.create();
            var in = new ArrayList<String>();
            var end = Event.create();
            lock.writeLock().lock();
            start(group, "reader", lock.readLock(), in, end);
            start(group, "writer", lock.writeLock(), in, end);
            lock.downgrade();
            settle();
            assertThat(in).containsExactly("reader");
            end.set();
            settle();
            assertThat(in).as("the one that downgraded still reads").containsExactly("reader");
            lock.readLock().unlock();
            settle();
            assertThat(in).containsExactly("reader", "writer");
        }));
    }

    @BothEngines
    void withLockAndHeldGiveBackAlsoAfterADowngrade(LoopFixture loops) {
        loops.run(() -> {
            var lock = ReadWriteMutex.create();
            lock.writeLock().withLock(lock::downgrade);
            try (var _ = lock.writeLock().hold()) {
                lock.downgrade();
            }
            assertThat(lock).hasToString("ReadWriteMutex[free]");
        });
    }

    @BothEngines
    void takingItAgainOnEitherSideIsAnErrorAtOnce(LoopFixture loops) {
        loops.run(() -> {
            var lock = ReadWriteMutex.create();
            for (ReadWriteMutex.Side held : List.of(lock.readLock(), lock.writeLock())) {
                held.lock();
                for (ReadWriteMutex.Side again : List.of(lock.readLock(), lock.writeLock())) {
                    for (ThrowingCallable take : List.<ThrowingCallable>of(again::lock, again::tryLock)) {
                        assertThatThrownBy(take).isInstanceOf(IllegalStateException.class).hasMessageContaining("already");
                    }
                }
                held.unlock();
            }
        });
    }

    @BothEngines
    void onlyWhatIsHeldCanBeGivenBackOrDowngraded(LoopFixture loops) {
        loops.run(() -> {
            var lock = ReadWriteMutex.create();
            assertThatThrownBy(lock.readLock()::unlock).isInstanceOf(IllegalMonitorStateException.class);
            lock.readLock().lock();
            assertThatThrownBy(lock.writeLock()::unlock).isInstanceOf(IllegalMonitorStateException.class)
                    .hasMessageContaining("writing side");
            assertThatThrownBy(lock::downgrade).isInstanceOf(IllegalMonitorStateException.class);
            lock.readLock().unlock();
            lock.writeLock().lock();
            assertThatThrownBy(lock.readLock()::unlock).isInstanceOf(IllegalMonitorStateException.class)
                    .hasMessageContaining("reading side");
            lock.writeLock().unlock();
        });
    }

    @BothEngines
    void aReaderOrWriterThatEndsBreaksItAndOtherReadersStillGiveBack(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            for (boolean write : List.of(false, true)) {
                var lock = ReadWriteMutex.create();
                ReadWriteMutex.Side side = write ? lock.writeLock() : lock.readLock();
                if (!write) {
                    lock.readLock().lock();
                }
                Task<Void> forgetful = group.start("forgetful", () -> {
                    side.lock();
                    settle();
                });
                Async.checkpoint();
                Task<?> waiter = group.start(() -> assertThatThrownBy(lock.writeLock()::lock)
                        .isInstanceOf(BrokenResourceException.class).hasMessageContaining("'forgetful' ended"));
                forgetful.join();
                waiter.join();
                assertThatThrownBy(lock.readLock()::tryLock).isInstanceOf(BrokenResourceException.class);
                if (!write) {
                    lock.readLock().unlock();
                }
                assertThat(lock.statistics().owners()).isEmpty();
            }
        }));
    }

    @BothEngines
    void statisticsNameHoldersAndWaitersInOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var lock = ReadWriteMutex.create();
            var end = Event.create();
            for (String name : List.of("r1", "r2", "w")) {
                start(group, name, name.equals("w") ? lock.writeLock() : lock.readLock(), new ArrayList<>(), end);
            }
            assertThat(lock.statistics().owners()).extracting(TaskRef::name).containsExactly("r1", "r2");
            assertThat(lock.statistics().waiters()).extracting(TaskRef::name).containsExactly("w");
            end.set();
        }));
    }
}
