package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** In debug mode a failure tells where its task was started, and where that task's parents were. */
class StartedAtTest {

    @BothEngines
    void failureGoesOnWithTheStartsUpTheParents(LoopFixture loops) {
        Throwable failure = failureOfAGrandchild(loops, true);
        assertThat(marks(failure)).containsExactly("task 'leaf'", "task 'branch'", "task 'main'");
        assertThat(printed(failure)).containsPattern(Pattern.compile("StartedAtTest.fail.*"
                + "espalier.startedAt\\(task 'leaf'\\).*StartedAtTest.startLeaf.*"
                + "espalier.startedAt\\(task 'branch'\\).*StartedAtTest.startBranch.*"
                + "espalier.startedAt\\(task 'main'\\).*StartedAtTest.failureOfAGrandchild", Pattern.DOTALL));
    }

    @BothEngines
    void framesOfTheThreadDoNotComeBetween(LoopFixture loops) {
        Throwable failure = failureOfAGrandchild(loops, true);
        assertThat(printed(failure)).doesNotContain("VirtualThread").doesNotContain("Coroutine");
    }

    @BothEngines
    void withoutDebugModeTheStackIsLeftAlone(LoopFixture loops) {
        assertThat(marks(failureOfAGrandchild(loops, false))).isEmpty();
    }

    @BothEngines
    void failureThatLeavesSeveralTasksIsContinuedOnce(LoopFixture loops) {
        var failure = new IOException("disk");
        try (EventLoop loop = loops.open(loops.options().withDebug(true))) {
            catchThrowable(() -> loop.run(() -> TaskGroup.run(outer -> {
                Task<Void> branch = outer.start("branch", () -> unwrapped(failure));
                branch.await(IOException.class);
            })));
        }
        assertThat(marks(failure)).containsExactly("task 'leaf'", "task 'branch'", "task 'main'");
    }

    private static void unwrapped(IOException failure) throws IOException {
        try {
            TaskGroup.run(group -> group.start("leaf", () -> {
                throw failure;
            }));
        } catch (GroupException e) {
            e.rethrowIfOnly(IOException.class);
        }
    }

    @BothEngines
    void cancellationIsNoFailureAndStaysAsItIs(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withDebug(true))) {
            loop.run(() -> TaskGroup.run(group -> {
                Task<StackTraceElement[]> child = group.start(() -> {
                    try {
                        Async.sleepForever();
                    } catch (CancelledError e) {
                        return e.getStackTrace();
                    }
                    return new StackTraceElement[0];
                });
                checkpoint();
                child.cancel("enough");
                assertThat(List.of(child.await())).noneMatch(frame -> frame.getClassName().equals("espalier"));
            }));
        }
    }

    @BothEngines
    void failureOfASubmittedTaskTellsWhereItWasSubmitted(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withDebug(true))) {
            var future = loop.submit("sent", () -> fail());
            while (loop.runOnce(Duration.ZERO)) {}
            assertThat(marks(future.exceptionNow())).containsExactly("task 'sent'");
        }
    }

    @BothEngines
    void failureThatComesOutOfARaceIsContinuedToo(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withDebug(true))) {
            Throwable thrown = catchThrowable(() -> loop.run(() -> Async.race(() -> {
                fail();
                return 1;
            })));
            assertThat(marks(thrown.getCause())).hasSize(2).endsWith("task 'main'");
        }
    }

    private static Throwable failureOfAGrandchild(LoopFixture loops, boolean debug) {
        try (EventLoop loop = loops.open(loops.options().withDebug(debug))) {
            return catchThrowableOfType(GroupException.class, () -> loop.run(StartedAtTest::startBranch)).leaves().get(0);
        }
    }

    private static void startBranch() {
        TaskGroup.run(group -> group.start("branch", StartedAtTest::startLeaf));
    }

    private static void startLeaf() {
        TaskGroup.run(group -> group.start("leaf", () -> fail()));
    }

    private static void fail() throws IOException {
        throw new IOException("disk");
    }

    private static List<String> marks(Throwable failure) {
        return Arrays.stream(failure.getStackTrace())
                .filter(frame -> frame.getClassName().equals("espalier"))
                .map(StackTraceElement::getFileName)
                .toList();
    }

    private static String printed(Throwable failure) {
        var text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
