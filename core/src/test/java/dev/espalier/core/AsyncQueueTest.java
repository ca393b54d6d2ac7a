package dev.espalier.core;

import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

class AsyncQueueTest {
    private static List<String> drain(AsyncQueue<String> queue) {
        var got = new ArrayList<String>();
        for (var next = queue.tryGet(); next.isPresent(); next = queue.tryGet()) {
            got.add(next.get());
        }
        return got;
    }

    private static AsyncQueue<String> filled(AsyncQueue<String> queue, String... values) {
        for (String value : values) {
            queue.put(value);
        }
        return queue;
    }

    @BothEngines
    void theOrderIsOldestNewestOrLeastWithTheOldestAmongEquals(LoopFixture loops) {
        loops.run(() -> {
            assertThat(drain(filled(AsyncQueue.fifo(9), "c", "a", "b"))).containsExactly("c", "a", "b");
            assertThat(drain(filled(AsyncQueue.lifo(9), "c", "a", "b"))).containsExactly("b", "a", "c");
            assertThat(drain(filled(AsyncQueue.priority(9, Comparator.comparing(String::length)), "22", "1", "33", "0")))
                    .containsExactly("1", "0", "22", "33");
        });
    }

    @BothEngines
    void aFullQueueHoldsBackThoseWhoPutInOrder(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            AsyncQueue<String> queue = filled(AsyncQueue.fifo(1), "a");
            Task<Void> b = group.start(() -> queue.put("b"));
            Task<Void> c = group.start(() -> queue.put("c"));
            settle();
            assertThat(queue.tryPut("d")).isFalse();
            assertThat(queue.get()).isEqualTo("a");
            b.await();
            assertThat(c.state()).isInstanceOf(Awaitable.Pending.class);
            assertThat(queue.get() + queue.get()).isEqualTo("bc");
        }));
    }

    @BothEngines
    void thoseWhoGetAreServedFirstComeFirstServed(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            AsyncQueue<String> queue = AsyncQueue.lifo(2);
            Task<String> first = group.start(() -> queue.get());
            Task<String> second = group.start(() -> queue.get());
            settle();
            assertThat(queue.tryGet()).isEmpty();
            queue.put("a");
            queue.put("b");
            assertThat(first.await() + second.await()).isEqualTo("ab");
        }));
    }

    @BothEngines
    void joinWaitsUntilAllThatWasPutIsDone(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            AsyncQueue<String> queue = filled(AsyncQueue.fifo(2), "a", "b");
            Task<Void> join = group.start(() -> queue.join());
            drain(queue);
            queue.taskDone();
            settle();
            assertThat(join.state()).isInstanceOf(Awaitable.Pending.class);
            assertThat(queue.unfinished()).isOne();
            queue.taskDone();
            queue.put("after");
            join.await();
            queue.taskDone();
            queue.join();
            assertThatThrownBy(queue::taskDone).isInstanceOf(IllegalStateException.class).hasMessageContaining("more often");
        }));
    }

    @BothEngines
    void s38AShutDownQueueIsDrainedAndThenGetsEnd(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            AsyncQueue<String> queue = filled(AsyncQueue.fifo(1), "a");
            Task<?> puts = group.start(() -> assertThatThrownBy(() -> queue.put("b")).isInstanceOf(ChannelClosedException.class));
            settle();
            queue.shutdown(false);
            puts.await();
            assertThatThrownBy(() -> queue.put("c")).isInstanceOf(ChannelClosedException.class).hasMessageContaining("shut down");
            assertThatThrownBy(() -> queue.tryPut("c")).isInstanceOf(ChannelClosedException.class);
            assertThat(queue.get()).isEqualTo("a");
            assertThatThrownBy(queue::get).isInstanceOf(ChannelClosedException.class);
            assertThatThrownBy(queue::tryGet).isInstanceOf(ChannelClosedException.class);
            assertThat(queue.unfinished()).isOne();
        }));
    }

    @BothEngines
    void s38AnImmediateShutdownDropsWhatIsLeftAndCountsItAsDone(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            AsyncQueue<String> queue = filled(AsyncQueue.fifo(3), "a", "b", "c");
            Task<Void> join = group.start(() -> queue.join());
            queue.get();
            queue.shutdown(false);
            queue.shutdown(true);
            settle();
            assertThat(join.state()).as("one is still being worked on").isInstanceOf(Awaitable.Pending.class);
            assertThatThrownBy(queue::get).isInstanceOf(ChannelClosedException.class);
            queue.taskDone();
            join.await();
            assertThat(queue.statistics().dropped()).isEqualTo(2);
        }));
    }

    @BothEngines
    void s38AShutdownWakesThoseWhoWaitToGet(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            AsyncQueue<String> queue = AsyncQueue.fifo(1);
            Task<String> served = group.start(() -> queue.get());
            Task<?> left = group.start(() -> assertThatThrownBy(queue::get).isInstanceOf(ChannelClosedException.class));
            settle();
            queue.put("a");
            queue.shutdown(true);
            assertThat(served.await()).as("what was handed over before").isEqualTo("a");
            left.await();
        }));
    }

    @BothEngines
    void statisticsAndTextTellWhoWaits(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            AsyncQueue<String> queue = filled(AsyncQueue.fifo(1), "a");
            Task<Void> putter = group.start("putter", () -> queue.put("b"));
            settle();
            assertThat(queue).hasToString("AsyncQueue[1 of 1, 1 unfinished, to put, waiting: 'putter']");
            assertThat(queue.statistics().waitingSenders()).containsExactly(putter.ref());
            drain(queue);
            putter.await();
            assertThat(queue.statistics().received()).isEqualTo(2);
            assertThat(queue.statistics().peak()).isOne();
        }));
    }

    @BothEngines
    void whatMakesNoSenseIsRefused(LoopFixture loops) {
        loops.run(() -> {
            assertThatThrownBy(() -> AsyncQueue.fifo(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> AsyncQueue.<String>fifo(1).put(null)).isInstanceOf(NullPointerException.class);
        });
        assertThatThrownBy(() -> AsyncQueue.fifo(1)).isInstanceOf(IllegalStateException.class);
    }
}
