package dev.espalier.core;

import static dev.espalier.core.InterleavingPropertyTest.explore;
import static dev.espalier.core.InterleavingPropertyTest.pauses;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.LockStatistics;
import dev.espalier.core.spi.TaskRef;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import java.util.function.Supplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Locks and the like against plain lists. One driver makes tasks come, lets them go and cancels them at random, several changes in one
 * tick; whenever all is quiet, who holds and who waits, and in which order, is what the list says.
 */
class SyncPropertyTest {
    private static final int TRIES = 150;
    private static final int STEPS = 40;

    // ---- what is taken and given back

    /** A task that takes something, keeps it until told, and gives it back. */
    private static final class Client {
        private final int amount;
        private final Event end = Event.create();
        private Task<Void> task;
        private boolean holds;

        private Client(int amount) {
            this.amount = amount;
        }

        private void run(VoidBody<RuntimeException> take, VoidBody<RuntimeException> giveBack) {
            take.run();
            holds = true;
            try {
                end.await();
            } finally {
                holds = false;
                giveBack.run();
            }
        }

        private TaskRef ref() {
            return task.ref();
        }
    }

    /** First come, first served, as long as it fits. */
    private static final class Line {
        private final BiPredicate<List<Client>, Client> fits;
        private final List<Client> holding = new ArrayList<>();
        private final Deque<Client> waiting = new ArrayDeque<>();

        private Line(BiPredicate<List<Client>, Client> fits) {
            this.fits = fits;
        }

        private void come(Client client) {
            waiting.add(client);
            grant();
        }

        private void go(Client client) {
            holding.remove(client);
            waiting.remove(client);
            grant();
        }

        private void grant() {
            while (!waiting.isEmpty() && fits.test(holding, waiting.getFirst())) {
                holding.add(waiting.removeFirst());
            }
        }

        private Client any(SplittableRandom random) {
            var all = new ArrayList<>(holding);
            all.addAll(waiting);
            return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
        }
    }

    private record Use(VoidBodyWith<Client, RuntimeException> take, VoidBodyWith<Client, RuntimeException> giveBack,
            Supplier<LockStatistics> statistics) {}

    private static void compare(SplittableRandom random, int mostAmount, Line model, Use use, Runnable change) {
        TaskGroup.run(group -> {
            for (int i = 0; i < STEPS; i++) {
                Client some = model.any(random);
                int command = random.nextInt(10);
                if (command < 4 || some == null) {
                    var client = new Client(1 + random.nextInt(mostAmount));
                    client.task = group.start(
                            () -> client.run(() -> use.take.run(client), () -> use.giveBack.run(client)));
                    model.come(client);
                } else if (command < 6) {
                    some.task.cancel("at random");
                    model.go(some);
                } else if (command < 9 && model.holding.contains(some)) {
                    some.end.set();
                    model.go(some);
                } else {
                    settle(); // who was started must have come before
                    change.run();
                    model.grant();
                }
                if (random.nextInt(3) > 0) {
                    settle();
                    assertAgrees(model, use);
                }
            }
            settle();
            assertAgrees(model, use);
            group.cancel("the end");
        });
        assertThat(use.statistics.get()).isEqualTo(new LockStatistics(List.of(), List.of()));
    }

    private static void assertAgrees(Line model, Use use) {
        assertThat(model.holding).as("who holds").allMatch(client -> client.holds);
        assertThat(use.statistics.get().waiters()).as("who waits, in order")
                .isEqualTo(model.waiting.stream().map(Client::ref).toList());
        List<TaskRef> owners = use.statistics.get().owners();
        if (!owners.isEmpty()) {
            assertThat(owners).as("who owns").containsExactlyInAnyOrderElementsOf(
                    model.holding.stream().map(Client::ref).toList());
        }
    }

    private static void inOrder(boolean handoff, VoidBody<RuntimeException> body) {
        new LoopFixture(handoff ? LoopOptions.Engine.HANDOFF : LoopOptions.Engine.CARRIER).run(body);
    }

    @Property(tries = TRIES)
    void aMutexAgreesWithALineForOne(@ForAll long seed, @ForAll boolean handoff) {
        inOrder(handoff, () -> {
            var mutex = Mutex.create();
            compare(new SplittableRandom(seed), 1, new Line((holding, _) -> holding.isEmpty()),
                    new Use(_ -> mutex.lock(), _ -> mutex.unlock(), mutex::statistics), () -> {});
            assertThat(mutex.isLocked()).isFalse();
        });
    }

    @Property(tries = TRIES)
    void aSemaphoreAgreesWithALineForManyPermits(
            @ForAll long seed, @ForAll boolean handoff, @ForAll @IntRange(min = 1, max = 5) int permits) {
        inOrder(handoff, () -> {
            var semaphore = AsyncSemaphore.of(permits, permits);
            compare(new SplittableRandom(seed), permits,
                    new Line((holding, next) -> holding.stream().mapToInt(c -> c.amount).sum() + next.amount <= permits),
                    new Use(c -> semaphore.acquire(c.amount), c -> semaphore.release(c.amount), semaphore::statistics), () -> {});
            assertThat(semaphore.available()).isEqualTo(permits);
        });
    }

    @Property(tries = TRIES)
    void aReadWriteMutexAgreesWithALineOfReadersAndWriters(@ForAll long seed, @ForAll boolean handoff) {
        inOrder(handoff, () -> {
            var lock = ReadWriteMutex.create();
            int write = 3; // of the amounts 1 to 3
            var model = new Line((holding, next) -> next.amount == write
                    ? holding.isEmpty()
                    : holding.stream().noneMatch(c -> c.amount == write));
            compare(new SplittableRandom(seed), write, model, new Use(
                    c -> (c.amount == write ? lock.writeLock() : lock.readLock()).lock(),
                    c -> (c.amount == write ? lock.writeLock() : lock.readLock()).unlock(),
                    lock::statistics), () -> {});
        });
    }

    @Property(tries = TRIES)
    void aLimiterAgreesWithALineOfChangingLength(@ForAll long seed, @ForAll boolean handoff) {
        inOrder(handoff, () -> {
            var random = new SplittableRandom(seed);
            var limiter = CapacityLimiter.of(2);
            compare(random, 1, new Line((holding, _) -> holding.size() < limiter.total()),
                    new Use(_ -> limiter.acquire(), _ -> limiter.release(), limiter::statistics),
                    () -> limiter.resize(random.nextInt(5)));
            assertThat(limiter.borrowed()).isZero();
        });
    }

    // ---- what one waits for

    /** Tasks that wait, and how the wait of each ended. */
    private static final class Waiting {
        private final TaskGroup group;
        private final List<Task<?>> tasks = new ArrayList<>();
        private final List<String> ends = new ArrayList<>(); // by number; null: it waits
        private final List<String> model = new ArrayList<>();
        private final List<Integer> queue = new ArrayList<>(); // the model's

        private Waiting(TaskGroup group) {
            this.group = group;
        }

        private int come(Body<String, RuntimeException> wait) {
            int number = tasks.size();
            ends.add(null);
            model.add(null);
            tasks.add(group.start(() -> {
                try {
                    ends.set(number, wait.run());
                } catch (BrokenResourceException e) {
                    ends.set(number, "broken");
                } catch (CancelledError e) {
                    ends.set(number, "cancelled");
                    throw e;
                }
            }));
            settle();
            return number;
        }

        private void end(int number, String how) {
            queue.remove((Integer) number);
            model.set(number, how);
        }

        private void endFirst(int count, String how) {
            for (int i = 0; i < count && !queue.isEmpty(); i++) {
                end(queue.getFirst(), how);
            }
        }

        /** Cancels one that waits, or one that was woken and has not run. */
        private int cancelOne(SplittableRandom random) {
            int number = tasks.isEmpty() ? -1 : random.nextInt(tasks.size());
            if (number >= 0) {
                tasks.get(number).cancel("at random");
                if (model.get(number) == null) {
                    end(number, "cancelled");
                    return number;
                }
            }
            return -1;
        }

        private void sometimesCompare(SplittableRandom random) {
            if (random.nextBoolean()) {
                settle();
                assertThat(ends).isEqualTo(model);
            }
        }

        private void end() {
            settle();
            assertThat(ends).isEqualTo(model);
            group.cancel("the end");
        }
    }

    @Property(tries = TRIES)
    void aBellAgreesWithAListAndOneKeptRing(@ForAll long seed, @ForAll boolean handoff) {
        var random = new SplittableRandom(seed);
        inOrder(handoff, () -> TaskGroup.run(group -> {
            var bell = Notify.create();
            var at = new Waiting(group);
            boolean kept = false;
            for (int i = 0; i < STEPS; i++) {
                switch (random.nextInt(5)) {
                    case 0, 1 -> {
                        int number = at.come(() -> {
                            bell.await();
                            return "rung";
                        });
                        at.queue.add(number);
                        if (kept) {
                            at.end(number, "rung");
                            kept = false;
                        }
                    }
                    case 2 -> at.cancelOne(random);
                    case 3 -> {
                        bell.notifyOne();
                        kept |= at.queue.isEmpty();
                        at.endFirst(1, "rung");
                    }
                    default -> {
                        bell.notifyWaiters();
                        at.endFirst(Integer.MAX_VALUE, "rung");
                    }
                }
                at.sometimesCompare(random);
            }
            at.end();
        }));
    }

    @Property(tries = TRIES)
    void aBarrierAgreesWithAListThatBreaks(
            @ForAll long seed, @ForAll boolean handoff, @ForAll @IntRange(min = 1, max = 4) int parties) {
        var random = new SplittableRandom(seed);
        inOrder(handoff, () -> TaskGroup.run(group -> {
            var barrier = Barrier.of(parties);
            var at = new Waiting(group);
            boolean broken = false;
            for (int i = 0; i < STEPS; i++) {
                switch (random.nextInt(8)) {
                    case 0, 1, 2, 3, 4 -> {
                        int number = at.come(() -> "index " + barrier.await());
                        at.queue.add(number);
                        if (broken) {
                            at.end(number, "broken");
                        } else if (at.queue.size() == parties) {
                            for (int index = 0; index < parties; index++) {
                                at.end(at.queue.getFirst(), "index " + index);
                            }
                        }
                    }
                    case 5, 6 -> {
                        if (at.cancelOne(random) >= 0) {
                            broken = true;
                            settle(); // the others hear of it from the task that was cancelled
                            at.endFirst(parties, "broken");
                        }
                    }
                    default -> {
                        barrier.reset();
                        broken = false;
                        at.endFirst(parties, "broken");
                    }
                }
                at.sometimesCompare(random);
            }
            at.end();
        }));
    }

    @Property(tries = TRIES)
    void parkingLotsAgreeWithLists(@ForAll long seed, @ForAll boolean handoff) {
        var random = new SplittableRandom(seed);
        inOrder(handoff, () -> TaskGroup.run(group -> {
            var lots = List.of(ParkingLot.create(), ParkingLot.create());
            var at = new Waiting(group);
            List<List<Integer>> parked = List.of(new ArrayList<>(), new ArrayList<>());
            for (int i = 0; i < STEPS; i++) {
                int which = random.nextInt(2);
                int count = random.nextInt(3);
                switch (random.nextInt(5)) {
                    case 0, 1 -> parked.get(which).add(at.come(() -> {
                        lots.get(which).park();
                        return "unparked";
                    }));
                    case 2 -> {
                        Integer cancelled = at.cancelOne(random);
                        parked.forEach(list -> list.remove(cancelled));
                    }
                    case 3 -> {
                        assertThat(lots.get(which).unpark(count)).hasSize(Math.min(count, parked.get(which).size()));
                        for (int n = 0; n < count && !parked.get(which).isEmpty(); n++) {
                            at.end(parked.get(which).removeFirst(), "unparked");
                        }
                    }
                    default -> {
                        lots.get(which).repark(lots.get(1 - which), count);
                        for (int n = 0; n < count && !parked.get(which).isEmpty(); n++) {
                            parked.get(1 - which).add(parked.get(which).removeFirst());
                        }
                    }
                }
                at.sometimesCompare(random);
            }
            at.end();
        }));
    }

    @Property(tries = TRIES)
    void aOnceComputesOneValueWhoeverIsCancelledOrFails(@ForAll long seed, @ForAll boolean handoff) {
        explore(seed, handoff, random -> {
            Once<Integer> once = Once.create();
            var computing = new AtomicInteger();
            var computed = new AtomicInteger();
            var got = new ArrayList<Integer>();
            Body<Integer, IOException> computation = () -> {
                assertThat(computing.incrementAndGet()).isEqualTo(1);
                try {
                    pauses(random);
                    if (random.nextInt(4) == 0) {
                        throw new IOException("a failure on purpose");
                    }
                    return computed.incrementAndGet();
                } finally {
                    computing.decrementAndGet();
                }
            };
            TaskGroup.run(group -> {
                var victims = new ArrayList<Task<?>>();
                for (int i = 0; i < 8; i++) {
                    victims.add(group.start(() -> {
                        try {
                            got.add(once.get(computation));
                        } catch (IOException e) {
                            assertThat(e).hasMessage("a failure on purpose");
                        }
                    }));
                    pauses(random);
                }
                for (int i = 0; i < 3; i++) {
                    pauses(random);
                    victims.get(random.nextInt(victims.size())).cancel("at a random moment");
                }
            });
            assertThat(computed.get()).isLessThanOrEqualTo(1);
            assertThat(got).allMatch(value -> value == 1);
            assertThat(once.tryGet().isPresent()).isEqualTo(computed.get() == 1);
        });
    }

    @Property(tries = TRIES)
    void aCellCountsEveryUpdateThatReturned(@ForAll long seed, @ForAll boolean handoff) {
        explore(seed, handoff, random -> {
            var cell = AtomicCell.of(0);
            var returned = new AtomicInteger();
            TaskGroup.run(group -> {
                var victims = new ArrayList<Task<?>>();
                for (int i = 0; i < 8; i++) {
                    victims.add(group.start(() -> {
                        for (int n = 0; n < 3; n++) {
                            cell.update(value -> {
                                pauses(random);
                                return value + 1;
                            });
                            returned.incrementAndGet();
                        }
                    }));
                }
                for (int i = 0; i < 4; i++) {
                    pauses(random);
                    victims.get(random.nextInt(victims.size())).cancel("at a random moment");
                }
            });
            assertThat(cell.get()).isEqualTo(returned.get());
        });
    }

    @Property(tries = TRIES)
    void s36AConditionLosesNoSignalThoughWaitersAreCancelled(@ForAll long seed, @ForAll boolean handoff) {
        explore(seed, handoff, random -> {
            var mutex = Mutex.create();
            var notEmpty = mutex.newCondition();
            var items = new ArrayDeque<Integer>();
            var taken = new AtomicInteger();
            TaskGroup.run(group -> {
                var takers = new ArrayList<Task<?>>();
                for (int i = 0; i < 8; i++) {
                    takers.add(group.start(() -> mutex.withLock(() -> {
                        notEmpty.awaitUntil(() -> !items.isEmpty());
                        items.remove();
                        taken.incrementAndGet();
                    })));
                }
                for (int i = 0; i < 4; i++) {
                    pauses(random);
                    takers.get(random.nextInt(4)).cancel("at a random moment"); // at least four of them go on
                    pauses(random);
                    mutex.withLock(() -> {
                        items.add(1);
                        notEmpty.signal();
                        pauses(random);
                    });
                }
                Waits.until(() -> taken.get() == 4); // hangs here if a signal is lost
                group.cancel("the end");
            });
            assertThat(items).isEmpty();
            assertThat(mutex.isLocked()).isFalse();
        });
    }
}
