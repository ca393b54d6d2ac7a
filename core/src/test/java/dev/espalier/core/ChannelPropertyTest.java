package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Channels, queues, broadcasts and watches against plain models, and under random orders with cancellations at random. */
class ChannelPropertyTest {
    private static final int TRIES = 150;

    private static void explore(long seed, boolean handoff, VoidBodyWith<SplittableRandom, RuntimeException> body) {
        var loops = new LoopFixture(handoff ? LoopOptions.Engine.HANDOFF : LoopOptions.Engine.CARRIER);
        var random = new SplittableRandom(seed);
        try (EventLoop loop = loops.open(loops.options().withOrder(ready -> random.nextInt(ready.size())))) {
            loop.run(() -> body.run(random));
            assertThat(loop.statistics().timers()).isZero();
        }
        loops.assertNothingLeft();
    }

    private static void alone(Runnable body) {
        explore(0, false, random -> body.run());
    }

    private static void pauses(SplittableRandom random) {
        for (int i = random.nextInt(3); i > 0; i--) {
            checkpoint();
        }
    }

    private static void cancelSome(List<Task<?>> victims, SplittableRandom random) {
        for (Task<?> victim : victims) {
            for (int i = random.nextInt(9); i > 0; i--) {
                checkpoint();
            }
            if (random.nextInt(3) == 0) {
                victim.cancel("at a random moment");
            }
        }
    }

    // ---- channels

    @Property
    void aChannelAgreesWithAListThatHasReservedPlaces(
            @ForAll Channel.Overflow overflow,
            @ForAll @IntRange(min = 1, max = 4) int capacity,
            @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 99) Integer> commands) {
        alone(() -> {
            var undelivered = new ArrayList<Integer>();
            Channel<Integer> channel = Channel.open(capacity, overflow, undelivered::add);
            var model = new ArrayList<Integer>();
            var dropped = new ArrayList<Integer>();
            var permits = new ArrayDeque<Sender.Permit<Integer>>();
            int number = 0;
            for (int command : commands) {
                boolean room = model.size() + permits.size() < capacity;
                if (command < 40) {
                    boolean sent = channel.sender().trySend(++number);
                    assertThat(sent).isEqualTo(room || overflow == Channel.Overflow.DROP_OLDEST);
                    if (sent && !room) {
                        dropped.add(model.removeFirst());
                    }
                    if (sent) {
                        model.add(number);
                    }
                } else if (command < 70) {
                    assertThat(channel.receiver().tryReceive())
                            .isEqualTo(model.isEmpty() ? Optional.empty() : Optional.of(model.removeFirst()));
                } else if (command < 80 && overflow == Channel.Overflow.SUSPEND) {
                    var permit = channel.sender().tryReserve();
                    assertThat(permit.isPresent()).isEqualTo(room);
                    permit.ifPresent(permits::add);
                } else if (command < 90 && !permits.isEmpty()) {
                    permits.remove().send(++number);
                    model.add(number);
                } else if (!permits.isEmpty()) {
                    permits.remove().close();
                }
                assertThat(channel.statistics().size()).isEqualTo(model.size());
                assertThat(undelivered).isEqualTo(dropped);
            }
            channel.receiver().close();
            dropped.addAll(model);
            assertThat(undelivered).isEqualTo(dropped);
            assertThat(channel.statistics().dropped()).isEqualTo(dropped.size());
        });
    }

    @Property(tries = TRIES)
    void everyValueThatWasSentIsReceivedOrHandledOnce(
            @ForAll long seed,
            @ForAll boolean handoff,
            @ForAll Channel.Overflow overflow,
            @ForAll @IntRange(min = 1, max = 3) int capacity) {
        var sent = new ArrayList<Integer>();
        var seen = new ArrayList<Integer>();
        explore(seed, handoff, random -> {
            Channel<Integer> channel = Channel.open(capacity, overflow, seen::add);
            var next = new AtomicInteger();
            TaskGroup.run(group -> {
                var victims = new ArrayList<Task<?>>();
                for (int s = 0; s < 3; s++) {
                    victims.add(group.start(() -> sendSome(channel, next, sent, random)));
                    victims.add(group.start(() -> {
                        while (true) {
                            try {
                                seen.add(channel.receiver().receive());
                            } catch (ChannelClosedException e) {
                                return;
                            }
                            pauses(random);
                        }
                    }));
                }
                cancelSome(victims, random);
                channel.receiver().close();
            });
            var end = channel.statistics();
            assertThat(end.sent()).isEqualTo(sent.size());
            assertThat(end.received() + end.dropped()).isEqualTo(sent.size());
            assertThat(channel.receiver()).asString().isEqualTo("channel[0 of " + capacity + ", receiver closed]");
        });
        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(sent);
    }

    /** Sends, in places of its own where that is possible; what was refused does not count. */
    private static void sendSome(Channel<Integer> channel, AtomicInteger next, List<Integer> sent, SplittableRandom random) {
        for (int i = 0; i < 10; i++) {
            int value = next.incrementAndGet();
            try {
                if (channel.sender() instanceof ChannelSender<Integer> && random.nextInt(3) == 0 && maySuspend(channel)) {
                    try (var permit = channel.sender().reserve()) {
                        pauses(random);
                        permit.send(value);
                    }
                } else {
                    channel.sender().send(value);
                }
                sent.add(value);
            } catch (ChannelClosedException e) {
                return;
            } catch (Channel.FullException e) {
                checkpoint();
            }
            pauses(random);
        }
    }

    private static boolean maySuspend(Channel<Integer> channel) {
        return channel.receiver() instanceof ChannelBuffer<Integer> buffer && buffer.overflow == Channel.Overflow.SUSPEND;
    }

    // ---- queues

    private record Job(int urgency, int number) {}

    @Property
    void aQueueAgreesWithASortedList(
            @ForAll @IntRange(min = 0, max = 2) int kind,
            @ForAll @IntRange(min = 1, max = 9) int capacity,
            @ForAll @Size(max = 200) List<@IntRange(min = 0, max = 99) Integer> commands) {
        alone(() -> {
            AsyncQueue<Job> queue = queueOf(kind, capacity);
            var model = new ArrayList<Job>();
            int number = 0;
            for (int command : commands) {
                if (command < 60) {
                    var job = new Job(command % 4, number++);
                    assertThat(queue.tryPut(job)).isEqualTo(model.size() < capacity);
                    if (model.size() < capacity) {
                        model.add(job);
                    }
                } else {
                    Optional<Job> first = model.stream().min(orderOf(kind));
                    first.ifPresent(model::remove);
                    assertThat(queue.tryGet()).isEqualTo(first);
                }
            }
            assertThat(queue.statistics().size()).isEqualTo(model.size());
        });
    }

    private static AsyncQueue<Job> queueOf(int kind, int capacity) {
        return switch (kind) {
            case 0 -> AsyncQueue.fifo(capacity);
            case 1 -> AsyncQueue.lifo(capacity);
            default -> AsyncQueue.priority(capacity, Comparator.comparingInt(Job::urgency));
        };
    }

    private static Comparator<Job> orderOf(int kind) {
        return switch (kind) {
            case 0 -> Comparator.comparingInt(Job::number);
            case 1 -> Comparator.comparingInt(Job::number).reversed();
            default -> Comparator.comparingInt(Job::urgency).thenComparingInt(Job::number);
        };
    }

    @Property(tries = TRIES)
    void aQueueLosesNothingAndJoinSeesItsEnd(
            @ForAll long seed,
            @ForAll boolean handoff,
            @ForAll @IntRange(min = 0, max = 2) int kind,
            @ForAll @IntRange(min = 1, max = 3) int capacity) {
        explore(seed, handoff, random -> {
            AsyncQueue<Job> queue = queueOf(kind, capacity);
            var put = new ArrayList<Job>();
            var got = new ArrayList<Job>();
            TaskGroup.run(group -> {
                for (int w = 0; w < 3; w++) {
                    group.startBackground(() -> work(queue, got, random));
                }
                TaskGroup.run(putters -> {
                    var victims = new ArrayList<Task<?>>();
                    for (int p = 0; p < 3; p++) {
                        int urgency = p;
                        victims.add(putters.start(() -> {
                            for (int i = 0; i < 8; i++) {
                                var job = new Job(urgency, i);
                                queue.put(job);
                                put.add(job);
                                pauses(random);
                            }
                        }));
                    }
                    cancelSome(victims, random);
                });
                queue.join();
                assertThat(got).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(put);
                assertThat(queue.unfinished()).isZero();
            });
        });
    }

    /** Gives up waiting for work now and then. */
    private static void work(AsyncQueue<Job> queue, List<Job> got, SplittableRandom random) {
        while (true) {
            CancelScope.run(scope -> {
                if (random.nextInt(3) == 0) {
                    EventLoop.current().callSoon(() -> scope.cancel("it takes too long"));
                }
                got.add(queue.get());
                queue.taskDone();
            });
            pauses(random);
            checkpoint();
        }
    }

    // ---- broadcasts

    /** What one subscriber should see: the numbers from {@code position} on. */
    private static final class Reader {
        private final Receiver<Integer> real;
        private int position;

        private Reader(Receiver<Integer> real, int position) {
            this.real = real;
            this.position = position;
        }

        private void receive(int sent, int capacity) {
            int oldest = Math.max(0, sent - capacity);
            try {
                Optional<Integer> got = real.tryReceive();
                assertThat(position).isGreaterThanOrEqualTo(oldest);
                assertThat(got).isEqualTo(position < sent ? Optional.of(position++) : Optional.empty());
            } catch (Broadcast.LaggedException e) {
                assertThat(e.missed()).isEqualTo(oldest - position);
                position = oldest;
            }
        }
    }

    @Property
    void s42ABroadcastAgreesWithAListAndPositionsInIt(
            @ForAll Broadcast.Lagging lagging,
            @ForAll @IntRange(min = 1, max = 5) int capacity,
            @ForAll @IntRange(min = 0, max = 5) int replay,
            @ForAll @Size(max = 250) List<@IntRange(min = 0, max = 99) Integer> commands) {
        int replayed = Math.min(replay, capacity);
        alone(() -> {
            Broadcast<Integer> broadcast = Broadcast.open(capacity, replayed, lagging);
            var readers = new ArrayList<Reader>();
            int sent = 0;
            for (int command : commands) {
                int behind = sent - readers.stream().mapToInt(reader -> reader.position).min().orElse(sent);
                if (command < 45) {
                    boolean fits = lagging == Broadcast.Lagging.SKIP || behind < capacity;
                    assertThat(broadcast.trySend(sent)).isEqualTo(fits);
                    sent += fits ? 1 : 0;
                } else if (command < 55) {
                    readers.add(new Reader(broadcast.subscribe(), Math.max(0, sent - replayed)));
                } else if (!readers.isEmpty() && command < 95) {
                    readers.get(command % readers.size()).receive(sent, capacity);
                } else if (!readers.isEmpty()) {
                    readers.remove(command % readers.size()).real.close();
                }
                assertThat(broadcast.subscribers()).isEqualTo(readers.size());
            }
        });
    }

    @Property(tries = TRIES)
    void everySubscriberSeesEveryValueOnceAndInOneOrderWhereSendersWait(
            @ForAll long seed, @ForAll boolean handoff, @ForAll @IntRange(min = 1, max = 4) int capacity) {
        List<List<Integer>> seen = new ArrayList<>();
        var sent = new ArrayList<Integer>();
        explore(seed, handoff, random -> {
            Broadcast<Integer> broadcast = Broadcast.open(capacity, 0, Broadcast.Lagging.SUSPEND);
            var next = new AtomicInteger();
            TaskGroup.run(group -> {
                for (int r = 0; r < 3; r++) {
                    var mine = new ArrayList<Integer>();
                    seen.add(mine);
                    Receiver<Integer> values = broadcast.subscribe();
                    group.start(() -> {
                        for (int value : values) {
                            mine.add(value);
                            pauses(random);
                        }
                    });
                }
                Receiver<Integer> leaves = broadcast.subscribe();
                group.start(() -> {
                    pauses(random);
                    leaves.tryReceive();
                    pauses(random);
                    leaves.close();
                });
                TaskGroup.run(senders -> {
                    var victims = new ArrayList<Task<?>>();
                    for (int s = 0; s < 3; s++) {
                        victims.add(senders.start(() -> {
                            for (int i = 0; i < 8; i++) {
                                int value = next.incrementAndGet();
                                broadcast.send(value);
                                sent.add(value);
                                pauses(random);
                            }
                        }));
                    }
                    cancelSome(victims, random);
                });
                broadcast.close();
            });
        });
        assertThat(seen.getFirst()).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(seen).allSatisfy(each -> assertThat(each).isEqualTo(seen.getFirst()));
    }

    // ---- watches

    @Property(tries = TRIES)
    void whoWatchesSeesOnlyLaterValuesAndTheLastOne(@ForAll long seed, @ForAll boolean handoff) {
        explore(seed, handoff, random -> {
            Watch<Integer> watch = Watch.of(0);
            Deque<List<Integer>> seen = new ArrayDeque<>();
            TaskGroup.run(group -> {
                for (int w = 0; w < 3; w++) {
                    var mine = new ArrayList<Integer>();
                    seen.add(mine);
                    group.start(() -> {
                        for (int value : watch.changes()) {
                            mine.add(value);
                            pauses(random);
                        }
                    });
                }
                Task<Integer> reached = group.start(() -> watch.awaitUntil(value -> value >= 10));
                for (int i = 1; i <= 15; i++) {
                    watch.set(i);
                    pauses(random);
                }
                assertThat(reached.await()).isBetween(10, 15);
                watch.close();
            });
            assertThat(seen).allSatisfy(each -> {
                assertThat(each).isSorted().doesNotHaveDuplicates();
                assertThat(each.getLast()).isEqualTo(15);
            });
        });
    }
}
