package dev.espalier.core;

import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Ctrl-C, SIGTERM and System.exit do to a run, each in a JVM of its own. */
class EndOfTheJvmTest {

    private static ChildJvm start(String engine, String program) {
        var options = new ArrayList<>(ChildJvm.OPEN_DOOR);
        options.add("-Despalier.engine=" + engine);
        return ChildJvm.start(options, Programs.class, program);
    }

    // ---- System.exit, on every system

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void anExitByAnotherThreadCancelsTheRunAndWaitsForItsCleanUp(String engine) {
        try (ChildJvm child = start(engine, "exitElsewhere")) {
            assertThat(child.rest()).contains("cleaned up by SIGNAL").doesNotContain("Exception", "Error");
            assertThat(child.exitStatus()).isEqualTo(4);
        }
    }

    /** The bound of the hook is an hour there: a hook that waited would be seen. */
    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void anExitByATaskDoesNotWaitForTheLoopThatItHolds(String engine) {
        try (ChildJvm child = start(engine, "exitInTask")) {
            assertThat(child.exitStatus()).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void anExitByAnOffloadedBodyDoesNotWaitForTheTaskThatWaitsForIt(String engine) {
        try (ChildJvm child = start(engine, "exitInOffload")) {
            assertThat(child.exitStatus()).isEqualTo(6);
        }
    }

    @Test
    void theUsualAnswersToCtrlC() {
        assertThat(List.of(1, 2, 3, 4)).extracting(LoopOptions.OnCtrlC::usual).containsExactly(
                LoopOptions.OnCtrlC.CANCEL, LoopOptions.OnCtrlC.EXIT, LoopOptions.OnCtrlC.HALT, LoopOptions.OnCtrlC.HALT);
    }

    // ---- signals, on POSIX

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    @DisabledOnOs(OS.WINDOWS)
    void sigtermCancelsTheRunWhichCleansUpAndTheStatusIsThatOfTheSignal(String engine) {
        try (ChildJvm child = start(engine, "wait")) {
            child.line("ready");
            child.signal("TERM");
            assertThat(child.rest()).contains("cleaned up by SIGNAL").doesNotContain("Exception", "Error");
            assertThat(child.exitStatus()).isEqualTo(128 + 15);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    @DisabledOnOs(OS.WINDOWS)
    void sigtermWaitsNoLongerThanTheShutdownTimeoutAndSaysWhoIsAlive(String engine) {
        try (ChildJvm child = start(engine, "refuseShortly")) {
            child.line("ready");
            child.signal("TERM");
            assertThat(child.rest()).contains("refuses").contains("1 task(s) alive")
                    .contains("'main' waits for its cancellation").contains("at dev.espalier.core.EndOfTheJvmTest$Programs.refuse");
            assertThat(child.exitStatus()).isEqualTo(128 + 15);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    @DisabledOnOs(OS.WINDOWS)
    void sigtermEndsALoopThatRunsForEverWithItsTasks(String engine) {
        try (ChildJvm child = start(engine, "forever")) {
            child.line("ready");
            child.signal("TERM");
            assertThat(child.rest()).contains("cleaned up by SHUTDOWN").doesNotContain("Exception", "Error");
            assertThat(child.exitStatus()).isEqualTo(128 + 15);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    @DisabledOnOs(OS.WINDOWS)
    void s52TheSecondCtrlCSaysWhatIsStillAlive(String engine) {
        try (ChildJvm child = start(engine, "refuse")) {
            child.line("ready");
            child.interrupt();
            child.line("refuses");
            child.interrupt();
            assertThat(child.rest()).contains("Ctrl-C was pressed 2 times").contains("1 task(s) alive")
                    .contains("'main' waits for its cancellation").contains("at dev.espalier.core.EndOfTheJvmTest$Programs.refuse");
            assertThat(child.exitStatus()).isEqualTo(130);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    @DisabledOnOs(OS.WINDOWS)
    void s53AProgramMaySayWhatEachPressDoes(String engine) {
        try (ChildJvm child = start(engine, "policy")) {
            child.line("ready");
            child.interrupt();
            child.line("press 1");
            child.interrupt();
            child.line("cleaned up by SIGNAL");
            child.interrupt();
            assertThat(child.rest()).as("no shutdown hook").contains("press 3").doesNotContain("hook");
            assertThat(child.exitStatus()).isEqualTo(130);
        }
    }

    /** The main methods of the child JVMs. */
    static final class Programs {
        private static final LoopOptions HOOKED = LoopOptions.defaults().withShutdownHook(true).withInterrupts(true);

        private Programs() {}

        public static void main(String[] arguments) {
            switch (arguments[0]) {
                case "wait" -> Async.run(Programs::waitForCancel);
                case "refuse" -> Async.run(Programs::refuse);
                case "refuseShortly" -> with(HOOKED.withShutdownTimeout(millis(200)), Programs::refuse);
                case "forever" -> forever();
                case "policy" -> policy();
                case "exitElsewhere" -> exitElsewhere();
                case "exitInTask" -> with(HOOKED.withShutdownTimeout(Duration.ofHours(1)), () -> System.exit(5));
                case "exitInOffload" -> with(HOOKED.withShutdownTimeout(Duration.ofHours(1)),
                        () -> Async.offload(() -> System.exit(6)));
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }

        private static void with(LoopOptions options, VoidBody<RuntimeException> body) {
            try (EventLoop loop = EventLoop.create(options)) {
                loop.run(body);
            }
        }

        private static void waitForCancel() {
            try {
                System.out.println("ready");
                sleepForever();
            } catch (CancelledError e) {
                shield(seconds(5), () -> sleep(millis(10)));
                System.out.println("cleaned up by " + e.reason().kind());
                throw e;
            }
        }

        private static void refuse() {
            try {
                System.out.println("ready");
                sleepForever();
            } finally {
                EventLoop.current().callSoon(() -> System.out.println("refuses")); // once it waits
                shield(seconds(3600), Async::sleepForever);
            }
        }

        private static void forever() {
            try (EventLoop loop = EventLoop.create(HOOKED)) {
                loop.submit(Programs::waitForCancel);
                loop.runForever();
            }
        }

        private static void exitElsewhere() {
            Async.run(() -> {
                Thread.ofPlatform().start(() -> System.exit(4));
                waitForCancel();
            });
        }

        private static void policy() {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
            with(HOOKED.withCtrlC(press -> {
                System.out.println("press " + press);
                return press == 1 ? LoopOptions.OnCtrlC.IGNORE
                        : press == 2 ? LoopOptions.OnCtrlC.CANCEL : LoopOptions.OnCtrlC.HALT;
            }), () -> {
                try {
                    waitForCancel();
                } finally {
                    shield(seconds(3600), Async::sleepForever);
                }
            });
        }
    }
}
