package dev.espalier.core;

import static dev.espalier.core.Async.shield;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exits, signals, a closed door and a bug of the JDK, each in a JVM of its own. */
class ChildJvmTest {

    private static ChildJvm start(String engine, String program, String... more) {
        var options = new ArrayList<>(ChildJvm.OPEN_DOOR);
        options.add("-Despalier.engine=" + engine);
        options.addAll(List.of(more));
        return ChildJvm.start(options, Programs.class, program);
    }

    // ---- Async.exit

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void exitCancelsEverythingLetsItCleanUpAndEndsTheJvmWithTheStatus(String engine) {
        try (ChildJvm child = start(engine, "exit")) {
            assertThat(child.rest()).contains("child cleaned up").contains("hook").doesNotContain("not reached");
            assertThat(child.exitStatus()).isEqualTo(7);
        }
    }

    // ---- Ctrl-C

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void s52TheFirstCtrlCCancelsTheMainTaskAndTheStatusIs130(String engine) {
        try (ChildJvm child = start(engine, "wait")) {
            child.line("ready");
            child.interrupt();
            assertThat(child.rest()).contains("cleaned up by SIGNAL").doesNotContain("Exception", "Error");
            assertThat(child.exitStatus()).isEqualTo(130);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void s52AProgramThatEndsWellAfterTheFirstCtrlCEndsWithItsOwnStatus(String engine) {
        try (ChildJvm child = start(engine, "partial")) {
            child.line("ready");
            child.interrupt();
            child.line("partial report");
            assertThat(child.exitStatus()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void s53TheSecondCtrlCEndsTheJvmAlsoWhenTheProgramRefuses(String engine) {
        try (ChildJvm child = start(engine, "stubborn")) {
            child.line("ready");
            child.interrupt();
            child.line("refuses");
            child.interrupt();
            assertThat(child.exitStatus()).isEqualTo(130);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void s52AfterARunCtrlCDoesWhatItDidBefore(String engine) {
        try (ChildJvm child = start(engine, "after")) {
            child.line("ready");
            child.interrupt();
            assertThat(child.exitStatus()).as("the JVM's own handler").isEqualTo(130);
            assertThat(child.rest()).doesNotContain("not reached");
        }
    }

    // ---- a closed door

    @Test
    void withTheDoorClosedTheHandOffEngineRunsWithoutAWarning() {
        try (ChildJvm child = ChildJvm.start(List.of(), Programs.class, "engine")) {
            assertThat(child.rest()).isEqualTo("handoff");
            assertThat(child.exitStatus()).isZero();
        }
    }

    @Test
    void withTheDoorClosedTheCarrierEngineIsRefusedWithTheOptionToGive() {
        try (ChildJvm child = ChildJvm.start(List.of("-Despalier.engine=carrier"), Programs.class, "engine")) {
            assertThat(child.rest()).contains("IllegalStateException", "--add-opens java.base/java.lang=ALL-UNNAMED");
            assertThat(child.exitStatus()).isEqualTo(1);
        }
    }

    @Test
    void anUnknownEngineIsRefused() {
        try (ChildJvm child = ChildJvm.start(List.of("-Despalier.engine=warp"), Programs.class, "engine")) {
            assertThat(child.rest()).contains("warp", "carrier or handoff");
        }
    }

    @Test
    void withTheDoorClosedATaskSeesNoThreadLocalsOfOthers() {
        try (ChildJvm child = ChildJvm.start(List.of(), Programs.class, "locals")) {
            assertThat(child.rest()).isEqualTo("seen: [null]");
        }
    }

    @Test
    void withTheOpenDoorNothingIsPrinted() {
        try (ChildJvm child = ChildJvm.start(ChildJvm.OPEN_DOOR, Programs.class, "engine")) {
            assertThat(child.rest()).isEqualTo("carrier");
        }
    }

    @Test
    void anAwaitInAClassInitialiserHangsTheCarrierEngineAndTheLoopSaysSo() {
        try (ChildJvm child = ChildJvm.start(ChildJvm.OPEN_DOOR, Programs.class, "pinned")) {
            assertThat(child.line("EventLoop"))
                    .contains("stuck: Task[main", "awaits while a class initialiser or a native frame", "pins its thread");
            assertThat(child.line("loop-1 has been held"))
                    .contains("task 'main', which awaits while its thread is pinned", "AwaitsWhenInitialised");
        }
    }

    // ---- JDK-8389310

    /**
     * JDK 25.0.3 and older: loading the first subclass of an exception type, while coroutines are suspended in hot code that
     * catches that type, can make a later exception pass the matching catch. Types of ours have no subclasses and the usual
     * ones of the JDK are loaded before; for those no catch may be missed, on any JDK.
     */
    @ParameterizedTest
    @ValueSource(strings = {"carrier", "handoff"})
    void jdk8389310NeverStrikesOurTypesAndThePreloadedOnes(String engine) {
        try (ChildJvm child = start(engine, "lateSubclass")) {
            String output = child.rest();
            assertThat(output).as("JDK " + Runtime.version()).contains("ours: all caught", "preloaded: all caught");
            assertThat(child.exitStatus()).isZero();
        }
    }

    /** The main methods of the child JVMs. */
    static final class Programs {
        private Programs() {}

        public static void main(String[] arguments) throws Exception {
            switch (arguments[0]) {
                case "exit" -> exit();
                case "wait" -> Async.run(Programs::waitForCancel);
                case "partial" -> partial();
                case "stubborn" -> Async.run(Programs::refuse);
                case "after" -> after();
                case "engine" -> engine();
                case "locals" -> locals();
                case "pinned" -> pinned();
                case "lateSubclass" -> LateSubclass.run();
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }

        private static void exit() {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
            Async.run(() -> TaskGroup.run(group -> {
                group.start(() -> {
                    try {
                        sleepForever();
                    } finally {
                        shield(seconds(5), () -> sleep(Waits.millis(10)));
                        System.out.println("child cleaned up");
                    }
                });
                settle();
                Async.exit(7);
                System.out.println("not reached");
            }));
            System.out.println("not reached");
        }

        /** The JDK gives no sign before it pins, so the program hangs; another thread asks the loop how it is. */
        private static void pinned() {
            EventLoop loop = EventLoop.create(LoopOptions.defaults().withSlowStep(Duration.ZERO).withWarningSink(finding -> {
                System.out.println(finding.message());
                Runtime.getRuntime().halt(0);
            }));
            Thread.ofPlatform().daemon().start(() -> {
                String text = loop.toString();
                while (!text.contains("stuck")) {
                    Thread.onSpinWait();
                    text = loop.toString();
                }
                System.out.println(text);
            });
            loop.run(() -> System.out.println(AwaitsWhenInitialised.VALUE));
        }

        private static final class AwaitsWhenInitialised {
            static final long VALUE = value();

            private static long value() {
                sleep(seconds(60)); // so long that it is not over before it begins
                return EventLoop.current().now();
            }
        }

        private static void waitForCancel() {
            try {
                System.out.println("ready");
                sleepForever();
            } catch (CancelledError e) {
                shield(seconds(5), () -> sleep(Waits.millis(10)));
                System.out.println("cleaned up by " + e.reason().kind());
                throw e;
            }
        }

        private static void partial() {
            System.out.println(Async.<String, RuntimeException>run(() -> {
                try {
                    System.out.println("ready");
                    sleepForever();
                } catch (CancelledError e) {
                    return "partial report";
                }
                return "not reached";
            }));
        }

        private static void refuse() {
            try {
                System.out.println("ready");
                sleepForever();
            } finally {
                System.out.println("refuses");
                shield(seconds(3600), Async::sleepForever);
            }
        }

        private static void after() throws InterruptedException {
            Async.run(() -> sleep(Waits.millis(1)));
            System.out.println("ready");
            Thread.sleep(30_000); // until the signal ends the JVM
            System.out.println("not reached");
        }

        private static void engine() {
            Async.run(() -> System.out.println(
                    EventLoop.current().toString().contains("carrier") ? "carrier" : "handoff"));
        }

        private static void locals() {
            var local = new ThreadLocal<String>();
            var seen = new java.util.HashSet<String>();
            Async.run(() -> {
                for (int i = 0; i < 20; i++) {
                    TaskGroup.run(group -> {
                        EventLoop.current().callSoon(() -> local.set("left by a callback"));
                        group.start(() -> {
                            seen.add(local.get());
                            local.set("left by a task");
                        });
                        group.start(() -> seen.add(local.get()));
                    });
                }
            });
            System.out.println("seen: " + seen);
        }
    }

    /** Coroutines suspended in hot code that catches a base type, and then an exception thrown through it. */
    static final class LateSubclass {
        private static final int COROUTINES = 40;

        private LateSubclass() {}

        static void run() {
            Async.run(() -> {
                System.out.println("ours: " + verdict(LateSubclass::catchesOurs));
                System.out.println("preloaded: " + verdict(LateSubclass::catchesPreloaded));
            });
        }

        private interface Catcher {
            /** Receives in a hot loop until it throws; true if the matching catch was entered. */
            boolean receive(Receiver<Integer> receiver);
        }

        private static String verdict(Catcher catcher) {
            int[] caught = {0};
            List<Throwable> missed = new ArrayList<>();
            TaskGroup.run(group -> {
                List<Sender<Integer>> senders = Stream.generate(() -> Channel.<Integer>open(4))
                        .limit(COROUTINES)
                        .map(channel -> {
                            group.start(() -> {
                                try {
                                    boolean entered = catcher.receive(channel.receiver());
                                    caught[0] += entered ? 1 : 0;
                                } catch (Throwable e) {
                                    missed.add(e);
                                }
                            });
                            return channel.sender();
                        })
                        .toList();
                for (int i = 0; i < 3000; i++) {
                    for (Sender<Integer> sender : senders) {
                        sender.send(i);
                    }
                }
                senders.forEach(sender -> {
                    sender.send(-1);
                    settle();
                });
                senders.forEach(Sender::close);
            });
            return missed.isEmpty() && caught[0] == COROUTINES ? "all caught" : caught[0] + " caught, missed " + missed;
        }

        private static boolean catchesOurs(Receiver<Integer> receiver) {
            try {
                while (true) {
                    if (receiver.receive() < 0) {
                        receiver.close();
                    }
                }
            } catch (IllegalStateException e) {
                return e instanceof ChannelClosedException;
            }
        }

        private static boolean catchesPreloaded(Receiver<Integer> receiver) {
            try {
                while (true) {
                    if (receiver.receive() < 0) {
                        throwLate();
                    }
                }
            } catch (java.io.IOException e) {
                return true;
            }
        }

        private static void throwLate() throws java.io.IOException {
            throw new java.net.SocketException("the first one thrown in this JVM");
        }
    }
}
