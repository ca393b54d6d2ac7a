package dev.espalier.testing;

import static dev.espalier.core.Async.offload;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.espalier.core.Awaitable;
import dev.espalier.core.Channel;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Receiver;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ManualStreamTest {
    /** A lawful subscriber that asks for nothing by itself. */
    private static class Collector implements Flow.Subscriber<String> {
        final List<@Nullable String> signals = new ArrayList<>();
        Flow.@Nullable Subscription subscription;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            if (subscription == null) {
                subscription = given;
            } else {
                given.cancel();
            }
        }

        @Override
        public void onNext(@Nullable String value) {
            signals.add(value);
        }

        @Override
        public void onError(Throwable failure) {
            signals.add("failure " + failure);
        }

        @Override
        public void onComplete() {
            signals.add("end");
        }

        Flow.Subscription subscription() {
            if (subscription == null) {
                throw new AssertionError("nobody has subscribed");
            }
            return subscription;
        }
    }

    private static String joined(Receiver<String> words) {
        var all = new StringBuilder();
        words.forEach(all::append);
        return all.toString();
    }

    // ---- by the rules

    @LoopTest
    @DisplayName("testing D3: values come when the test says so, and it sees what is asked for")
    void valuesComeWhenTheTestSaysSo(LoopTester t) {
        // @start region="manual"
        ManualStream<String> stream = ManualStream.create();
        TaskGroup.run(group -> {
            Task<String> joined = group.start(() -> joined(Channel.from(group, stream, 2)));
            stream.awaitDemand(2); // the consumer has room for two
            stream.next("a");
            stream.next("b");
            t.settle();
            assertEquals(2, stream.demand()); // and asks for more once it has taken them
            stream.complete();
            assertEquals("ab", joined.await());
        });
        // @end
        assertEquals(1, stream.subscriptions());
        assertEquals(0, stream.cancellations());
    }

    @LoopTest
    void aValueWaitsForTheSlowestSubscriber(LoopTester t) {
        ManualStream<String> stream = ManualStream.create();
        var fast = new Collector();
        var slow = new Collector();
        Task<Void> next = t.background().start(() -> stream.next("a"));
        t.settle();
        stream.subscribe(fast);
        stream.subscribe(slow);
        fast.subscription().request(Long.MAX_VALUE);
        t.settle();
        assertThat(fast.signals).isEmpty();
        slow.subscription().request(1);
        next.await();
        assertThat(List.of(fast.signals, slow.signals)).containsOnly(List.of("a"));
        assertEquals(0, stream.demand());
        slow.subscription().cancel();
        assertEquals(Long.MAX_VALUE, stream.demand());
        assertThat(stream).hasToString("ManualStream[1 of 2 subscribers, any number of values asked for]");
    }

    @LoopTest
    void aFailureReachesTheConsumerAndWhoSubscribesLater() {
        ManualStream<String> stream = ManualStream.create();
        TaskGroup.run(group -> {
            Receiver<String> words = Channel.from(group, stream, 1);
            stream.fail(new IOException("disk"));
            assertThat(assertThrows(ChannelClosedException.class, words::receive)).hasCauseInstanceOf(IOException.class);
        });
        var late = new Collector();
        stream.subscribe(late);
        assertThat(late.signals).containsExactly("failure java.io.IOException: disk");
        assertEquals(2, stream.subscriptions());
    }

    @LoopTest
    void aCancellationIsSeen(LoopTester t) {
        ManualStream<String> stream = ManualStream.create();
        TaskGroup.run(group -> {
            Receiver<String> words = Channel.from(group, stream, 1);
            Task<Void> seen = group.start(() -> stream.awaitCancellations(1));
            t.settle();
            words.close();
            seen.await();
        });
        assertThat(assertThrows(AssertionError.class, () -> stream.next("a")))
                .hasMessageContaining("all who could have it have cancelled: ManualStream[0 of 1 subscribers");
        stream.complete(); // allowed: a publisher need not have heard of the cancellation
    }

    @LoopTest
    void whoAsksForNothingIsToldItsFault() {
        ManualStream<String> stream = ManualStream.create();
        var greedy = new Collector();
        stream.subscribe(greedy);
        greedy.subscription().request(0);
        greedy.subscription().request(1); // the subscription is over
        assertThat(greedy.signals).singleElement().asString().contains("at least 1 value, not 0");
        assertEquals(0, stream.demand());
    }

    @LoopTest
    void signalsOfOtherThreadsAreHeard() throws Exception {
        ManualStream<String> stream = ManualStream.create();
        var words = new Collector();
        offload(() -> stream.subscribe(words));
        stream.awaitSubscriptions(1);
        offload(() -> words.subscription().request(3));
        stream.awaitDemand(3);
        stream.next("a");
        offload(() -> words.subscription().cancel());
        stream.awaitCancellations(1);
        assertThat(words.signals).containsExactly("a");
    }

    // ---- what is refused

    @LoopTest
    void nothingComesAfterTheEnd() {
        ManualStream<String> stream = ManualStream.create();
        stream.complete();
        assertThat(assertThrows(IllegalStateException.class, stream::complete))
                .hasMessageContaining("an end cannot come after the end of ManualStream")
                .hasMessageContaining("send it by rogue()");
        assertThrows(IllegalStateException.class, () -> stream.next("a"));
        assertThrows(IllegalStateException.class, () -> stream.awaitDemand(1));
        assertThrows(IllegalArgumentException.class, () -> stream.awaitDemand(0));
        assertThrows(NullPointerException.class, () -> stream.fail(null));
        assertThrows(NullPointerException.class, () -> stream.next(null));
        assertThrows(NullPointerException.class, () -> stream.subscribe(null));
    }

    @Test
    void aDemandThatNeverComesIsADeadlock() {
        assertThat(assertThrows(DeadlockError.class, () -> LoopTester.run(_ -> {
                    ManualStream<String> stream = ManualStream.create();
                    stream.subscribe(new Collector());
                    stream.next("a");
                })))
                .hasMessageContaining("a demand of 1 at ManualStream[1 of 1 subscribers, 0 values asked for]");
    }

    @Test
    void aValueIsGivenOrNotWhereverNextIsCancelled() {
        Sweep covered = LoopTester.sweep(t -> {
            ManualStream<String> stream = ManualStream.create();
            var words = new Collector();
            stream.subscribe(words);
            t.background().start(() -> {
                t.settle();
                words.subscription().request(1);
            });
            Awaitable.State<Void> end = t.swept(() -> stream.next("a"));
            assertThat(words.signals).hasSize(end instanceof Awaitable.Succeeded ? 1 : 0);
        });
        assertThat(covered.runs()).isGreaterThan(2);
    }

    // ---- against the rules

    @LoopTest
    @DisplayName("testing D3: what breaks the rules is sent on demand, and a consumer of a channel survives it")
    void aChannelSurvivesWhatBreaksTheRules(LoopTester t) {
        TaskGroup.run(group -> {
            ManualStream<String> flooding = ManualStream.create();
            Receiver<String> words = Channel.from(group, flooding, 1);
            flooding.rogue().next("a");
            flooding.rogue().next("b"); // one more than asked for
            t.settle();
            assertEquals("a", words.receive());
            assertThat(assertThrows(ChannelClosedException.class, words::receive))
                    .hasRootCauseMessage("the publisher sent more than the 1 values asked for (1.1)");
            flooding.awaitCancellations(1);
            flooding.rogue().next("c");

            ManualStream<String> undead = ManualStream.create();
            Receiver<String> ended = Channel.from(group, undead, 3);
            undead.complete();
            undead.rogue().next("late");
            undead.rogue().complete();
            undead.rogue().fail(new IOException("late"));
            t.settle();
            assertThat(assertThrows(ChannelClosedException.class, ended::receive)).hasNoCause();

            ManualStream<String> empty = ManualStream.create();
            Receiver<String> none = Channel.from(group, empty, 3);
            assertThrows(NullPointerException.class, () -> empty.rogue().next(null));
            assertThrows(NullPointerException.class, () -> empty.rogue().fail(null));
            empty.rogue().subscribeAgain();
            empty.awaitCancellations(1);
            empty.next("a");
            assertEquals("a", none.receive());
        });
    }

    @LoopTest
    void aRogueReachesWhoHasCancelledToo() {
        ManualStream<String> stream = ManualStream.create();
        var words = new Collector();
        stream.subscribe(words);
        words.subscription().cancel();
        stream.rogue().next(null);
        stream.rogue().complete();
        stream.rogue().complete();
        stream.rogue().fail(new IOException("disk"));
        assertThat(words.signals).containsExactly(null, "end", "end", "failure java.io.IOException: disk");
        stream.rogue().subscribeAgain();
        assertEquals(2, stream.subscriptions());
        assertEquals(2, stream.cancellations());
    }

    @Test
    void outsideOfALoopThereIsNone() {
        assertThat(EventLoop.currentIfAny()).isNull();
        assertThrows(IllegalStateException.class, ManualStream::create);
    }
}
