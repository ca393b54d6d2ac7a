package dev.espalier.core;

import static dev.espalier.core.Async.sleepForever;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicReference;

/** A task that feeds a channel: how ends and failures go from one to the other. */
class ProduceTest {
    @BothEngines
    void theEndOfTheBodyIsTheEndOfTheChannel(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<Integer> squares = Channel.produce(group, 0, out -> {
                for (int i = 1; i <= 3; i++) {
                    out.send(i * i);
                }
            });
            assertThat(squares).containsExactly(1, 4, 9);
        }));
    }

    @BothEngines
    void aFailureEndsTheChannelAfterWhatWasSentAndTheGroupHearsOfIt(LoopFixture loops) {
        loops.run(() -> {
            var failure = new IOException("disk");
            var values = new AtomicReference<Receiver<Integer>>();
            assertThatThrownBy(() -> TaskGroup.run(group -> values.set(Channel.produce(group, 1, out -> {
                out.send(1);
                throw failure;
            })))).isInstanceOfSatisfying(GroupException.class, e -> assertThat(e.failures()).containsExactly(failure));
            assertThat(values.get().receive()).isOne();
            assertThatThrownBy(() -> values.get().receive()).isInstanceOf(ChannelClosedException.class).hasCause(failure);
        });
    }

    @BothEngines
    void closingTheReceiverCancelsTheProducerWhereverItWaits(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var ends = new ArrayList<String>();
            Receiver<Integer> sends = Channel.produce(group, 0, out -> {
                try {
                    out.send(1);
                } finally {
                    ends.add("sends");
                }
            });
            Receiver<Integer> sleeps = Channel.produce(group, 0, out -> {
                try {
                    sleepForever();
                } finally {
                    ends.add("sleeps");
                }
            });
            settle();
            sends.close();
            sleeps.close();
            settle();
            assertThat(ends).containsExactlyInAnyOrder("sends", "sleeps");
        }));
    }

    @BothEngines
    void aCancelledGroupFailsTheChannel(LoopFixture loops) {
        loops.run(() -> {
            var values = new AtomicReference<Receiver<Integer>>();
            TaskGroup.run(group -> {
                values.set(Channel.produce(group, 0, out -> sleepForever()));
                settle();
                group.cancel("enough");
            });
            assertThatThrownBy(() -> values.get().receive()).isInstanceOf(ChannelClosedException.class)
                    .hasCauseInstanceOf(TaskCancelledException.class);
        });
    }

    @BothEngines
    void theEndOfAnotherChannelIsAFailureOfTheBody(LoopFixture loops) {
        assertThatThrownBy(() -> loops.run(() -> TaskGroup.run(group -> {
            Channel<Integer> other = Channel.open(1);
            other.sender().close();
            Channel.<Integer>produce(group, 0, out -> out.send(other.receiver().receive()));
        }))).isInstanceOf(GroupException.class);
    }
}
