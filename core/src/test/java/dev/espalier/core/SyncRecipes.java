package dev.espalier.core;

import static dev.espalier.core.Recipe.carrying;
import static dev.espalier.core.Recipe.valueless;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** How the cancel sweep calls locks and the like. */
final class SyncRecipes implements Recipes {

    @Override
    public List<Recipe> recipes() {
        return Stream.of(mutex(), condition(), signals(), readWrite(), limiter(), barrier(), values(), lot()).flatMap(List::stream).toList();
    }

    // ---- Mutex

    private static List<Recipe> mutex() {
        return List.of(
                carrying("Mutex.lock()", at -> {
                    var mutex = at.share(Mutex.create());
                    mutex.lock();
                    at.call(() -> {
                        mutex.lock();
                        mutex.unlock(); // which proves that it held it, and that it is not left behind
                    });
                    at.wake(mutex::unlock);
                    at.check(end -> assertFree(mutex, end));
                }),
                valueless("Mutex.lock()", at -> {
                    var mutex = at.share(Mutex.create());
                    at.call(() -> {
                        mutex.lock();
                        mutex.unlock();
                    });
                    at.check(end -> assertThat(mutex.isLocked()).isFalse());
                }).in("which is free"),
                carrying("Mutex.hold()", at -> {
                    var mutex = at.share(Mutex.create());
                    mutex.lock();
                    at.call(() -> mutex.hold().close());
                    at.wake(mutex::unlock);
                    at.check(end -> assertFree(mutex, end));
                }),
                valueless("Mutex.withLock(Body)", at -> locked(at, (mutex, body) -> mutex.withLock(body))),
                valueless("Mutex.withLock(VoidBody)", at -> locked(at, (mutex, body) -> {
                    mutex.withLock(() -> {
                        body.run();
                    });
                    return "value";
                })));
    }

    private static void locked(Situation at, BiFunction<Mutex, Body<String, RuntimeException>, String> call) {
        var mutex = at.share(Mutex.create());
        Promise<String> promise = at.share(Promise.create());
        mutex.lock();
        at.call(() -> call.apply(mutex, promise::await));
        at.wake(mutex::unlock);
        at.wake(() -> promise.succeed("value"));
        at.check(end -> assertFree(mutex, end));
    }

    /** The driving task held it until the first wake-up. */
    private static void assertFree(Mutex mutex, Recipe.Ending end) {
        assertThat(mutex.isLocked()).as("held after the call: " + mutex).isEqualTo(end.wakes() == 0);
    }

    // ---- Mutex.Condition

    private static List<Recipe> condition() {
        return List.of(
                valueless("Mutex.Condition.await()", at -> waiting(at, Mutex.Condition::await)).cleansUp(),
                valueless("Mutex.Condition.awaitUntil(BooleanSupplier)", at -> {
                    boolean[] holds = new boolean[1];
                    waiting(at, condition -> condition.awaitUntil(() -> holds[0]), () -> holds[0] = true);
                }).cleansUp(),
                valueless("Mutex.Condition.awaitUntil(BooleanSupplier)", at -> {
                    var mutex = at.share(Mutex.create());
                    var condition = at.share(mutex.newCondition());
                    at.call(() -> mutex.withLock(() -> condition.awaitUntil(() -> true)));
                    at.check(end -> assertThat(mutex.isLocked()).isFalse());
                }).in("that holds"));
    }

    private static void waiting(Situation at, VoidBodyWith<Mutex.Condition, RuntimeException> call) {
        waiting(at, call, () -> {});
    }

    /** The signal comes while the mutex is held, and another waits behind, who must get a signal that the call did not use. */
    private static void waiting(Situation at, VoidBodyWith<Mutex.Condition, RuntimeException> call, Runnable change) {
        var mutex = at.share(Mutex.create());
        var condition = at.share(mutex.newCondition());
        boolean[] heldAtEnd = new boolean[2];
        at.call(() -> mutex.withLock(() -> {
            try {
                call.run(condition);
            } finally {
                heldAtEnd[0] = true;
                heldAtEnd[1] = mutex.isHeldByCurrentTask();
            }
        }));
        Task<Void>[] behind = newArray();
        at.wake(() -> behind[0] = at.helper(() -> mutex.withLock(condition::await)));
        at.wake(() -> {
            mutex.lock();
            change.run();
            condition.signal();
        });
        at.wake(mutex::unlock);
        at.check(end -> {
            assertThat(heldAtEnd[1]).as("the mutex is held however the wait ends").isEqualTo(heldAtEnd[0]);
            if (end.wakes() == 2) {
                mutex.unlock(); // it is cancelled and still wants the mutex back
            }
            Waits.settle();
            assertThat(mutex.isLocked()).isFalse();
            if (end.wakes() == 3) {
                assertThat(behind[0].state() instanceof Awaitable.Pending).as("the signal is used once").isEqualTo(end.returned());
            }
        });
    }

    @SuppressWarnings("unchecked")
    private static Task<Void>[] newArray() {
        return (Task<Void>[]) new Task<?>[1];
    }

    // ---- Event, Latch, Notify

    private static List<Recipe> signals() {
        return List.of(
                carrying("Event.await()", at -> {
                    var event = at.share(Event.create());
                    at.call(event::await);
                    at.wake(event::set);
                    at.check(end -> assertThat(event.isSet() || !end.returned()).isTrue());
                }),
                valueless("Event.await()", at -> {
                    var event = Event.create();
                    event.set();
                    at.call(event::await);
                }).in("which is set"),
                carrying("Latch.await()", at -> {
                    var latch = at.share(Latch.of(1));
                    at.call(latch::await);
                    at.wake(latch::countDown);
                    at.check(end -> assertThat(latch.count() == 0 || !end.returned()).isTrue());
                }),
                carrying("Notify.await()", at -> {
                    var bell = at.share(Notify.create());
                    at.call(bell::await);
                    at.wake(bell::notifyOne);
                    at.check(end -> assertThat(bell.toString()).as("a ring that was not heard is kept")
                            .contains(end.wakes() == 1 && !end.returned() ? "one ring kept" : "no ring kept"));
                }),
                valueless("Notify.await()", at -> {
                    var bell = at.share(Notify.create());
                    bell.notifyOne();
                    at.call(bell::await);
                    at.check(end -> assertThat(bell.toString()).contains(end.returned() ? "no ring kept" : "one ring kept"));
                }).in("with a ring kept"));
    }

    // ---- ReadWriteMutex

    private static List<Recipe> readWrite() {
        return List.of(
                carrying("ReadWriteMutex.Side.lock()", at -> oneSide(at, ReadWriteMutex::readLock, side -> {
                    side.lock();
                    side.unlock();
                })).in("to read"),
                carrying("ReadWriteMutex.Side.lock()", at -> oneSide(at, ReadWriteMutex::writeLock, side -> {
                    side.lock();
                    side.unlock();
                })).in("to write, with a reader behind"),
                carrying("ReadWriteMutex.Side.hold()", at -> oneSide(at, ReadWriteMutex::writeLock, side -> side.hold().close())),
                carrying("ReadWriteMutex.Side.withLock(Body)", at -> oneSide(at, ReadWriteMutex::readLock,
                        side -> side.withLock(() -> "value"))),
                carrying("ReadWriteMutex.Side.withLock(VoidBody)", at -> oneSide(at, ReadWriteMutex::writeLock,
                        side -> side.withLock(() -> {}))),
                valueless("ReadWriteMutex.Side.withLock(VoidBody)", at -> {
                    var lock = at.share(ReadWriteMutex.create());
                    at.call(() -> lock.readLock().withLock(Async::checkpoint));
                    at.check(end -> assertThat(lock).hasToString("ReadWriteMutex[free]"));
                }).in("which is free"));
    }

    /** The driver writes while the call waits, with a reader behind who must get in whatever becomes of the call. */
    private static void oneSide(
            Situation at, Function<ReadWriteMutex, ReadWriteMutex.Side> side, VoidBodyWith<ReadWriteMutex.Side, ?> call) {
        var lock = at.share(ReadWriteMutex.create());
        lock.writeLock().lock();
        at.call(() -> call.run(side.apply(lock)));
        var read = new ArrayList<String>();
        at.wake(() -> at.helper(() -> lock.readLock().withLock(() -> read.add("read"))));
        at.wake(lock::downgrade);
        at.wake(lock.readLock()::unlock);
        at.check(end -> {
            if (lock.statistics().owners().contains(Task.running().ref())) {
                (lock.toString().contains("written") ? lock.writeLock() : lock.readLock()).unlock();
            }
            Waits.settle();
            assertThat(lock).hasToString("ReadWriteMutex[free]");
            assertThat(read).hasSize(Math.min(1, end.wakes()));
        });
    }

    // ---- CapacityLimiter

    private static List<Recipe> limiter() {
        return List.of(
                carrying("CapacityLimiter.acquire()", at -> place(at, limiter -> {
                    limiter.acquire();
                    limiter.release();
                })),
                carrying("CapacityLimiter.acquireFor(Object)", at -> place(at, limiter -> {
                    limiter.acquireFor("borrower");
                    limiter.releaseFor("borrower");
                })),
                carrying("CapacityLimiter.withPlace(Body)", at -> place(at, limiter -> limiter.withPlace(() -> "value"))),
                carrying("CapacityLimiter.withPlace(VoidBody)", at -> place(at, limiter -> limiter.withPlace(() -> {}))),
                valueless("CapacityLimiter.acquire()", at -> {
                    var limiter = at.share(CapacityLimiter.of(1));
                    at.call(limiter::acquire);
                    at.check(end -> assertThat(limiter.borrowed()).isEqualTo(end.returned() ? 1 : 0));
                }).in("with a place free"));
    }

    private static void place(Situation at, VoidBodyWith<CapacityLimiter, ?> call) {
        var limiter = at.share(CapacityLimiter.of(0));
        at.call(() -> call.run(limiter));
        at.wake(() -> limiter.resize(1));
        at.check(end -> {
            limiter.resize(1);
            assertThat(limiter.borrowed()).isZero();
            assertThat(limiter.tryAcquireFor("borrower")).as("the borrower is forgotten").isTrue();
        });
    }

    // ---- Barrier

    private static List<Recipe> barrier() {
        return List.of(carrying("Barrier.await()", at -> {
            var barrier = at.share(Barrier.of(3));
            at.call(barrier::await);
            var brokenOthers = new ArrayList<String>();
            for (int i = 0; i < 2; i++) {
                at.wake(() -> at.helper(() -> {
                    try {
                        barrier.await();
                    } catch (BrokenResourceException e) {
                        brokenOthers.add(e.getMessage());
                    }
                }));
            }
            at.check(end -> {
                Waits.settle();
                assertThat(brokenOthers).hasSize(barrier.isBroken() ? end.wakes() : 0);
                assertThat(barrier.statistics().waiters()).hasSize(end.returned() || barrier.isBroken() ? 0 : end.wakes());
                barrier.abort();
                Waits.settle();
            });
        }));
    }

    // ---- Once, AtomicCell

    private static List<Recipe> values() {
        return List.of(
                valueless("Once.get(Body)", at -> {
                    Once<String> once = at.share(Once.create());
                    Promise<String> promise = at.share(Promise.create());
                    at.call(() -> once.get(promise::await));
                    at.wake(() -> promise.succeed("value"));
                    at.check(end -> {
                        assertThat(once.tryGet().isPresent()).isEqualTo(end.returned());
                        assertThat(once.<RuntimeException>get(() -> "another")).isEqualTo(end.returned() ? "value" : "another");
                    });
                }),
                valueless("Once.get(Body)", at -> {
                    Once<String> once = at.share(Once.create());
                    Promise<String> promise = at.share(Promise.create());
                    at.helper(() -> once.get(promise::await));
                    at.call(() -> once.get(() -> "its own"));
                    at.wake(() -> promise.succeed("value"));
                    at.check(end -> {
                        promise.trySucceed("value");
                        Waits.settle();
                        assertThat(once.tryGet()).isPresent();
                        assertThat(once.statistics().owners()).isEmpty();
                    });
                }).in("while another computes"),
                valueless("Once.get(Body)", at -> {
                    Once<String> once = at.share(Once.create());
                    once.<RuntimeException>get(() -> "value");
                    at.call(() -> once.get(() -> "another"));
                }).in("computed before"),
                carrying("AtomicCell.set(Object)", at -> {
                    var cell = at.share(AtomicCell.of("old"));
                    Promise<String> promise = at.share(Promise.create());
                    at.helper(() -> cell.update(old -> promise.await()));
                    at.call(() -> cell.set("new"));
                    at.wake(() -> promise.succeed("other"));
                    at.check(end -> {
                        Waits.settle();
                        assertThat(cell.get()).isEqualTo(end.returned() ? "new" : end.wakes() == 0 ? "old" : "other");
                    });
                }),
                valueless("AtomicCell.update(BodyWith)", at -> {
                    var cell = at.share(AtomicCell.of("old"));
                    Promise<String> promise = at.share(Promise.create());
                    at.call(() -> cell.update(old -> old + promise.await()));
                    at.wake(() -> promise.succeed(" and new"));
                    at.check(end -> {
                        assertThat(cell.get()).isEqualTo(end.returned() ? "old and new" : "old");
                        cell.set("free");
                    });
                }));
    }

    // ---- ParkingLot

    private static List<Recipe> lot() {
        return List.of(
                carrying("ParkingLot.park()", at -> {
                    var lot = at.share(ParkingLot.create());
                    at.call(lot::park);
                    at.wake(() -> lot.unpark(1));
                    at.check(end -> assertThat(lot.count()).isZero());
                }),
                carrying("ParkingLot.park()", at -> {
                    var lot = at.share(ParkingLot.create());
                    var other = at.share(ParkingLot.create());
                    at.call(lot::park);
                    at.wake(() -> lot.repark(other, 1));
                    at.wake(() -> {
                        lot.unparkAll();
                        other.unparkAll();
                    });
                    at.check(end -> assertThat(lot.count() + other.count()).isZero());
                }).in("moved to another lot"));
    }
}
