package dev.espalier.testing;

import static dev.espalier.core.Async.await;
import static dev.espalier.core.Async.offload;
import static dev.espalier.core.Async.offloadAbandoning;
import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.espalier.core.Awaitable;
import dev.espalier.core.CancelledError;
import dev.espalier.core.EventLoop;
import dev.espalier.core.ForeignLoopException;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.Engines.Options;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;

/** What happens in a run, and after it, belongs to that run and to no other. */
class IsolationTest {
    private static final Duration HOUR = Duration.ofHours(1);

    // ---- failures that come late

    @Engines
    @DisplayName("testing A18, S15: a failure that is found when the loop is closed fails its own run, not the next")
    void lateFailureFailsItsOwnRun(LoopOptions.Engine engine) {
        var late = new IllegalStateException("nobody looked");
        assertThat(assertThrows(Throwable.class, () -> LoopTester.run(Options.on(engine), _ -> {
            Promise<String> promise = Promise.create();
            promise.fail(late);
        }))).isSameAs(late);
        LoopTester.run(Options.on(engine), _ -> sleep(HOUR));
    }

    @Engines
    @DisplayName("testing S15: an offloaded body that was abandoned and does not end fails its own run")
    void abandonedBodyThatDoesNotEndFailsItsOwnRun(LoopOptions.Engine engine) {
        LoopTester.Options options = Options.on(engine);
        LoopTester.Options quick = options.withLoop(options.loop().withShutdownTimeout(Duration.ofMillis(50)));
        var never = new CountDownLatch(1);
        try {
            assertThatThrownBy(() -> LoopTester.run(quick, t -> {
                var begun = new CompletableFuture<String>();
                t.background().start(() -> offloadAbandoning(() -> {
                    begun.complete("begun");
                    waitWhateverInterrupts(never);
                }));
                await(begun);
            })).hasStackTraceContaining("waitWhateverInterrupts");
            LoopTester.run(options, _ -> sleep(HOUR));
        } finally {
            never.countDown();
        }
    }

    private static void waitWhateverInterrupts(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Engines
    @DisplayName("testing S15: who calls back after the run is told so, on his own thread")
    void whoCallsBackAfterTheRunIsToldSo(LoopOptions.Engine engine) {
        var kept = new AtomicReference<EventLoop>();
        LoopTester.run(Options.on(engine), _ -> kept.set(EventLoop.current()));
        LoopTester.run(Options.on(engine), _ -> {
            assertThrows(RejectedExecutionException.class, () -> kept.get().callSoonThreadsafe(() -> {}));
            sleep(HOUR);
        });
    }

    @Engines
    @DisplayName("testing A18: the first failure comes out, the others are suppressed in it")
    void firstFailureComesOutAndTheOthersAreSuppressed(LoopOptions.Engine engine) {
        var first = new IllegalStateException("first");
        var second = new IllegalStateException("second");
        var body = new IOException("body, while it was cancelled");
        var error = assertThrows(Exception.class, () -> LoopTester.run(Options.on(engine), _ -> {
            for (RuntimeException failure : new RuntimeException[] {first, second}) {
                EventLoop.current().callSoon(() -> {
                    throw failure;
                });
            }
            try {
                sleepForever();
            } finally {
                fail(body);
            }
        }));
        var all = new ArrayList<Throwable>();
        all.add(error);
        all.addAll(List.of(error.getSuppressed()));
        assertThat(all).contains(first, second, body);
    }

    private static void fail(IOException failure) throws IOException {
        throw failure;
    }

    @Engines
    @DisplayName("testing A22: touching the object of another run names both loops")
    void touchingAnotherRunsObjectNamesBothLoops(LoopOptions.Engine engine) {
        var foreign = new AtomicReference<Promise<String>>();
        var names = new ArrayList<String>();
        LoopTester.run(Options.on(engine), _ -> {
            foreign.set(Promise.create("of another run"));
            names.add(EventLoop.current().name());
        });
        LoopTester.run(Options.on(engine), _ -> {
            names.add(EventLoop.current().name());
            assertThatThrownBy(() -> foreign.get().await())
                    .isInstanceOf(ForeignLoopException.class)
                    .hasMessageContainingAll("of another run", names.get(0), names.get(1), "task 'test'");
        });
        assertThat(names).allSatisfy(name -> assertThat(name).endsWith(" (test of " + IsolationTest.class.getName() + ")"));
    }

    @Test
    @DisplayName("testing A22: touching an object of another test names both tests")
    void touchingAnotherTestsObjectNamesBothTests() {
        String owner = Leaving.class.getName() + ".leaves)";
        String[] touchers = {"touches)", "touchesAgain[1])", "explores)", "sweeps)", "dynamic 'ada')"};
        Leaving.TOLD.clear();
        Patients.assertAllPass(Leaving.class, 7);
        assertThat(Leaving.TOLD).allSatisfy(e -> assertThat(e)
                .isInstanceOf(ForeignLoopException.class)
                .hasMessageContaining(owner));
        for (String toucher : touchers) {
            assertThat(Leaving.TOLD).anySatisfy(
                    e -> assertThat(e).hasMessageContaining("(" + Leaving.class.getName() + "." + toucher));
        }
    }

    @OnLoop
    @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
    static class Leaving {
        static final List<Throwable> TOLD = new ArrayList<>();
        static final AtomicReference<Promise<String>> LEFT = new AtomicReference<>();

        private static void touch() {
            TOLD.add(assertThrows(ForeignLoopException.class, () -> LEFT.get().await()));
        }

        @Test
        @Order(1)
        void leaves() {
            LEFT.set(Promise.create());
        }

        @Test
        @Order(2)
        void touches() {
            touch();
        }

        @RepeatedTest(2)
        @Order(2)
        void touchesAgain() {
            touch();
        }

        @Explore(runs = 1)
        @Order(2)
        void explores() {
            touch();
        }

        @CancelSweep(kinds = Sweep.Kind.CANCEL)
        @Order(2)
        void sweeps(LoopTester t) {
            if (t.swept(() -> sleep(HOUR)) instanceof Awaitable.Cancelled) {
                touch();
            }
        }

        @TestFactory
        @Order(2)
        DynamicTest dynamic() {
            return DynamicLoopTest.of("ada", _ -> touch());
        }
    }

    @Engines
    @DisplayName("testing A19: a run inside a run is refused, runs beside each other are not")
    void nestedRunIsRefusedAndNamesTheLoop(LoopOptions.Engine engine) throws Exception {
        LoopTester.run(Options.on(engine), _ -> {
            String outer = EventLoop.current().name();
            assertThatThrownBy(() -> LoopTester.run(_ -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("in a task of " + outer);
            // On another thread it is a run beside this one.
            offload(() -> LoopTester.run(Options.on(engine), inner -> {
                sleep(HOUR);
                assertThat(inner.clock().elapsed()).isEqualTo(HOUR);
            }));
        });
        CompletableFuture.runAsync(() -> LoopTester.run(Options.on(engine), _ -> sleep(HOUR))).get();
    }

    // ---- the end

    @Engines
    @DisplayName("testing S13: after the body time goes on only for the clean-up of its background")
    void timeGoesOnOnlyForTheCleanUpOfTheBackground(LoopOptions.Engine engine) {
        var tester = new LoopTester(Options.on(engine));
        var order = new ArrayList<String>();
        tester.execute(t -> {
            t.background().start(() -> {
                try {
                    sleepForever();
                } finally {
                    shield(HOUR, () -> sleep(Duration.ofMinutes(1)));
                    order.add("cleaned up");
                }
            });
            t.settle();
            EventLoop.current().callLater(HOUR, () -> order.add("a timer that is left"));
        });
        assertThat(order).containsExactly("cleaned up");
        assertThat(tester.covered()).isEqualTo(Duration.ofMinutes(1));
    }

    @Engines
    @DisplayName("testing S14: the failure of a child comes before that of the background, the body's before both")
    void failuresComeInTheirOrder(LoopOptions.Engine engine) {
        var error = assertThrows(Exception.class, () -> LoopTester.run(Options.on(engine), t -> {
            t.background().start(() -> {
                try {
                    sleepForever();
                } finally {
                    fail(new IOException("background"));
                }
            });
            t.settle();
            TaskGroup.run(group -> group.start(() -> fail(new IOException("child"))));
        }));
        assertThat(error).hasStackTraceContaining("child").hasStackTraceContaining("background");
        String text = stackTraceOf(error);
        assertThat(text.indexOf("child")).isLessThan(text.indexOf("background"));
    }

    private static String stackTraceOf(Throwable error) {
        var text = new StringWriter();
        error.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    @Engines
    @DisplayName("testing S17: the real limit cancels the body and its background, after the dump")
    void realLimitCancelsBodyAndBackground(LoopOptions.Engine engine) {
        var cancelled = new ArrayList<String>();
        var error = assertThrows(BlockedLoopError.class, () -> LoopTester.run(Options.impatient(engine), t -> {
            t.background().start("server", () -> noteCancel("background", cancelled));
            LoopTester.Hold hold = t.holdTime();
            try (hold) {
                noteCancel("body", cancelled);
            }
        }));
        assertThat(cancelled).containsExactlyInAnyOrder("body", "background");
        assertThat(error)
                .hasMessageContaining("of real time")
                .hasMessageContaining("task 'server' (2, child of 1) waits for its cancellation")
                .hasMessageContaining("1 holds of time");
    }

    private static void noteCancel(String who, ArrayList<String> cancelled) {
        try {
            sleepForever();
        } catch (CancelledError e) {
            cancelled.add(who);
            throw e;
        }
    }
}
