package dev.espalier.core;

import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** The tree of tasks and scopes, for any thread. */
class DumpTest {

    @BothEngines
    void dumpShowsTheTreeWithWhatEachWaitsFor(LoopFixture loops) {
        loops.run(() -> Async.timeout(seconds(9), () -> TaskGroup.run(group -> {
            group.start("reader", () -> TaskGroup.run(inner -> inner.start("parser", () -> sleepForever())));
            settle();
            String dump = EventLoop.current().dump();
            assertThat(dump.lines().map(String::stripTrailing).filter(line -> line.matches(" *(Task|Cancel).*")))
                    .satisfiesExactly(
                            line -> assertThat(line).startsWith("  Task[main, waits for nothing: it runs]"),
                            line -> assertThat(line).startsWith("    CancelScope[of task 'main', open, deadline in 9 s]"),
                            line -> assertThat(line).startsWith("      TaskGroup[of task 'main'"),
                            line -> assertThat(line).startsWith("        Task[reader, waits for "),
                            line -> assertThat(line).startsWith("          TaskGroup[of task 'reader'"),
                            line -> assertThat(line).startsWith("            Task[parser, waits for its cancellation"));
            group.cancel("done");
        })));
    }

    @BothEngines
    void inDebugModeItShowsWhereTasksWereStartedAndAlwaysWhereTheyAre(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withDebug(true))) {
            loop.run(() -> TaskGroup.run(group -> {
                group.start("reader", DumpTest::waitInHere);
                settle();
                assertThat(loop.dump()).containsPattern("at dev.espalier.core.DumpTest.waitInHere")
                        .containsPattern("started at dev.espalier.core.DumpTest");
                group.cancel("done");
            }));
        }
    }

    private static void waitInHere() {
        sleepForever();
    }

    @BothEngines
    void anyThreadGetsTheAnswerOfTheLoopItself(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.realTime())) {
            var dump = loop.run(() -> TaskGroup.call(group -> {
                group.start("reader", () -> sleepForever());
                String seen = Async.await(CompletableFuture.supplyAsync(loop::dump));
                group.cancel("done");
                return seen;
            }));
            assertThat(dump).contains("Task[reader, waits for its cancellation").doesNotContain("seen from outside");
        }
    }

    @BothEngines
    void loopThatIsHeldIsSeenFromOutside(LoopFixture loops) throws InterruptedException {
        var held = new CountDownLatch(1);
        var free = new CountDownLatch(1);
        var dump = new AtomicReference<>("");
        Thread outside = Thread.ofPlatform().start(() -> {
            try {
                held.await();
                dump.set(EventLoop.dumpAll());
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            } finally {
                free.countDown();
            }
        });
        try (EventLoop loop = loops.open(loops.realTime())) {
            loop.run(() -> TaskGroup.run(group -> {
                group.start("reader", () -> sleepForever());
                settle();
                held.countDown();
                assertThat(free.await(20, TimeUnit.SECONDS)).isTrue();
                group.cancel("done");
            }));
        }
        outside.join();
        assertThat(dump.get()).contains("seen from outside").contains("outside the library").contains("Task[reader, waits for ");
    }

    @BothEngines
    void loopThatNobodyDrivesIsShownToo(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            loop.submit("waits", () -> sleepForever());
            loop.runOnce(Duration.ZERO);
            loop.runOnce(Duration.ZERO);
            assertThat(loop.dump()).contains("not driven").contains("Task[waits, waits for its cancellation");
        }
    }

    /** The tree changes in every step; the thread that looks must never fail and never hang. */
    @BothEngines
    void dumpsOfATreeThatChangesAllTheTimeEnd(LoopFixture loops) throws InterruptedException {
        var over = new AtomicBoolean();
        var failure = new AtomicReference<Throwable>();
        try (EventLoop loop = loops.open(loops.realTime())) {
            Thread outside = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < 200; i++) {
                        assertThat(loop.dump()).contains(loop.name());
                        loop.tasks();
                    }
                } catch (Throwable e) {
                    failure.set(e);
                } finally {
                    over.set(true);
                }
            });
            loop.run(() -> {
                while (!over.get()) {
                    TaskGroup.run(DumpTest::growAndShrink);
                }
            });
            outside.join();
        }
        assertThat(failure.get()).isNull();
    }

    private static void growAndShrink(TaskGroup group) {
        for (int i = 0; i < 20; i++) {
            int turns = ThreadLocalRandom.current().nextInt(4);
            group.start(() -> {
                for (int k = 0; k < turns; k++) {
                    Async.checkpoint();
                }
            });
        }
    }
}
