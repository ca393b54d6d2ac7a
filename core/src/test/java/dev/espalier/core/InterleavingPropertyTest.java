package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Primitives under random interleavings and cancellations: nothing is lost, doubled, leaked or left hanging. */
class InterleavingPropertyTest {
    private static final int TRIES = 150;

    /** Runs a body under a seeded order, on one of the engines. */
    static void explore(long seed, boolean handoff, VoidBodyWith<SplittableRandom, RuntimeException> body) {
        var loops = new LoopFixture(handoff ? LoopOptions.Engine.HANDOFF : LoopOptions.Engine.CARRIER);
        var random = new SplittableRandom(seed);
        try (EventLoop loop = loops.open(loops.options().withOrder(ready -> random.nextInt(ready.size())))) {
            loop.run(() -> body.run(random));
            assertThat(loop.statistics().timers()).isZero();
        }
        loops.assertNothingLeft();
    }

    static void pauses(SplittableRandom random) {
        for (int i = random.nextInt(3); i > 0; i--) {
            checkpoint();
        }
    }

    @Property(tries = TRIES)
    void aChannelLosesAndDoublesNoValue(
            @ForAll long seed,
            @ForAll boolean handoff,
            @ForAll @IntRange(min = 0, max = 4) int capacity,
            @ForAll @IntRange(min = 1, max = 4) int receivers) {
        List<Integer> sent = new ArrayList<>();
        List<Integer> received = new ArrayList<>();
        explore(seed, handoff, random -> {
            Channel<Integer> channel = Channel.open(capacity);
            TaskGroup.run(group -> {
                var victims = new ArrayList<Task<?>>();
                var next = new AtomicInteger();
                for (int s = 0; s < 3; s++) {
                    victims.add(group.start(() -> {
                        for (int i = 0; i < 10; i++) {
                            int value = next.incrementAndGet();
                            channel.sender().send(value);
                            sent.add(value);
                            pauses(random);
                        }
                    }));
                }
                for (int r = 0; r < receivers; r++) {
                    victims.add(group.start(() -> {
                        while (true) {
                            received.add(channel.receiver().receive());
                            pauses(random);
                        }
                    }));
                }
                for (Task<?> victim : victims) {
                    for (int i = random.nextInt(12); i > 0; i--) {
                        checkpoint();
                    }
                    victim.cancel("at a random moment");
                }
            });
            for (var left = channel.receiver().tryReceive(); left.isPresent(); left = channel.receiver().tryReceive()) {
                received.add(left.get());
            }
        });
        assertThat(received).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(sent);
    }

    @Property(tries = TRIES)
    void valuesOfOneSenderArriveInOrderUntilTheChannelEnds(
            @ForAll long seed, @ForAll boolean handoff, @ForAll @IntRange(min = 0, max = 5) int capacity) {
        List<Integer> received = new ArrayList<>();
        explore(seed, handoff, random -> {
            Channel<Integer> channel = Channel.open(capacity);
            TaskGroup.run(group -> {
                group.start(() -> {
                    for (int i = 0; i < 30; i++) {
                        channel.sender().send(i);
                        pauses(random);
                    }
                    channel.sender().close();
                });
                group.start(() -> {
                    for (int value : channel.receiver()) {
                        received.add(value);
                        pauses(random);
                    }
                });
            });
        });
        assertThat(received).hasSize(30).isSorted();
    }

    @Property(tries = TRIES)
    void aSemaphoreLeaksNoPermitAndNeverGrantsTooMany(
            @ForAll long seed, @ForAll boolean handoff, @ForAll @IntRange(min = 1, max = 4) int permits) {
        explore(seed, handoff, random -> {
            var semaphore = AsyncSemaphore.of(permits);
            var held = new AtomicInteger();
            TaskGroup.run(group -> {
                var victims = new ArrayList<Task<?>>();
                for (int i = 0; i < 8; i++) {
                    int count = 1 + random.nextInt(permits);
                    victims.add(group.start(() -> {
                        for (int n = 0; n < 5; n++) {
                            holding(semaphore, held, count, permits, random);
                        }
                    }));
                }
                for (int i = 0; i < 4; i++) {
                    pauses(random);
                    victims.get(random.nextInt(victims.size())).cancel("at a random moment");
                }
            });
            assertThat(held).hasValue(0);
            assertThat(semaphore.available()).isEqualTo(permits);
        });
    }

    private static void holding(
            AsyncSemaphore semaphore, AtomicInteger held, int count, int permits, SplittableRandom random) {
        semaphore.acquire(count);
        try {
            assertThat(held.addAndGet(count)).isLessThanOrEqualTo(permits);
            pauses(random);
        } finally {
            held.addAndGet(-count);
            semaphore.release(count);
        }
    }

    @Property(tries = TRIES)
    void everyTaskOfATreeIsCancelledExactlyWhenTheModelSaysSo(@ForAll long seed, @ForAll boolean handoff) {
        explore(seed, handoff, random -> {
            var tree = new ScopeTree(random);
            TaskGroup.run(group -> {
                tree.grow(group, 0);
                Async.shield(Waits.seconds(1), () -> { // the random cancels may hit this task too
                    Waits.settle();
                    tree.cancelSome();
                    Waits.settle();
                    tree.endAfter(tree::assertAgreesWithModel);
                });
            });
        });
    }

    /** Tasks that sleep for ever in random nests of scopes, shields and groups, with a model of what is cancelled. */
    private static final class ScopeTree {
        private final SplittableRandom random;
        private final List<Node> nodes = new ArrayList<>();
        private final List<Node> resting = new ArrayList<>(); // the innermost node of each task that sleeps
        private final Promise<String> over = Promise.create();

        private ScopeTree(SplittableRandom random) {
            this.random = random;
        }

        private record Node(Node parent, boolean shielded, ScopeNode real, Set<String> requested, List<String> woken) {
            private boolean effective() {
                return !requested.isEmpty() || (parent != null && (!shielded || parent.graceOver()) && parent.effective());
            }

            /** No shield below holds. */
            private boolean graceOver() {
                return requested.contains("without grace") || (parent != null && parent.graceOver());
            }
        }

        private Node add(Node parent, boolean shielded, ScopeNode real) {
            var node = new Node(parent, shielded, real, new HashSet<>(), new ArrayList<>());
            nodes.add(node);
            return node;
        }

        private void grow(TaskGroup group, int depth) {
            growIn(group, add(null, false, group.scope()), depth);
        }

        private void growIn(TaskGroup group, Node around, int depth) {
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                group.start(() -> nest(add(around, false, Task.current()), depth + 1));
            }
        }

        private void nest(Node around, int depth) {
            int kind = depth > 5 ? 3 : random.nextInt(4);
            switch (kind) {
                case 0 -> CancelScope.run(scope -> nest(add(around, false, scope), depth + 1));
                case 1 -> shielded(around, depth);
                case 2 -> TaskGroup.run(group -> {
                    Node node = add(around, false, group.scope());
                    growIn(group, node, depth + 1);
                    rest(node);
                });
                default -> rest(around);
            }
        }

        /** A shield that the end of the test can end: by its own request. */
        private void shielded(Node around, int depth) {
            CancelScope scope = CancelScope.enter(Task.running(), true);
            try {
                nest(add(around, true, scope), depth + 1);
            } catch (CancelledError e) {
                scope.absorbOrThrow(e);
            } finally {
                scope.exit();
            }
        }

        private void rest(Node innermost) {
            resting.add(innermost);
            try {
                sleepForever();
            } catch (CancelledError e) {
                innermost.woken().add("cancelled");
                over.outcome().awaitUncancellable(); // the tree must keep its shape until the model was compared
                throw e;
            }
        }

        private void cancelSome() {
            for (int i = random.nextInt(4); i > 0; i--) {
                Node node = nodes.get(random.nextInt(nodes.size()));
                if (node.parent() != null && node.real() instanceof CancelScope scope && random.nextBoolean()) {
                    node.requested().add("without grace"); // not of the whole: the task that compares is shielded in there
                    scope.cancel("by the test", Waits.seconds(0));
                    continue;
                }
                node.requested().add("now");
                node.real().request(new CancelReason(CancelReason.Kind.REQUEST, "by the test", null));
            }
        }

        private void assertAgreesWithModel() {
            assertThat(nodes).allSatisfy(node -> {
                assertThat(node.real().isEffective()).isEqualTo(node.effective());
                if (!node.effective()) {
                    assertThat(node.woken()).isEmpty();
                }
            });
            assertThat(nodes.stream().filter(node -> !node.woken().isEmpty()).count())
                    .as("tasks that rested in a cancelled scope were woken")
                    .isEqualTo(resting.stream().filter(Node::effective).count());
        }

        /** Cancels everything, shields too, so that the test ends whatever it found. */
        private void endAfter(Runnable check) {
            try {
                check.run();
            } finally {
                over.succeed("compared");
                nodes.forEach(node -> node.real().request(
                        new CancelReason(CancelReason.Kind.REQUEST, "the end", null)));
            }
        }
    }
}
