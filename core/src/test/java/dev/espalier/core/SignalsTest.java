package dev.espalier.core;

import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;

/** Signals that this JVM sends itself. Of those that are there on every system; real time, because the JDK delivers them. */
class SignalsTest {

    @BothEngines
    void aSignalIsReceivedAndWakesTheLoop(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (Receiver<String> signals = Signals.open("TERM", "INT")) {
                SignalHook.raise("TERM");
                assertThat(signals.receive()).isEqualTo("TERM");
                SignalHook.raise("TERM"); // not INT: a job in the background may ignore that, and then the JVM does too
                assertThat(signals.receive()).isEqualTo("TERM");
            }
        });
    }

    @BothEngines
    void signalsAreIteratedUntilTheReceiverIsClosed(LoopFixture loops) {
        loops.runInRealTime(() -> {
            var got = new ArrayList<String>();
            Receiver<String> signals = Signals.open("TERM");
            SignalHook.raise("TERM");
            for (String signal : signals) {
                got.add(signal);
                if (got.size() == 2) {
                    signals.close();
                } else {
                    SignalHook.raise("TERM");
                }
            }
            assertThat(got).containsExactly("TERM", "TERM");
        });
    }

    @BothEngines
    void aSignalThatComesAgainBeforeItWasReceivedIsReceivedOnce(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (Receiver<String> signals = Signals.open("TERM", "INT")) {
                var arrivals = (SignalReceiver) signals; // the JDK does not say when it has delivered a signal
                for (String name : new String[] {"TERM", "INT", "TERM", "TERM"}) {
                    arrivals.deliver(name);
                }
                assertThat(signals.tryReceive()).contains("TERM");
                arrivals.deliver("TERM");
                assertThat(signals.tryReceive()).contains("INT");
                assertThat(signals.tryReceive()).contains("TERM");
                assertThat(signals.tryReceive()).isEmpty();
            }
        });
    }

    @BothEngines
    void closingGivesTheSignalBackToTheOneBefore(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (Receiver<String> outer = Signals.open("TERM")) {
                try (Receiver<String> inner = Signals.open("TERM")) {
                    SignalHook.raise("TERM");
                    assertThat(inner.receive()).isEqualTo("TERM");
                }
                SignalHook.raise("TERM");
                assertThat(outer.receive()).isEqualTo("TERM");
            }
        });
    }

    @BothEngines
    void receiversClosedInTheWrongOrderPassTheSignalOnToWhoIsLeft(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (Receiver<String> first = Signals.open("TERM")) {
                Receiver<String> second = Signals.open("TERM");
                Receiver<String> third = Signals.open("TERM");
                second.close(); // under the third, which stays on top
                SignalHook.raise("TERM");
                assertThat(third.receive()).isEqualTo("TERM");
                third.close(); // puts the second back, which is over
                SignalHook.raise("TERM");
                assertThat(first.receive()).isEqualTo("TERM");
            }
        });
    }

    @BothEngines
    void aLoopThatIsClosedOverAReceiverPassesTheSignalOn(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (Receiver<String> signals = Signals.open("TERM")) {
                Waits.join(Thread.ofPlatform().start(() -> Async.run(() -> {
                    assertThat(Signals.open("TERM")).isNotNull(); // and forgets it
                })));
                SignalHook.raise("TERM");
                assertThat(signals.receive()).isEqualTo("TERM");
            }
        });
    }

    @BothEngines
    void aReceiverOfSignalsIsSelectable(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (Receiver<String> signals = Signals.open("TERM")) {
                SignalHook.raise("TERM");
                assertThat(Async.<String>select(
                        Clause.receive(signals, signal -> signal), Clause.after(seconds(30), () -> "late"))).isEqualTo("TERM");
                assertThat(Async.<String>select(
                        Clause.receive(signals, signal -> signal), Clause.after(millis(1), () -> "none"))).isEqualTo("none");
            }
        });
    }

    @BothEngines
    void anUnknownSignalIsRefusedWithItsNameAndNoneIsHandled(LoopFixture loops) {
        loops.runInRealTime(() -> {
            try (Receiver<String> signals = Signals.open("TERM")) {
                assertThatThrownBy(() -> Signals.open("TERM", "NOSUCH")).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("NOSUCH").hasMessageContaining("without SIG");
                assertThatThrownBy(Signals::open).isInstanceOf(IllegalArgumentException.class);
                SignalHook.raise("TERM");
                assertThat(signals.receive()).as("TERM was given back").isEqualTo("TERM");
            }
        });
    }

    @BothEngines
    void aClosedReceiverEndsWhoWaits(LoopFixture loops) {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            Receiver<String> signals = Signals.open("TERM");
            Task<String> waiting = group.start(() -> {
                try {
                    return signals.receive();
                } catch (ChannelClosedException e) {
                    return "closed";
                }
            });
            settle();
            assertThat(signals.toString()).contains("1 received");
            signals.close();
            signals.close();
            assertThat(waiting.await()).isEqualTo("closed");
        }));
    }

    @BothEngines
    void aTaskCancelledWhileItWaitsTakesNoSignal(LoopFixture loops) {
        loops.runInRealTime(() -> TaskGroup.run(group -> {
            try (Receiver<String> signals = Signals.open("TERM")) {
                Task<String> waiting = group.start(signals::receive);
                settle();
                waiting.cancelAndJoin("not this one");
                SignalHook.raise("TERM");
                assertThat(signals.receive()).isEqualTo("TERM");
            }
        }));
    }
}
