package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;

/** D12, E14, S31: misuse is an error at once, whose stack is the offending place and whose cause is the other one. */
class BothPlacesTest {

    private static <X extends Throwable> void run(LoopFixture loops, VoidBody<X> body) throws X {
        try (EventLoop loop = loops.open(loops.options().withDebug(true))) {
            loop.run(body);
        }
    }

    private static void assertNames(Throwable misuse, String offending, String other) {
        assertThat(misuse).isInstanceOf(IllegalStateException.class);
        assertThat(methods(misuse)).as("the offending place").contains(offending);
        assertThat(misuse.getCause()).as("the other place").isNotNull();
        assertThat(methods(misuse.getCause())).as("the other place").contains(other);
    }

    private static Iterable<String> methods(Throwable thrown) {
        return Arrays.stream(thrown.getStackTrace()).map(StackTraceElement::getMethodName).toList();
    }

    private static void leave(TaskGroup group) {
        group.join();
    }

    private static void leaveAgain(TaskGroup group) {
        group.join();
    }

    private static void startLate(TaskGroup group) {
        group.start(() -> {});
    }

    private static TaskGroup open() {
        return TaskGroup.open();
    }

    @BothEngines
    void s31StartingInAGroupThatWasLeftNamesWhereItWasLeft(LoopFixture loops) {
        run(loops, () -> {
            TaskGroup group = open();
            leave(group);
            assertNames(catchThrowable(() -> startLate(group)), "startLate", "leave");
        });
    }

    @BothEngines
    void s31LeavingAGroupTwiceNamesTheFirstTime(LoopFixture loops) {
        run(loops, () -> {
            TaskGroup group = open();
            leave(group);
            assertNames(catchThrowable(() -> leaveAgain(group)), "leaveAgain", "leave");
        });
    }

    @BothEngines
    void s31LeavingAnotherTasksGroupNamesWhereItWasOpened(LoopFixture loops) {
        run(loops, () -> {
            TaskGroup group = open();
            var misuse = new AtomicReference<Throwable>();
            group.start(() -> misuse.set(catchThrowable(() -> leave(group))));
            group.join();
            assertNames(misuse.get(), "leave", "open");
        });
    }

    @BothEngines
    void s31LeavingOutOfOrderNamesWhereTheInnermostWasOpened(LoopFixture loops) {
        run(loops, () -> {
            TaskGroup outer = TaskGroup.open();
            TaskGroup inner = open();
            assertNames(catchThrowable(() -> leave(outer)), "leave", "open");
            inner.close();
            outer.close();
        });
    }

    @BothEngines
    void aTaskThatEndsInsideAGroupItOpenedNamesWhere(LoopFixture loops) {
        run(loops, () -> {
            var ends = new ArrayList<Throwable>();
            Throwable thrown = catchThrowable(() -> TaskGroup.run(group -> group.start(() -> {
                open();
            })));
            ends.addAll(((GroupException) thrown).leaves());
            assertThat(methods(ends.get(0).getCause())).contains("open");
        });
    }

    @BothEngines
    void d12JoiningOneselfOrAParentNamesWhereThatWasStarted(LoopFixture loops) {
        run(loops, () -> TaskGroup.run(group -> {
            var misuses = new ArrayList<Throwable>();
            Task<?> parent = startParent(group, misuses);
            parent.join();
            assertThat(misuses).hasSize(2);
            misuses.forEach(misuse -> assertNames(misuse, "joinIt", "startParent"));
        }));
    }

    private static Task<?> startParent(TaskGroup group, ArrayList<Throwable> misuses) {
        return group.start(() -> {
            Task<?> self = Task.current();
            misuses.add(catchThrowable(() -> joinIt(self)));
            TaskGroup.run(inner -> inner.start(() -> misuses.add(catchThrowable(() -> joinIt(self)))));
        });
    }

    private static void joinIt(Task<?> task) {
        task.join();
    }

    @BothEngines
    void d12ANestedRunNamesWhereTheTaskWasStarted(LoopFixture loops) {
        run(loops, () -> TaskGroup.run(group -> {
            var misuses = new ArrayList<Throwable>();
            startParentOfRun(group, misuses);
            settle();
            assertNames(misuses.get(0), "runNested", "startParentOfRun");
        }));
    }

    private static void startParentOfRun(TaskGroup group, ArrayList<Throwable> misuses) {
        group.start(() -> misuses.add(catchThrowable(BothPlacesTest::runNested)));
    }

    private static void runNested() {
        Async.run(() -> 1);
    }

    @BothEngines
    void withoutDebugModeTheErrorSaysHowToSeeTheOtherPlace(LoopFixture loops) {
        loops.run(() -> {
            TaskGroup group = TaskGroup.open();
            group.join();
            assertThatThrownBy(group::join).hasMessageContaining("in debug mode").hasNoCause();
        });
    }

    @BothEngines
    void theFailureOfABodyThatLeftItsGroupIsNotHidden(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> TaskGroup.run(group -> {
                group.close();
                throw new IOException("own");
            })).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> TaskGroup.run(TaskGroup::close)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("left before");
            checkpoint();
        });
    }
}
