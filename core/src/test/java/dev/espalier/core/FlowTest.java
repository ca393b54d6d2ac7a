package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The two bridges to {@link Flow}; {@link ReactiveStreamsTest} has the rules of the standard. */
class FlowTest {

    @Test
    void whatAPublisherSendsIsReceived() {
        // @start region="subscriber"
        List<Integer> received = Async.run(() -> TaskGroup.call(group -> {
            var publisher = new SubmissionPublisher<Integer>();
            Receiver<Integer> numbers = Channel.from(group, publisher, 16);
            publisher.submit(1);
            publisher.submit(2);
            publisher.close();
            var all = new ArrayList<Integer>();
            for (int number : numbers) {
                all.add(number);
            }
            return all;
        }));
        // @end
        assertThat(received).containsExactly(1, 2);
    }

    @BothEngines
    void aSubscriberGetsTheValuesAndTheEnd(LoopFixture loops) {
        var subscriber = new Collector(Long.MAX_VALUE);
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(4);
            channel.sender().send("a");
            channel.sender().send("b");
            channel.sender().close();
            channel.receiver().toPublisher(group).subscribe(subscriber);
        }));
        assertThat(subscriber.signals).containsExactly("subscribed", "a", "b", "complete");
    }

    @BothEngines
    void noMoreIsDeliveredThanIsAskedFor(LoopFixture loops) {
        var subscriber = new Collector(2);
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(4);
            for (String value : List.of("a", "b", "c")) {
                channel.sender().send(value);
            }
            channel.sender().close();
            channel.receiver().toPublisher(group).subscribe(subscriber);
            settle();
            assertThat(subscriber.signals).containsExactly("subscribed", "a", "b");
            subscriber.subscription().request(1);
        }));
        assertThat(subscriber.signals).containsExactly("subscribed", "a", "b", "c", "complete");
    }

    @BothEngines
    void theFailureOfAChannelIsTheSubscribersError(LoopFixture loops) {
        var subscriber = new Collector(1);
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(1);
            channel.receiver().toPublisher(group).subscribe(subscriber);
            channel.sender().fail(new IOException("gone"));
        }));
        assertThat(subscriber.signals).containsExactly("subscribed", "java.io.IOException: gone");
    }

    @BothEngines
    void aCancelledGroupIsTheSubscribersError(LoopFixture loops) {
        var subscriber = new Collector(1);
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(1);
            channel.receiver().toPublisher(group).subscribe(subscriber);
            settle();
            group.cancel("by the test");
        }));
        assertThat(subscriber.signals).hasSize(2).last().asString()
                .startsWith("dev.espalier.core.TaskCancelledException").contains("by the test");
    }

    @BothEngines
    void aSubscriberThatCancelsClosesTheReceiver(LoopFixture loops) {
        var subscriber = new Collector(1);
        loops.run(() -> TaskGroup.run(group -> {
            Channel<String> channel = Channel.open(1);
            channel.receiver().toPublisher(group).subscribe(subscriber);
            channel.sender().send("a");
            settle();
            subscriber.subscription().cancel();
            settle();
            assertThatThrownBy(() -> channel.sender().send("b")).isInstanceOf(ChannelClosedException.class);
        }));
        assertThat(subscriber.signals).containsExactly("subscribed", "a");
    }

    @BothEngines
    void aSubscriberThatThrowsFailsTheGroup(LoopFixture loops) {
        var failure = new IllegalStateException("faulty subscriber");
        assertThatThrownBy(() -> loops.run(() -> TaskGroup.run(group -> {
                    Channel<String> channel = Channel.open(1);
                    channel.sender().send("a");
                    channel.receiver().toPublisher(group).subscribe(new Collector(1) {
                        @Override
                        public void onNext(String value) {
                            throw failure;
                        }
                    });
                })))
                .isInstanceOf(GroupException.class)
                .hasCause(failure);
    }

    @BothEngines
    void aPublisherIsNotAskedForMoreThanThereIsRoom(LoopFixture loops) {
        var publisher = new ByHand();
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<String> receiver = Channel.from(group, publisher, 4);
            settle();
            assertThat(publisher.asked).containsExactly(4L);
            for (String value : List.of("a", "b", "c", "d")) {
                publisher.subscriber().onNext(value);
            }
            assertThat(receiver.receive()).isEqualTo("a");
            assertThat(publisher.asked).containsExactly(4L);
            assertThat(receiver.receive()).isEqualTo("b");
            assertThat(publisher.asked).containsExactly(4L, 2L);
        }));
        assertThat(publisher.cancelled).as("the subscription does not outlive the group").isTrue();
    }

    @BothEngines
    void thePublishersErrorIsTheCauseOfTheEnd(LoopFixture loops) {
        var publisher = new ByHand();
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<String> receiver = Channel.from(group, publisher, 4);
            settle();
            publisher.subscriber().onNext("before");
            publisher.subscriber().onError(new IOException("gone"));
            assertThat(receiver.receive()).isEqualTo("before");
            assertThatThrownBy(receiver::receive).isInstanceOf(ChannelClosedException.class)
                    .hasCauseInstanceOf(IOException.class);
        }));
        assertThat(publisher.cancelled).isFalse();
    }

    @BothEngines
    void closingTheReceiverCancelsTheSubscription(LoopFixture loops) {
        var publisher = new ByHand();
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<String> receiver = Channel.from(group, publisher, 4);
            settle();
            receiver.close();
            assertThat(publisher.cancelled).isTrue();
            assertThatThrownBy(receiver::tryReceive).isInstanceOf(ChannelClosedException.class);
        }));
    }

    @BothEngines
    void aPublisherThatSendsTooMuchFailsTheChannel(LoopFixture loops) {
        var publisher = new ByHand();
        loops.run(() -> TaskGroup.run(group -> {
            Receiver<String> receiver = Channel.from(group, publisher, 1);
            settle();
            publisher.subscriber().onNext("a");
            publisher.subscriber().onNext("too much");
            settle();
            assertThat(receiver.receive()).isEqualTo("a");
            assertThatThrownBy(receiver::receive).hasMessageContaining("more than the 1 values asked for");
        }));
        assertThat(publisher.cancelled).isTrue();
    }

    @BothEngines
    void roomForNoValueIsRefused(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> assertThatThrownBy(() -> Channel.from(group, new ByHand(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1 value")));
    }

    @Test
    void publisherGivesTheValuesToASubscriber() {
        var subscriber = new Collector(Long.MAX_VALUE);
        // @start region="publisher"
        Async.run(() -> TaskGroup.run(group -> {
            Channel<String> lines = Channel.open(16);
            lines.receiver().toPublisher(group).subscribe(subscriber);
            lines.sender().send("one");
            lines.sender().close();
        }));
        // @end
        assertThat(subscriber.signals).containsExactly("subscribed", "one", "complete");
    }

    /** Writes down what it is told. Called by the loop only. */
    private static class Collector implements Flow.Subscriber<String> {
        final List<String> signals = new ArrayList<>();
        private final long first;
        private Flow.@Nullable Subscription subscription;

        Collector(long first) {
            this.first = first;
        }

        Flow.Subscription subscription() {
            if (subscription == null) {
                throw new AssertionError("not subscribed");
            }
            return subscription;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            signals.add("subscribed");
            given.request(first);
        }

        @Override
        public void onNext(String value) {
            signals.add(value);
        }

        @Override
        public void onError(Throwable failure) {
            signals.add(failure.toString());
        }

        @Override
        public void onComplete() {
            signals.add("complete");
        }
    }

    /** A publisher that the test drives, from the loop. */
    private static final class ByHand implements Flow.Publisher<String> {
        final List<Long> asked = new ArrayList<>();
        boolean cancelled;
        private Flow.@Nullable Subscriber<? super String> subscriber;

        Flow.Subscriber<? super String> subscriber() {
            if (subscriber == null) {
                throw new AssertionError("nobody has subscribed");
            }
            return subscriber;
        }

        @Override
        public void subscribe(Flow.Subscriber<? super String> who) {
            subscriber = who;
            who.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long n) {
                    asked.add(n);
                }

                @Override
                public void cancel() {
                    cancelled = true;
                }
            });
        }
    }
}
