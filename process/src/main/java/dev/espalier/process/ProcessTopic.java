package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.Broadcast;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Values that this process publishes to all who have subscribed in its children. Each gets a copy of all that is
 * published after it has subscribed; what becomes of one that is too slow is said when the topic is opened.
 *
 * {@snippet class="dev.espalier.process.ProcessTopicTest" region="topic"}
 *
 * <p>To run a body once in every worker of a pool there is {@link ProcessPool#broadcast}; for subscribers in this
 * process there is {@link Broadcast}.
 *
 * <p><b>The end.</b> When the topic is closed, the subscribers get what was published before, and then the end. If its
 * group has ended before that was all on its way, they get a failure instead. A subscriber that closes its end, or
 * whose process ends, concerns nobody else.
 *
 * <p><b>Threads.</b> It belongs to the loop on which it was opened, and each subscription to that of its process.
 * <b>Ordering.</b> All subscribers see the values in the order in which they were published.
 *
 * @param <T> the values
 */
public final class ProcessTopic<T> implements AutoCloseable {
    // A value is written once, when it is published, with a table of definitions for the whole topic. Each subscriber
    // has a channel of its own, and a task that sends there what it has still to get: values, and before them the
    // definitions that it does not know yet, also those of values that it has missed.

    /** So many are on their way to one subscriber, beside those that wait for it here. */
    private static final int ON_THE_WAY = 16;

    /** What a subscriber that is too slow means. */
    public enum Lagging {
        /** It misses the oldest values, and {@link Subscription#missed} tells how many. */
        SKIP,
        /** {@link ProcessTopic#publish} waits for it. */
        SUSPEND,
        /** Its subscription ends with a failure. */
        CUT
    }

    /** A value, and how many definitions it needs. */
    private record Published(byte[] bytes, int definitions) {
    }

    /** What travels to a subscriber. */
    private record Item(long missed, List<byte[]> definitions, byte[] bytes) {
    }

    // By the holder of the loop's turn.
    private final TaskGroup group;
    private final int capacity;
    private final Lagging lagging;
    private final Broadcast<Published> values;
    private final SymbolTable table = new SymbolTable();

    private ProcessTopic(TaskGroup group, int capacity, Lagging lagging) {
        this.group = group;
        this.capacity = capacity;
        this.lagging = lagging;
        this.values = Broadcast.open(capacity, 0,
                lagging == Lagging.SUSPEND ? Broadcast.Lagging.SUSPEND : Broadcast.Lagging.SKIP);
    }

    /**
     * Opens a topic of the current loop.
     *
     * @param <T> the values
     * @param group in which values are sent to the subscribers, as long as it has other tasks
     * @param capacity how many values a subscriber may be behind, 1 to 65 536; up to 16 more are on their way to it
     * @param lagging what becomes of a subscriber that is further behind
     * @return the topic, without subscribers
     * @throws IllegalStateException outside a loop
     */
    public static <T> ProcessTopic<T> open(TaskGroup group, int capacity, Lagging lagging) {
        PoolOptions.check(capacity >= 1 && capacity <= 1 << 16, "capacity", capacity, "1 to 65536");
        return new ProcessTopic<>(group, capacity, lagging);
    }

    /**
     * Subscribes a child, whose body captures what this returns. What is published from now on waits for the child to
     * be ready, up to the capacity; a subscription that no child captures counts as slow for ever.
     *
     * @return the subscription, to be captured by the body of one {@link ChildProcess}
     * @throws IllegalStateException if the group has been left
     */
    public Subscription<T> subscribe() {
        ProcessChannel<Item> way = ProcessChannel.open(Math.min(capacity, ON_THE_WAY));
        Receiver<Published> behind = values.subscribe();
        group.startBackground("a subscription of " + this, () -> feed(behind, way.sender));
        return new Subscription<>(way.receiver);
    }

    @Awaits
    private void feed(Receiver<Published> behind, Sender<Item> out) {
        try {
            new Feed(behind, out).run();
        } catch (ChannelClosedException over) {
            // The topic has ended, or nobody receives any more: the end of a channel that has ended says nothing.
            out.close();
        } catch (CancelledError cancelled) {
            out.fail(new IllegalStateException("the group of the topic has ended, and values may be missing"));
            throw cancelled;
        } finally {
            behind.close();
        }
    }

    /** What is sent to one subscriber. */
    private final class Feed {
        private final Receiver<Published> behind;
        private final Sender<Item> out;
        private long missed;
        private int told;

        Feed(Receiver<Published> behind, Sender<Item> out) {
            this.behind = behind;
            this.out = out;
        }

        @Awaits
        void run() {
            while (true) {
                try {
                    send(behind.receive());
                } catch (Broadcast.LaggedException lagged) {
                    missed += lagged.missed();
                    if (lagging == Lagging.CUT) {
                        out.fail(new IllegalStateException("the subscriber was more than " + capacity
                                + " values behind and was cut off; use a larger capacity, or another Lagging"));
                        return;
                    }
                }
            }
        }

        @Awaits
        private void send(Published value) {
            List<byte[]> definitions = new ArrayList<>();
            for (; told < value.definitions(); told++) {
                definitions.add(table.definition(told));
            }
            out.send(new Item(missed, definitions, value.bytes()));
        }
    }

    /**
     * Publishes a value. With {@link Lagging#SUSPEND} it waits while a subscriber is behind by the capacity.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the value was published to nobody.
     *
     * @param value the value, of which copies travel; not null
     * @throws IllegalArgumentException if it cannot travel; shared buffers that move cannot
     * @throws ChannelClosedException if the topic is closed
     */
    @Awaits
    public void publish(T value) {
        values.send(encoded(value));
    }

    /**
     * Publishes a value if that needs no waiting.
     *
     * @param value the value, of which copies travel; not null
     * @return whether it was published; always unless with {@link Lagging#SUSPEND} a subscriber is behind by the
     *         capacity
     * @throws IllegalArgumentException if it cannot travel; shared buffers that move cannot
     * @throws ChannelClosedException if the topic is closed
     */
    public boolean tryPublish(T value) {
        return values.trySend(encoded(value));
    }

    private Published encoded(T value) {
        Objects.requireNonNull(value, "a topic carries no null");
        Encoder out = new Encoder(table);
        try {
            out.staying();
            out.root(value);
        } catch (EncodingException bad) {
            throw new IllegalArgumentException("the value cannot be sent to another process: " + bad.getMessage(), bad);
        }
        return new Published(out.toBytes(), table.size());
    }

    /**
     * {@return how many subscribe now}
     */
    public int subscribers() {
        return values.subscribers();
    }

    /** Ends the topic: the subscribers get what was published before, and then the end. Idempotent. */
    @Override
    public void close() {
        values.close();
    }

    @Override
    public String toString() {
        return "ProcessTopic[" + values + "]";
    }

    /**
     * What one subscriber gets. It is captured by the body of a child, moves there, and is used there alone.
     *
     * @param <T> the values
     */
    public static final class Subscription<T> implements Receiver<T>, Serializable {
        private static final long serialVersionUID = 1L;

        private final ProcessReceiver<Item> items;
        // By the holder of the turn, in the child.
        private transient @Nullable Symbols symbols;
        private transient long missed;

        private Subscription(ProcessReceiver<Item> items) {
            this.items = items;
        }

        /**
         * {@inheritDoc}
         *
         * @throws RemoteTaskException if the value cannot be read here; the next one may be
         * @throws ChannelClosedException at the end of the topic; with a cause if it ended otherwise than by closing, or
         *         this subscriber was too slow
         */
        @Awaits
        @Override
        public T receive() {
            return value(there().receive());
        }

        @Override
        public Optional<T> tryReceive() {
            return there().tryReceive().map(this::value);
        }

        private ProcessReceiver<Item> there() {
            if (items.isWhereItWasOpened()) {
                throw new IllegalStateException("a subscription is for the child whose body captures it; use a Broadcast"
                        + " for subscribers in the publisher's process");
            }
            return items;
        }

        @SuppressWarnings({"unchecked", "NullAway"}) // the publisher's compiler has checked the type
        private T value(Item item) {
            missed = item.missed();
            try {
                Symbols known = symbols == null ? ChildRuntime.newSymbols() : symbols;
                symbols = known;
                for (byte[] definition : item.definitions()) {
                    known.define(known.size(), definition);
                }
                return (T) new Decoder(known).over(item.bytes(), 0, item.bytes().length).last();
            } catch (EncodingException | ProtocolException bad) {
                throw new RemoteTaskException("a value of the topic cannot be read: " + bad, "", bad);
            }
        }

        /**
         * {@return how many values it had missed, because it was too slow, before the last one that it received; of all
         *         that were published since it subscribed}
         */
        public long missed() {
            return missed;
        }

        @Override
        public CancelScope.Registration onReady(Runnable action) {
            return there().onReady(action);
        }

        @Override
        public void close() {
            items.close();
        }

        @Override
        public String toString() {
            return "Subscription[" + items + (missed == 0 ? "]" : ", " + missed + " missed]");
        }
    }
}
