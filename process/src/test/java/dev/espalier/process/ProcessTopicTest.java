package dev.espalier.process;

import static dev.espalier.process.ChildProcessTest.QUIET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.GroupPolicy;
import dev.espalier.core.TaskGroup;
import dev.espalier.process.ProcessTopic.Lagging;
import dev.espalier.process.ProcessTopic.Subscription;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Values for all who have subscribed, with two child JVMs.
 */
@Timeout(60)
class ProcessTopicTest {
    private static final int MANY = 1000;

    record Price(String of, int cents) {
    }

    /** What a subscriber has seen until the end of the topic, and how that was. */
    record Seen(int values, int firstCents, int lastCents, long missed, String end) {
        static Seen all(Subscription<Price> prices) {
            int values = 0;
            int first = -1;
            int last = -1;
            try {
                for (Price price : prices) {
                    first = values++ == 0 ? price.cents() : first;
                    last = price.cents();
                }
            } catch (ChannelClosedException end) {
                return new Seen(values, first, last, prices.missed(), String.valueOf(end.getCause()));
            }
            return new Seen(values, first, last, prices.missed(), "closed");
        }
    }

    private static int someAndNoMore(Subscription<Price> prices) {
        int sum = prices.receive().cents() + prices.receive().cents();
        prices.close();
        return sum;
    }

    @Test
    @DisplayName("E5: all subscribers get what is published; a slow one holds the publisher back")
    void whatIsPublishedReachesAll() {
        Async.run(() -> Async.timeout(Duration.ofSeconds(50), () -> TaskGroup.run(group -> {
            ChildOptions options = QUIET;
            // @start region="topic"
            ProcessTopic<Price> topic = ProcessTopic.open(group, 64, Lagging.SUSPEND);
            Subscription<Price> every = topic.subscribe();
            Subscription<Price> some = topic.subscribe();
            var first = ChildProcess.start(group, options, () -> Seen.all(every)); // captures it, and it moves there
            var second = ChildProcess.start(group, options, () -> someAndNoMore(some));
            for (int i = 1; i <= MANY; i++) {
                topic.publish(new Price("apple", i)); // waits while a subscriber is 64 values behind
            }
            topic.close();
            // @end
            assertThat(first.await()).isEqualTo(new Seen(MANY, 1, MANY, 0, "closed"));
            assertThat(second.await()).isEqualTo(3);
            assertThatThrownBy(() -> topic.publish(new Price("late", 1))).isInstanceOf(ChannelClosedException.class);
        })));
    }

    /** Publishes without giving the feeding tasks a turn, so that each subscriber is as far behind as can be. */
    private static Subscription<Price> behind(ProcessTopic<Price> topic) {
        Subscription<Price> subscription = topic.subscribe();
        for (int i = 1; i <= MANY; i++) {
            assertThat(topic.tryPublish(new Price("fig", i))).isEqualTo(true);
        }
        return subscription;
    }

    @Test
    @DisplayName("E5: what was missed is counted; who is cut off, or left by the group of the topic, is told")
    void slowSubscribersAreTold() {
        Async.run(() -> Async.timeout(Duration.ofSeconds(50), () -> TaskGroup.run(group -> {
            ProcessTopic<Price> skipping = ProcessTopic.open(group, 4, Lagging.SKIP);
            ProcessTopic<Price> cutting = ProcessTopic.open(group, 4, Lagging.CUT);
            Subscription<Price> slow = behind(skipping);
            Subscription<Price> cut = behind(cutting);
            Subscription<Price> left = TaskGroup.call(inner ->
                    ProcessTopic.<Price>open(inner, 4, Lagging.SKIP).subscribe());
            skipping.close();
            var child = ChildProcess.start(group, QUIET, () -> List.of(Seen.all(slow), Seen.all(cut), Seen.all(left)));
            List<Seen> seen = child.await();
            assertThat(seen.get(0)).isEqualTo(new Seen(4, MANY - 3, MANY, MANY - 4, "closed"));
            assertThat(seen.get(1).values()).isZero();
            assertThat(seen.get(1).end()).contains("more than 4 values behind and was cut off");
            assertThat(seen.get(2).end()).contains("the group of the topic has ended");
            assertThat(cutting.subscribers()).isZero();
        })));
    }

    private static void dies(Subscription<Price> prices) {
        prices.receive();
        Runtime.getRuntime().halt(9);
    }

    @Test
    @DisplayName("E5: a subscriber whose process dies holds nobody back any more")
    void deathOfASubscriberFreesThePublisher() {
        Async.run(() -> Async.timeout(Duration.ofSeconds(50), () -> TaskGroup.run(GroupPolicy.supervisor(), group -> {
            ProcessTopic<Price> topic = ProcessTopic.open(group, 2, Lagging.SUSPEND);
            Subscription<Price> doomed = topic.subscribe();
            var child = ChildProcess.start(group, QUIET, () -> dies(doomed));
            for (int i = 1; i <= MANY; i++) {
                topic.publish(new Price("pear", i));
            }
            assertThat(topic.subscribers()).isZero();
            assertThatThrownBy(() -> child.await(WorkerLostException.class)).isInstanceOf(WorkerLostException.class);
        })));
    }

    @Test
    @DisplayName("E5: what cannot be published concerns its publisher alone")
    void whatCannotTravelIsRefused() {
        Async.run(() -> TaskGroup.run(group -> {
            ProcessTopic<Object> topic = ProcessTopic.open(group, 4, Lagging.SKIP);
            Subscription<Object> here = topic.subscribe();
            assertThatThrownBy(() -> topic.publish(new Object())).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cannot be sent to another process");
            assertThatThrownBy(here::receive)
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("Broadcast");
            assertThatThrownBy(() -> ProcessTopic.open(group, 0, Lagging.SKIP))
                    .isInstanceOf(IllegalArgumentException.class);
        }));
    }
}
