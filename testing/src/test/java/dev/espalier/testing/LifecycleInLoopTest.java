package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.espalier.core.CancelScope;
import dev.espalier.core.Channel;
import dev.espalier.core.ContextVar;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.OnLoop.Lifecycle;
import java.io.IOException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;

/** Lifecycle methods on the loop. The nested static classes are patients, which run only from here. */
class LifecycleInLoopTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private static EngineExecutionResults run(Class<?> patient) {
        return EngineTestKit.engine("junit-jupiter").selectors(selectClass(patient)).execute();
    }

    private static void assertPasses(Class<?> patient, int tests) {
        EngineExecutionResults results = run(patient);
        assertThat(results.allEvents().failed().stream())
                .as("failures")
                .map(event -> event.getRequiredPayload(TestExecutionResult.class).getThrowable())
                .isEmpty();
        results.testEvents().assertStatistics(counts -> counts.started(tests).succeeded(tests));
    }

    private static Throwable failureOf(Class<?> patient) {
        return run(patient)
                .allEvents()
                .failed()
                .stream()
                .findFirst()
                .orElseThrow()
                .getRequiredPayload(TestExecutionResult.class)
                .getThrowable()
                .orElseThrow();
    }

    // ---- what they share

    @Test
    @DisplayName("testing A25, S31: lifecycle methods and test run in one task, one scope and one time")
    void lifecycleMethodsAndTestRunInOneTask() {
        assertPasses(OneTask.class, 4);
    }

    static class WithBefore {
        @Nullable Task<?> task;
        @Nullable CancelScope scope;

        @BeforeEach
        void first() {
            sleep(HOUR);
            task = Task.current();
            scope = CancelScope.current();
        }
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class OneTask extends WithBefore {
        private void assertSame(VirtualClock clock, int hours) {
            assertThat(Task.current()).isSameAs(task);
            assertThat(CancelScope.current()).isSameAs(scope);
            assertThat(clock.elapsed()).isEqualTo(HOUR.multipliedBy(hours));
            sleep(HOUR);
        }

        @BeforeEach
        void second(LoopTester t, VirtualClock clock) {
            assertThat(t.clock()).isSameAs(clock);
            assertSame(clock, 1);
        }

        @LoopTest
        void test(VirtualClock clock) {
            assertSame(clock, 2);
        }

        @RepeatedTest(3)
        void repeated(VirtualClock clock) {
            assertSame(clock, 2);
        }

        @AfterEach
        void last(VirtualClock clock) {
            assertSame(clock, 3);
        }
    }

    @Test
    @DisplayName("testing A25: what a lifecycle method starts in the background or in an open group lives on")
    void whatIsStartedBeforeLivesOn() {
        assertPasses(Open.class, 1);
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Open {
        private @Nullable TaskGroup group;
        private final List<String> order = new ArrayList<>();

        @BeforeEach
        void open(LoopTester t) {
            TaskGroup opened = TaskGroup.open();
            group = opened;
            opened.start(() -> {
                sleep(HOUR);
                order.add("child");
            });
            t.background().start(() -> {
                sleep(HOUR.multipliedBy(2));
                order.add("background");
            });
        }

        @LoopTest
        void test() {
            sleep(HOUR.multipliedBy(3));
            order.add("test");
        }

        @AfterEach
        void close() {
            try (TaskGroup opened = group) {
                assertThat(opened).isNotNull();
                opened.join();
            }
            assertThat(order).containsExactly("child", "background", "test");
        }
    }

    @Test
    @DisplayName("testing A25: between two methods time stands still and no deadlock is declared")
    void betweenTwoMethodsTimeStandsStill() {
        assertPasses(Between.class, 1);
    }

    /** Makes the loop turn between two methods. */
    static final class Turning implements BeforeTestExecutionCallback {
        @Override
        public void beforeTestExecution(ExtensionContext test) throws Exception {
            EventLoop loop = ((Between) test.getRequiredTestInstance()).loop;
            assertThat(loop).isNotNull();
            for (int turn = 0; turn < 10; turn++) {
                var turned = new CountDownLatch(1);
                loop.callSoonThreadsafe(turned::countDown);
                assertThat(turned.await(10, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    @ExtendWith(Turning.class)
    static class Between {
        @Nullable EventLoop loop;

        @BeforeEach
        void before(LoopTester t) {
            loop = EventLoop.current();
            t.background().start(() -> sleep(HOUR));
            t.settle();
        }

        @LoopTest
        void test(VirtualClock clock, LoopTester t) {
            assertThat(clock.elapsed()).isZero();
            assertThat(t.nextDeadline()).contains(HOUR);
        }
    }

    @Test
    @DisplayName("testing S31: what an extension binds is seen: before the annotation context variables, after it all")
    void whatAnExtensionBindsIsSeen() {
        assertPasses(Bound.class, 1);
    }

    private static final ContextVar<String> CONTEXT = ContextVar.named("context");
    private static final ScopedValue<Task<?>> SCOPED = ScopedValue.newInstance();

    static final class Around implements InvocationInterceptor {
        @Override
        public void interceptTestMethod(
                Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
                throws Throwable {
            CONTEXT.<Throwable>with("outer", () -> invocation.proceed());
        }
    }

    static final class Inside implements InvocationInterceptor {
        @Override
        public void interceptTestMethod(
                Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
                throws Throwable {
            ScopedValue.where(SCOPED, Task.current()).call(() -> invocation.proceed());
        }
    }

    @ExtendWith(Around.class)
    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Bound {
        @Test
        @ExtendWith(Inside.class)
        void test() {
            assertThat(CONTEXT.get()).isEqualTo("outer");
            assertThat(SCOPED.get()).isSameAs(Task.current());
        }

        @AfterEach
        void unbound() {
            assertThat(CONTEXT.find()).isEmpty();
            assertThat(SCOPED.isBound()).isFalse();
        }
    }

    // ---- which loop

    @Test
    @DisplayName("testing E5: one object for all methods has a loop for each method all the same")
    void oneObjectHasALoopForEachMethod() {
        assertPasses(OneObject.class, 3);
        assertThat(OneObject.LOOPS).hasSize(3);
    }

    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class OneObject {
        static final Set<EventLoop> LOOPS = new HashSet<>();

        @BeforeEach
        void before(VirtualClock clock) {
            assertThat(clock.elapsed()).isZero();
            LOOPS.add(EventLoop.current());
            sleep(HOUR);
        }

        @LoopTest
        void one() {
            LOOPS.add(EventLoop.current());
        }

        @RepeatedTest(2)
        void two() {
            LOOPS.add(EventLoop.current());
        }
    }

    @Test
    @DisplayName("testing E5: a nested class inherits, and the inner one wins")
    void nestedClassInherits() {
        assertPasses(Outer.class, 3);
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Outer {
        @Nullable Object before = "nothing";

        @BeforeEach
        void before() {
            before = EventLoop.currentIfAny();
        }

        @Nested
        class Inheriting {
            @Test
            void sameLoop() {
                assertThat(before).isSameAs(EventLoop.current());
            }

            @Test
            @OnLoop(lifecycle = Lifecycle.OUTSIDE)
            void methodWins() {
                assertThat(before).isNull();
                assertThat(EventLoop.currentIfAny()).isNotNull();
            }
        }

        @Nested
        @OnLoop(lifecycle = Lifecycle.OUTSIDE)
        class Winning {
            @Test
            void outside() {
                assertThat(before).isNull();
                assertThat(EventLoop.currentIfAny()).isNotNull();
            }
        }
    }

    // ---- constructors

    @Test
    @DisplayName("testing A25: the object of a test is made on its loop, outer ones too")
    void objectOfATestIsMadeOnItsLoop() {
        assertPasses(Fields.class, 2);
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Fields {
        private final Channel<String> words = Channel.open(1);

        @Test
        void own() {
            words.sender().send("here");
        }

        @Nested
        class Inner {
            private final Channel<String> others = Channel.open(1);

            @Test
            void bothAreOfThisLoop() {
                words.sender().send("outer");
                others.sender().send("inner");
            }
        }
    }

    @Test
    @DisplayName("testing E4: a constructor that fails ends its run")
    void constructorThatFailsEndsItsRun() {
        assertThat(failureOf(Unmade.class)).isInstanceOf(IOException.class).hasNoSuppressedExceptions();
        assertThat(Unmade.loop).isNotNull().matches(EventLoop::isClosed);
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Unmade {
        static @Nullable EventLoop loop;

        Unmade() throws IOException {
            loop = EventLoop.current();
            throw new IOException("disk");
        }

        @Test
        void test() {}
    }

    // ---- parameters

    @Test
    @DisplayName("testing E3: a constructor gets the tester of the test it makes an object for")
    void constructorGetsTheTester() {
        assertPasses(Constructed.class, 2);
    }

    @OnLoop
    static class Constructed {
        private final LoopTester tester;

        Constructed(LoopTester tester, VirtualClock clock) {
            this.tester = tester;
            assertThat(tester.clock()).isSameAs(clock);
        }

        @Test
        void one(LoopTester t) {
            assertThat(t).isSameAs(tester);
            tester.settle();
        }

        @Test
        void two(VirtualClock clock) {
            assertThat(clock).isSameAs(tester.clock());
            assertThat(clock.elapsed()).isZero();
            sleep(HOUR);
        }
    }

    @Test
    @DisplayName("testing E3, E5: where no test has begun, a tester is refused with the reason")
    void testerIsRefusedWhereNoTestHasBegun() {
        assertThat(failureOf(TooEarly.class))
                .isInstanceOf(ParameterResolutionException.class)
                .hasMessageContaining("beforeAll")
                .hasMessageContaining("each test method has its own, and here none has begun");
        assertThat(failureOf(ForAll.class))
                .isInstanceOf(ParameterResolutionException.class)
                .hasMessageContaining("have an object for each method");
        assertThat(failureOf(Factory.class))
                .isInstanceOf(ParameterResolutionException.class)
                .hasMessageContaining("make its tests by DynamicLoopTest.of");
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class TooEarly {
        @BeforeAll
        static void beforeAll(LoopTester t) {
            t.settle();
        }

        @Test
        void test() {}
    }

    @OnLoop
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    static class ForAll {
        ForAll(VirtualClock clock) {
            clock.now();
        }

        @Test
        void test() {}
    }

    @OnLoop
    static class Factory {
        @TestFactory
        List<DynamicTest> tests(LoopTester t) {
            t.settle();
            return List.of();
        }
    }

    // ---- what fails

    @Test
    void failureBeforeTheTestComesOutAsItselfAndCleansUpOnTheLoop() {
        BrokenBefore.SEEN.clear();
        assertThat(failureOf(BrokenBefore.class))
                .isInstanceOf(IOException.class)
                .hasMessage("disk")
                .hasNoSuppressedExceptions();
        assertThat(BrokenBefore.SEEN).containsExactly("before", "after");
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class BrokenBefore {
        static final List<String> SEEN = new ArrayList<>();

        @BeforeEach
        void before() throws IOException {
            SEEN.add("before");
            throw new IOException("disk");
        }

        @LoopTest
        void test() {
            SEEN.add("test");
        }

        @AfterEach
        void after() {
            sleep(HOUR);
            SEEN.add("after");
        }
    }

    @Test
    @DisplayName("testing A25: a test that hangs fails at once, and is cleaned up in its task, on its loop")
    void testThatHangsIsCleanedUpOnItsLoop() {
        Hanging.seen = null;
        assertThat(failureOf(Hanging.class))
                .isInstanceOf(DeadlockError.class)
                .hasMessageContaining("Hanging.hangs")
                .hasNoSuppressedExceptions();
        assertThat(Hanging.seen).isEqualTo("the same task, all joined");
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Hanging {
        static @Nullable String seen;
        private @Nullable Task<?> task;
        private @Nullable TaskGroup group;

        @BeforeEach
        void before() {
            task = Task.current();
            group = TaskGroup.open();
        }

        @LoopTest
        void hangs() {
            sleepForever();
        }

        @AfterEach
        void after() {
            try (TaskGroup opened = group) {
                assertThat(opened).isNotNull();
                opened.join();
                seen = (Task.current() == task ? "the same task" : "another task") + ", all joined";
            }
        }
    }

    @Test
    void cleanUpCanAwaitAfterAHang() {
        HangingPlainly.seen = null;
        assertThat(failureOf(HangingPlainly.class)).isInstanceOf(DeadlockError.class).hasNoSuppressedExceptions();
        assertThat(HangingPlainly.seen).isNotNull();
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class HangingPlainly {
        static @Nullable EventLoop seen;

        @LoopTest
        void hangs() {
            sleepForever();
        }

        @AfterEach
        void after() {
            sleep(Duration.ofMillis(10));
            seen = EventLoop.current();
        }
    }

    @Test
    void cleanUpCanAwaitAfterALivelock() {
        Spinning.seen = null;
        assertThat(failureOf(Spinning.class)).isInstanceOf(LivelockError.class).hasNoSuppressedExceptions();
        assertThat(Spinning.seen).isNotNull();
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP, maxStepsPerInstant = 500)
    static class Spinning extends HangingPlainly {
        @Override
        @LoopTest
        void hangs() {
            while (true) {
                sleep(Duration.ZERO);
            }
        }
    }

    @Test
    @DisplayName("testing E6: JUnit may run a test on another thread, and give it up there")
    void timeoutOnAnotherThreadEndsTheRun() {
        Elsewhere.SEEN.clear();
        assertThat(failureOf(Elsewhere.class)).isInstanceOf(TimeoutException.class);
        assertThat(Elsewhere.SEEN).containsExactly("before", "outside");
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Elsewhere {
        static final List<String> SEEN = new ArrayList<>();

        @BeforeEach
        void before() {
            SEEN.add("before");
        }

        @LoopTest
        @Timeout(value = 200, unit = TimeUnit.MILLISECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
        void waits() {
            dev.espalier.core.Async.await(new CompletableFuture<String>());
        }

        @AfterEach
        void after() {
            SEEN.add(EventLoop.currentIfAny() == null ? "outside" : "on the loop");
        }
    }

    @Test
    void cleanUpThatHangsFails() {
        assertThat(failureOf(HangingAfter.class)).isInstanceOf(DeadlockError.class).hasMessageContaining("after");
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class HangingAfter {
        @LoopTest
        void test() {}

        @AfterEach
        void after() {
            Promise.create("the end").await();
        }
    }

    @Test
    void cleanUpThatHangsToo() {
        assertThat(failureOf(HangingTwice.class)).satisfies(failure -> {
            assertThat(failure).isInstanceOf(DeadlockError.class).hasMessageContaining("HangingTwice.hangs");
            assertThat(failure.getSuppressed()).singleElement().asString().contains("DeadlineExceeded");
        });
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class HangingTwice extends HangingAfter {
        @LoopTest
        void hangs() {
            sleepForever();
        }

        @Override
        void test() {}
    }

    @Test
    void failureInACallbackFailsTheTestAndCleansUpOnTheLoop() {
        Calling.seen = null;
        assertThat(failureOf(Calling.class)).isInstanceOf(IllegalStateException.class).hasMessage("called");
        assertThat(Calling.seen).isNotNull();
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Calling {
        static @Nullable EventLoop seen;

        @LoopTest
        void test() {
            EventLoop.current().callSoon(() -> {
                throw new IllegalStateException("called");
            });
            sleepForever();
        }

        @AfterEach
        void after() {
            sleep(Duration.ofMillis(10));
            seen = EventLoop.current();
        }
    }

    @Test
    @DisplayName("testing A25: a background task that fails ends the run, and what cleans up runs outside")
    void backgroundThatFailsEndsTheRun() {
        BrokenBackground.SEEN.clear();
        assertThat(failureOf(BrokenBackground.class)).rootCause().hasMessage("server");
        assertThat(BrokenBackground.SEEN).containsExactly("test", "outside");
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class BrokenBackground {
        static final List<String> SEEN = new ArrayList<>();

        @BeforeEach
        void before(LoopTester t) {
            t.background().start(() -> {
                sleep(HOUR);
                throw new IllegalStateException("server");
            });
        }

        @LoopTest
        void test() {
            SEEN.add("test");
            sleep(HOUR.multipliedBy(2));
            SEEN.add("too late");
        }

        @AfterEach
        void after() {
            SEEN.add(EventLoop.currentIfAny() == null ? "outside" : "on the loop");
        }
    }

    @Test
    void leakIsFoundAfterTheLastMethod() {
        assertThat(failureOf(Leaking.class)).isInstanceOf(LeakedTaskError.class).hasMessageContaining("'lost'");
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Leaking {
        @BeforeEach
        void before() {
            EventLoop.current().submit("lost", () -> sleepForever());
        }

        @LoopTest
        void test() {}

        @AfterEach
        void after(LoopTester t) {
            t.settle();
        }
    }

    @Test
    void assumptionBeforeTheTestAbortsIt() {
        run(Aborted.class).testEvents().assertStatistics(counts -> counts.started(1).aborted(1).failed(0));
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class Aborted {
        @BeforeEach
        void before() {
            Assumptions.assumeTrue(false, "not today");
        }

        @LoopTest
        void test() {}
    }

    @Test
    @DisplayName("testing E6, S36: JUnit's timeout in a lifecycle method ends the run, after a dump")
    void timeoutEndsTheRun() {
        TimedOut.SEEN.clear();
        EngineExecutionResults results = run(TimedOut.class);
        assertThat(results.testEvents().failed().stream()).singleElement().satisfies(event -> {
            Throwable failure = event.getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow();
            assertThat(failure).isInstanceOf(TimeoutException.class);
            assertThat(failure.getSuppressed()).anySatisfy(dump -> assertThat(dump)
                    .isInstanceOf(BlockedLoopError.class)
                    .hasMessageContaining("TimedOut.before"));
        });
        assertThat(TimedOut.SEEN).containsExactly("outside");
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP)
    static class TimedOut {
        static final List<String> SEEN = new ArrayList<>();

        @BeforeEach
        @Timeout(value = 200, unit = TimeUnit.MILLISECONDS)
        void before() {
            dev.espalier.core.Async.await(new CompletableFuture<String>());
        }

        @LoopTest
        void test() {}

        @AfterEach
        void after() {
            SEEN.add(EventLoop.currentIfAny() == null ? "outside" : "on the loop");
        }
    }

    @Test
    @DisplayName("testing S17: the limit of real time holds for all methods of a test together")
    void limitHoldsForAllTogether() {
        assertThat(failureOf(Slow.class))
                .isInstanceOf(BlockedLoopError.class)
                .hasMessageContaining("PT0.2S of real time");
    }

    @OnLoop(lifecycle = Lifecycle.IN_LOOP, realTimeoutMillis = 200)
    static class Slow {
        @LoopTest
        void waits() {
            dev.espalier.core.Async.await(new CompletableFuture<String>());
        }
    }
}
