package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Channel;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Sender;
import dev.espalier.testing.Engines.Options;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;

class ProbeTest {

    @FunctionalInterface
    private interface Case {
        void run(LoopTester tester, Sender<String> sender, Probe<String> probe);
    }

    private static void with(LoopOptions.Engine engine, Case body) {
        LoopTester.run(Options.on(engine), t -> {
            Channel<String> channel = Channel.open(8);
            body.run(t, channel.sender(), Probe.of(t, channel.receiver()));
        });
    }

    @Engines
    @DisplayName("testing D1: values and the end are taken one by one")
    void valuesAndTheEndAreTakenOneByOne(LoopOptions.Engine engine) {
        with(engine, (t, sender, probe) -> {
            t.background().start(() -> {
                sleep(Duration.ofSeconds(1));
                sender.send("a");
                sender.send("b");
                sender.send("c");
                sender.close();
            });
            assertThat(probe.next()).isEqualTo("a");
            probe.skip(1);
            assertThat(probe.next()).isEqualTo("c");
            probe.end();
            probe.close();
        });
    }

    @Engines
    void aFailureIsTakenWithItsCause(LoopOptions.Engine engine) {
        with(engine, (t, sender, probe) -> {
            var cause = new IOException("gone");
            sender.fail(cause);
            assertThat(probe.failure()).isSameAs(cause);
            probe.close();
        });
    }

    @Engines
    void anotherEventThanTheExpectedOneFailsTheTest(LoopOptions.Engine engine) {
        with(engine, (t, sender, probe) -> {
            sender.send("a");
            assertThatThrownBy(probe::end).isInstanceOf(AssertionError.class)
                    .hasMessage("the end was expected, and the value came: a");
            sender.close();
            assertThatThrownBy(probe::next).hasMessage("a value was expected, and the end came");
            assertThatThrownBy(probe::failure).hasMessage("a failure was expected, and the end came");
        });
    }

    @Engines
    void silenceIsProvedBySettlingAndByTime(LoopOptions.Engine engine) {
        with(engine, (t, sender, probe) -> {
            probe.silence();
            t.background().start(() -> {
                sleep(Duration.ofSeconds(5));
                sender.send("late");
            });
            probe.silenceFor(Duration.ofSeconds(4));
            assertThatThrownBy(() -> probe.silenceFor(Duration.ofSeconds(1)))
                    .hasMessage("nothing was expected, and there came: [value late]");
        });
    }

    @Engines
    @DisplayName("testing D1: events that nobody asked for fail the test at the end")
    void eventsThatNobodyAskedForFailTheTestAtTheEnd(LoopOptions.Engine engine) {
        with(engine, (t, sender, probe) -> {
            sender.send("a");
            sender.send("b");
            sender.close();
            assertThat(probe.next()).isEqualTo("a");
            assertThatThrownBy(probe::close)
                    .hasMessage("events that the test did not ask for: [value b, the end]");
        });
    }
}
