package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.timeout;
import static dev.espalier.core.Waits.millis;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A program made up while it runs: tasks that wait, send, receive, take permits, start others, cancel each other and
 * fail, nested at random. What it does is decided by a seed and by the order in which its tasks run. Every wait is
 * bounded, so that it ends.
 */
final class RandomProgram {
    private static final int MOST_TASKS = 60;
    private static final int MOST_STEPS = 700;

    /** A failure on purpose. */
    static final class Boom extends RuntimeException {
        private static final long serialVersionUID = 1;

        Boom() {
            super("on purpose");
        }
    }

    private final SplittableRandom random;
    private final Channel<Integer> channel;
    private final int permits;
    private final AsyncSemaphore semaphore;
    private final Mutex mutex = Mutex.create();
    private final Mutex.Condition changed = mutex.newCondition();
    private final ReadWriteMutex shared = ReadWriteMutex.create();
    private final CapacityLimiter limiter = CapacityLimiter.of(2);
    private final AsyncQueue<Integer> queue;
    private final Watch<Integer> watched = Watch.of(0);
    private final Broadcast<Integer> news = Broadcast.open(2);
    private final Event event = Event.create();
    private final Notify bell = Notify.create();
    private final List<Task<?>> tasks = new ArrayList<>();
    private final List<Promise<Integer>> promises = new ArrayList<>();
    private int steps;
    private int lastValue;
    private int held;
    private int readers;
    private boolean writing;
    private boolean locked; // somebody is inside the mutex
    private int entered;
    private int left;
    private final List<Integer> put = new ArrayList<>();
    private final List<Integer> got = new ArrayList<>();
    final List<Integer> sent = new ArrayList<>();
    final List<Integer> received = new ArrayList<>();

    /** Makes the objects; in a task of the loop. */
    RandomProgram(long seed) {
        random = new SplittableRandom(seed);
        channel = Channel.open(random.nextInt(4));
        permits = 1 + random.nextInt(3);
        semaphore = AsyncSemaphore.of(permits);
        int room = 1 + random.nextInt(2);
        queue = switch (random.nextInt(3)) {
            case 0 -> AsyncQueue.fifo(room);
            case 1 -> AsyncQueue.lifo(room);
            default -> AsyncQueue.priority(room, Comparator.naturalOrder());
        };
    }

    void run() {
        try {
            TaskGroup.run(group -> children(group, 4));
        } catch (GroupException e) {
            assertOnPurpose(e);
        }
    }

    /** At the end: nothing is lost, doubled, leaked or left. */
    void check() {
        for (var rest = channel.receiver().tryReceive(); rest.isPresent(); rest = channel.receiver().tryReceive()) {
            received.add(rest.get());
        }
        assertThat(received).as("values received").doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(sent);
        for (var rest = queue.tryGet(); rest.isPresent(); rest = queue.tryGet()) {
            got.add(rest.get());
        }
        assertThat(got).as("values of the queue").doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(put);
        assertThat(news.subscribers()).as("listeners left").isZero();
        assertThat(watched.statistics().waiters()).as("who watches").isEmpty();
        assertThat(semaphore.available()).as("permits").isEqualTo(permits);
        assertThat(held).as("permits held").isZero();
        assertThat(mutex.isLocked()).as("the mutex is held").isFalse();
        assertThat(locked).as("somebody is inside the mutex").isFalse();
        assertThat(limiter.borrowed()).as("places borrowed").isZero();
        assertThat(List.of(mutex.statistics(), changed.statistics(), event.statistics(), bell.statistics()))
                .as("who waits").allSatisfy(each -> assertThat(each.waiters()).isEmpty());
        assertThat(left).as("bodies left").isEqualTo(entered);
        assertThat(tasks).allSatisfy(task -> assertThat(task.state()).isNotInstanceOf(Awaitable.Pending.class));
    }

    int steps() {
        return steps;
    }

    // ---- what tasks do

    private void children(TaskGroup group, int depth) {
        for (int i = 1 + random.nextInt(3); i > 0 && tasks.size() < MOST_TASKS; i--) {
            VoidBody<RuntimeException> body = () -> act(depth - 1);
            tasks.add(random.nextInt(4) == 0 ? group.startNow(body) : group.start(body));
        }
    }

    private void act(int depth) {
        entered++;
        ScopeNode around = Task.running().innermost();
        try {
            for (int i = 1 + random.nextInt(5); i > 0 && steps < MOST_STEPS; i--) {
                steps++;
                if (depth > 0 && random.nextInt(3) > 0) {
                    nest(depth);
                } else {
                    simple();
                }
                assertThat(Task.running().innermost()).as("the scope after a step").isSameAs(around);
            }
        } finally {
            left++;
        }
    }

    private void simple() {
        switch (random.nextInt(14)) {
            case 0 -> checkpoint();
            case 1 -> sleep(millis(random.nextInt(5)));
            case 2 -> send();
            case 3 -> moveOnAfter(millis(3), () -> received.add(channel.receiver().receive()));
            case 4 -> endAPromise();
            case 5 -> awaitAPromise();
            case 6 -> cancelSomebody();
            case 7 -> select();
            case 8 -> takePermits();
            case 9 -> awaitSomeTasks();
            case 10 -> waitOrRing();
            case 11 -> putOrGet();
            case 12 -> tellOrListen();
            default -> failNowAndThen();
        }
    }

    private void nest(int depth) {
        switch (random.nextInt(15)) {
            case 0, 1 -> group(depth);
            case 2 -> timed(depth);
            case 3 -> moveOnAfter(millis(random.nextInt(6)), () -> act(depth - 1));
            case 4 -> shielded(depth);
            case 5 -> permitted(depth);
            case 6 -> withPolicy(depth);
            case 7 -> retried(depth);
            case 8 -> ready(depth);
            case 9 -> manyAtATime(depth);
            case 10 -> locked(depth);
            case 11 -> readOrWrite();
            case 12 -> limited(depth);
            case 13 -> CancelScope.run(scope -> {
                if (random.nextBoolean()) {
                    scope.cancel("at random");
                }
                act(depth - 1);
            });
            default -> sideBySide(depth);
        }
    }

    private void send() {
        int value = ++lastValue;
        moveOnAfter(millis(3), () -> {
            channel.sender().send(value);
            sent.add(value);
        });
    }

    private void putOrGet() {
        int value = ++lastValue;
        if (random.nextBoolean()) {
            moveOnAfter(millis(3), () -> {
                queue.put(value);
                put.add(value);
            });
        } else {
            moveOnAfter(millis(3), () -> {
                got.add(queue.get());
                checkpoint();
            });
        }
    }

    /** Values only grow, so whoever listens sees them grow, whatever it misses. */
    private void tellOrListen() {
        int value = ++lastValue;
        switch (random.nextInt(4)) {
            case 0 -> watched.set(value);
            case 1 -> news.trySend(value);
            case 2 -> moveOnAfter(millis(3), () ->
                    assertThat(watched.awaitUntil(now -> now > value)).isGreaterThan(value));
            default -> moveOnAfter(millis(3), () -> {
                try (Receiver<Integer> listener = news.subscribe()) {
                    int first = listener.receive();
                    sleep(millis(1));
                    assertThat(listener.receive()).as("the next news").isGreaterThan(first);
                } catch (Broadcast.LaggedException e) {
                    assertThat(e.missed()).as("news missed").isPositive();
                }
            });
        }
    }

    private void endAPromise() {
        Promise<Integer> promise = Promise.create();
        promises.add(promise);
        int which = random.nextInt(promises.size());
        if (random.nextInt(4) == 0) {
            promises.get(which).tryFail(new Boom());
        } else {
            promises.get(which).trySucceed(which);
        }
    }

    private void awaitAPromise() {
        if (!promises.isEmpty()) {
            Promise<Integer> promise = promises.get(random.nextInt(promises.size()));
            try {
                moveOnAfter(millis(4), () -> {
                    promise.await();
                });
            } catch (TaskFailedException e) {
                assertThat(e).hasCauseInstanceOf(Boom.class);
            }
        }
    }

    private void cancelSomebody() {
        if (!tasks.isEmpty() && random.nextInt(3) == 0) {
            tasks.get(random.nextInt(tasks.size())).cancel("at random");
        }
    }

    private void select() {
        int value = ++lastValue;
        Clause<Integer> first = random.nextBoolean()
                ? Clause.send(channel.sender(), value, () -> {
                    sent.add(value);
                    return 0;
                })
                : Clause.acquire(semaphore, () -> {
                    held++;
                    return 1;
                });
        int got = Async.<Integer>select(
                first,
                Clause.receive(channel.receiver(), other -> {
                    received.add(other);
                    return 2;
                }),
                Clause.after(millis(random.nextInt(4)), () -> 3));
        if (got == 1) {
            held--;
            semaphore.release();
        }
    }

    private void takePermits() {
        int count = 1 + random.nextInt(permits);
        moveOnAfter(millis(4), () -> {
            semaphore.acquire(count);
            semaphore.release(count);
        });
    }

    private void failNowAndThen() {
        if (random.nextInt(6) == 0) {
            throw new Boom();
        }
    }

    private void group(int depth) {
        try {
            TaskGroup.run(group -> {
                children(group, depth);
                act(depth - 1);
                if (random.nextInt(4) == 0) {
                    group.cancel("at random");
                }
            });
        } catch (GroupException e) {
            assertOnPurpose(e);
        } catch (Boom e) {
            assertThat(e).hasMessage("on purpose");
        }
    }

    private void timed(int depth) {
        try {
            timeout(millis(random.nextInt(6)), () -> act(depth - 1));
        } catch (DeadlineExceededException e) {
            assertThat(e).hasMessageContaining("timeout");
        }
    }

    private void shielded(int depth) {
        try {
            shield(millis(1 + random.nextInt(4)), () -> act(depth - 1));
        } catch (DeadlineExceededException e) {
            assertThat(e).hasMessageContaining("shield");
        }
    }

    private void permitted(int depth) {
        moveOnAfter(millis(6), () -> semaphore.withPermit(() -> {
            held++;
            assertThat(held).as("permits held at once").isLessThanOrEqualTo(permits);
            try {
                act(depth - 1);
            } finally {
                held--;
            }
        }));
    }

    /** Inside, a wait at a condition lets others in; whoever comes out of it, cancelled or not, is inside alone. */
    private void locked(int depth) {
        if (mutex.isHeldByCurrentTask()) {
            return; // a second lock would wait for the first
        }
        moveOnAfter(millis(5), () -> mutex.withLock(() -> {
            enter();
            try {
                if (random.nextBoolean()) {
                    checkpoint();
                    changed.signal();
                } else {
                    locked = false;
                    try {
                        changed.await();
                    } finally {
                        enter();
                    }
                }
                act(depth - 1);
            } finally {
                locked = false;
            }
        }));
    }

    /** The inner steps take no lock of this kind: a task that reads cannot write. */
    private void readOrWrite() {
        if (random.nextInt(3) == 0) {
            moveOnAfter(millis(4), () -> shared.writeLock().withLock(() -> {
                assertThat(readers).as("readers beside a writer").isZero();
                assertThat(writing).as("two writers").isFalse();
                writing = true;
                try {
                    simple();
                } finally {
                    writing = false;
                }
            }));
        } else {
            moveOnAfter(millis(4), () -> shared.readLock().withLock(() -> {
                assertThat(writing).as("a writer beside a reader").isFalse();
                readers++;
                try {
                    simple();
                } finally {
                    readers--;
                }
            }));
        }
    }

    private void limited(int depth) {
        if (limiter.statistics().owners().stream().noneMatch(owner -> owner.id() == Task.current().id())) {
            moveOnAfter(millis(4), () -> limiter.withPlace(() -> {
                assertThat(limiter.borrowed()).as("places borrowed").isBetween(1, 2);
                act(depth - 1);
            }));
        }
    }

    private void enter() {
        assertThat(locked).as("somebody else is inside the mutex").isFalse();
        locked = true;
    }

    private void waitOrRing() {
        switch (random.nextInt(6)) {
            case 0 -> moveOnAfter(millis(2), event::await);
            case 1 -> event.set();
            case 2 -> bell.notifyOne();
            case 3 -> bell.notifyWaiters();
            case 4 -> moveOnAfter(millis(2), bell::await);
            default -> moveOnAfter(millis(2), () -> {
                Async.<Integer>select(Clause.await(event, () -> 1), Clause.await(bell, () -> 2));
            });
        }
    }

    private void sideBySide(int depth) {
        try {
            int how = random.nextInt(4);
            if (how == 0) {
                Async.hedge(millis(2), () -> act(depth - 1));
            } else if (how == 1) {
                Async.race(() -> acted(depth - 1), () -> acted(depth - 1));
            } else if (how == 2) {
                Async.gather(() -> act(depth - 1), () -> act(depth - 1));
            } else {
                Async.firstSuccess(() -> acted(depth - 1), () -> acted(depth - 1));
            }
        } catch (GroupException e) {
            assertOnPurpose(e);
        } catch (TaskCancelledException e) {
            assertThat(e).hasMessageContaining("cancelled");
        } catch (TaskFailedException e) {
            assertOnPurpose(e.getCause());
        }
    }

    private void withPolicy(int depth) {
        GroupPolicy policy = switch (random.nextInt(4)) {
            case 0 -> GroupPolicy.any();
            case 1 -> GroupPolicy.supervisor();
            case 2 -> GroupPolicy.collectAll().withDeadline(millis(4));
            default -> GroupPolicy.quorum(2);
        };
        try {
            TaskGroup.run(policy, group -> {
                children(group, depth);
                group.startBackground(() -> act(depth - 1));
                act(depth - 1);
            });
        } catch (GroupException | Boom e) {
            assertOnPurpose(e);
        } catch (TaskCancelledException | IllegalStateException e) {
            assertThat(e).hasMessageContaining("did not get what it needs");
        }
    }

    private void retried(int depth) {
        RetryPolicy policy = RetryPolicy.upTo(2).withBackoff(attempt -> millis(1));
        Async.retry(policy, () -> act(depth - 1));
    }

    private void ready(int depth) {
        try {
            TaskGroup.run(group -> {
                int said = group.<Integer>startReady(ready -> {
                    act(depth - 1);
                    ready.succeed(depth);
                    act(depth - 1);
                });
                assertThat(said).isEqualTo(depth);
            });
        } catch (GroupException | Boom e) {
            assertOnPurpose(e);
        } catch (TaskFailedException e) {
            assertOnPurpose(e.getCause());
        } catch (TaskCancelledException e) {
            assertThat(e).hasMessageContaining("before it was ready");
        }
    }

    private void manyAtATime(int depth) {
        try {
            List<Integer> doubled = Async.parallelMap(2, List.of(1, 2, 3), item -> {
                act(depth - 1);
                return 2 * item;
            });
            assertThat(doubled).containsExactly(2, 4, 6);
        } catch (GroupException e) {
            assertOnPurpose(e);
        }
    }

    private void awaitSomeTasks() {
        if (tasks.size() > 3) {
            int from = random.nextInt(tasks.size() - 2);
            moveOnAfter(millis(4), () -> {
                List<Task<?>> some = tasks.subList(from, from + 2).stream().filter(task -> !isAround(task)).toList();
                if (!some.isEmpty()) {
                    assertThat(Async.awaitAny(some).done()).isNotEmpty();
                }
            });
        }
    }

    /** Nobody may wait for a task that waits for him. */
    private static boolean isAround(Task<?> task) {
        for (ScopeNode node = Task.running(); node != null; node = node.parent) {
            if (node == task) {
                return true;
            }
        }
        return false;
    }

    private int acted(int depth) {
        act(depth);
        return depth;
    }

    static void assertOnPurpose(Throwable thrown) {
        List<Throwable> failures = thrown instanceof GroupException group ? group.leaves() : List.of(thrown);
        for (Throwable failure : failures) {
            if (!(failure instanceof Boom)) {
                throw new AssertionError("a failure that nobody planned: " + failure, failure);
            }
        }
    }
}
