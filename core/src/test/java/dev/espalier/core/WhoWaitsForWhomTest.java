package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.moveOnAfter;
import static dev.espalier.core.Async.select;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.TaskRef;
import dev.espalier.core.spi.TaskSnapshot;
import dev.espalier.core.spi.TimerSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The snapshots of tasks and timers: who waits for whom, who sleeps until when. */
class WhoWaitsForWhomTest {
    private static final Duration HOUR = Duration.ofHours(1);

    /** The names of those for whom each task waits. */
    private static Map<String, List<String>> blockers() {
        return EventLoop.current().tasks().stream()
                .collect(Collectors.toMap(
                        TaskSnapshot::name,
                        task -> task.blockers().stream().map(TaskRef::name).toList()));
    }

    /** Starts a task for each of some waits, lets them wait, and reads who blocks each of them. */
    private static Map<String, List<String>> blockersOf(Map<String, VoidBody<?>> waits) {
        return TaskGroup.call(group -> {
            waits.forEach(group::start);
            checkpoint();
            checkpoint();
            Map<String, List<String>> found = blockers();
            group.cancel("seen");
            return found;
        });
    }

    @BothEngines
    void aTaskWaitsForTheOwnersOfALock(LoopFixture loops) {
        loops.run(() -> {
            Mutex mutex = Mutex.create();
            ReadWriteMutex lock = ReadWriteMutex.create();
            CapacityLimiter limiter = CapacityLimiter.of(1);
            Once<String> once = Once.create();
            ParkingLot lot = ParkingLot.create();
            lot.ownedBy(Task.current());
            mutex.withLock(() -> lock.readLock().withLock(() -> limiter.withPlace(() -> once.get(() -> {
                assertThat(blockersOf(Map.of(
                                "mutex", mutex::lock,
                                "writer", () -> lock.writeLock().lock(),
                                "place", limiter::acquire,
                                "once", () -> once.get(() -> "second"),
                                "lot", lot::park)))
                        .containsAllEntriesOf(Map.of(
                                "mutex", List.of("main"),
                                "writer", List.of("main"),
                                "place", List.of("main"),
                                "once", List.of("main"),
                                "lot", List.of("main")));
                return "first";
            }))));
        });
    }

    @BothEngines
    void aTaskWaitsForTheTaskWhoseEndItAwaitsAndForTheChildrenOfItsGroup(LoopFixture loops) {
        loops.run(() -> {
            Task<?> main = Task.current();
            Promise<String> promise = Promise.create();
            assertThat(blockersOf(Map.of(
                            "group", () -> TaskGroup.run(inner -> {
                                inner.start("child", Async::sleepForever);
                                inner.startBackground("server", () -> sleepForever());
                            }),
                            "promise", promise::await,
                            "select", () -> select(
                                    Clause.await(promise, value -> value), Clause.after(HOUR, () -> "late")),
                            "sleeper", () -> sleep(HOUR))))
                    .containsEntry("group", List.of("child", "server"))
                    .containsEntry("promise", List.of())
                    .containsEntry("select", List.of())
                    .containsEntry("sleeper", List.of());
            assertThat(main.toString()).contains("it runs");
        });
    }

    @BothEngines
    void aTaskThatWaitsForTheFirstOfSeveralWaitsForEachOfThem(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Task<String> one = group.start("one", () -> idle());
            Task<String> two = group.start("two", () -> idle());
            assertThat(blockersOf(Map.of(
                            "joins", one::join,
                            "select", () -> select(Clause.await(one, value -> value), Clause.await(two, value -> value)),
                            "both", () -> Async.asCompleted(List.of(one, two)).iterator().next())))
                    .containsEntry("joins", List.of("one"))
                    .containsEntry("select", List.of("one", "two"))
                    .containsEntry("both", List.of("one", "two"));
            group.cancel("seen");
        }));
    }

    private static String idle() {
        sleepForever();
        return "never";
    }

    @BothEngines
    void timersSayWhoWaitsForThemAndComeInTheOrderOfFiring(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            EventLoop loop = EventLoop.current();
            long now = loop.now();
            for (int hours = 9; hours > 4; hours--) { // more than fit in front of the heap
                Duration delay = HOUR.multipliedBy(hours);
                group.start("sleeper-" + hours, () -> sleep(delay));
            }
            group.start("limited", () -> moveOnAfter(HOUR, () -> sleepForever()));
            group.start("chooser", () -> select(Clause.after(HOUR.multipliedBy(2), () -> "late")));
            EventLoop.Handle callback = loop.callLater(HOUR.multipliedBy(3), () -> {});
            checkpoint();
            List<TimerSnapshot> timers = loop.timers();
            assertThat(timers).extracting(timer -> timer.task() == null ? "" : timer.task().name()).containsExactly(
                    "limited", "chooser", "", "sleeper-5", "sleeper-6", "sleeper-7", "sleeper-8", "sleeper-9");
            assertThat(timers.getFirst().moment()).isEqualTo(new Deadline(now + HOUR.toNanos()));
            assertThat(timers.getFirst().what()).isEqualTo("deadline of a scope");
            assertThat(timers.get(2).what()).startsWith("callback ");
            assertThat(timers.getLast().what()).isEqualTo("sleep");
            assertThat(timers.getLast().where()).anyMatch(frame -> frame.getMethodName().contains("timersSayWho"));
            callback.cancel();
            group.cancel("seen");
        }));
    }

    @BothEngines
    void timersOfOneMomentComeInTheOrderInWhichTheyWereSet(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            for (int number = 0; number < 7; number++) {
                group.start("sleeper-" + number, () -> sleep(HOUR));
            }
            checkpoint();
            assertThat(EventLoop.current().timers()).extracting(timer -> String.valueOf(timer.task())).isSorted();
            group.cancel("seen");
        }));
    }

    @BothEngines
    void withSpawnTracesASnapshotSaysWhenATaskBegan(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withSpawnTraces(true))) {
            loop.run(() -> {
                sleep(HOUR);
                long now = loop.now();
                TaskGroup.run(group -> {
                    Task<?> fresh = group.start("fresh", () -> sleepForever());
                    assertThat(loop.tasks().getLast().beganAt()).isNull();
                    checkpoint();
                    sleep(HOUR);
                    assertThat(loop.tasks().getLast().beganAt()).isEqualTo(new Deadline(now));
                    assertThat(fresh.beganAt()).contains(new Deadline(now));
                    group.cancel("seen");
                });
            });
        }
        loops.run(() -> assertThat(EventLoop.current().tasks().getFirst().beganAt()).isNull());
    }
}
