package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.ReadyOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The timer heap and the ready queue against plain lists. */
class QueuePropertyTest {

    /** A member of either structure, with its number in the order of creation. */
    private static final class Node extends Schedulable {
        private final int number;
        private long deadline;
        private int set; // the order in which its timer was set

        private Node(int number) {
            this.number = number;
        }

        @Override
        void runFresh() {
            throw new AssertionError("only queued");
        }

        @Override
        void timerFired() {
            throw new AssertionError("only queued");
        }

        @Override
        public String toString() {
            return number + "@" + deadline;
        }
    }

    @Property
    void theTimerHeapAgreesWithASortedList(
            @ForAll @Size(max = 400) List<@IntRange(min = 0, max = 99) Integer> commands,
            @ForAll @IntRange(min = 1, max = 20) int differentDeadlines,
            @ForAll boolean nearOverflow) {
        var heap = new TimerHeap();
        var model = new ArrayList<Node>();
        long origin = nearOverflow ? Long.MAX_VALUE - 5 : 0;
        int made = 0;
        for (int command : commands) {
            if (command < 55 || model.isEmpty()) {
                Node node = new Node(made);
                node.deadline = origin + (command * 7919L) % differentDeadlines;
                node.set = made++;
                heap.add(node, node.deadline);
                model.add(node);
            } else if (command < 80) {
                Node node = model.remove(command % model.size());
                heap.remove(node);
                heap.remove(node); // does nothing the second time
            } else {
                long now = origin + command % differentDeadlines;
                assertThat(heap.pollDue(now)).isSameAs(pollDue(model, origin, now));
            }
            assertThat(heap.size()).isEqualTo(model.size());
            if (!model.isEmpty()) {
                assertThat(heap.earliest() - origin).isEqualTo(first(model, origin).deadline - origin);
            }
        }
        while (!model.isEmpty()) {
            assertThat(heap.pollDue(origin + 100)).isSameAs(pollDue(model, origin, origin + 100));
        }
        assertThat(heap.pollDue(origin + 100)).isNull();
    }

    private static Node first(List<Node> model, long origin) {
        return model.stream()
                .min(Comparator.<Node>comparingLong(node -> node.deadline - origin).thenComparingInt(node -> node.set))
                .orElseThrow();
    }

    private static Node pollDue(List<Node> model, long origin, long now) {
        if (model.isEmpty() || first(model, origin).deadline - origin > now - origin) {
            return null;
        }
        Node due = first(model, origin);
        model.remove(due);
        return due;
    }

    @Property
    void theReadyQueueAgreesWithAList(@ForAll @Size(max = 500) List<@IntRange(min = 0, max = 999) Integer> commands) {
        var queue = new ReadyQueue();
        var model = new ArrayList<Schedulable>();
        int made = 0;
        for (int command : commands) {
            if (command < 600 || model.isEmpty()) {
                Node node = new Node(made++);
                queue.add(node);
                model.add(node);
            } else {
                int visible = 1 + command % model.size();
                int index = command % visible;
                ReadyOrder order = ready -> {
                    assertThat(ready.size()).isEqualTo(visible);
                    assertThat(ready.describe(index)).isEqualTo(model.get(index).toString());
                    assertThat(ready.taskId(index)).isZero();
                    return index;
                };
                assertThat(queue.take(order, visible)).isSameAs(model.remove(index));
            }
            assertThat(queue.count()).isEqualTo(model.size());
            assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
        }
        while (!model.isEmpty()) {
            assertThat(queue.take(ReadyOrder.FIFO, 1)).isSameAs(model.remove(0));
        }
    }
}
