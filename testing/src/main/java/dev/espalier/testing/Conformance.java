package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.Channel;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.core.spi.LoopClock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Checks that channels, locks and clocks of your own keep the rules that users of this library rely on. A failure names the rule.
 *
 * {@snippet class="dev.espalier.testing.ConformanceTest" region="lock"}
 *
 * <p>Each check makes fresh objects and runs in virtual time on loops of its own, in many orders where order matters.
 *
 * <p><b>Threads.</b> Called outside any loop.
 */
public final class Conformance {
    private Conformance() {}

    /** What has one owner at a time. */
    public interface Lock {
        /** Waits until nobody owns it, and owns it. */
        @Awaits
        void lock();

        /** Gives it back. */
        void unlock();
    }

    private record Rule(String name, VoidBodyWith<LoopTester, Exception> check) {}

    private static void check(String subject, List<Rule> rules) {
        for (Rule rule : rules) {
            try {
                LoopTester.explore(Exploration.Options.defaults().withName(rule.name), rule.check);
            } catch (Throwable e) {
                throw new AssertionError("a " + subject + " breaks the rule: " + rule.name, e);
            }
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /**
     * Checks a lock: one owner at a time, everybody gets it, and a cancelled waiter leaves nothing behind.
     *
     * @param locks makes a lock that nobody owns; called on the loop
     * @throws AssertionError if a rule is broken
     */
    public static void lock(Supplier<? extends Lock> locks) {
        check("lock", List.of(
                new Rule("one owner at a time, and everybody gets it", _ -> oneOwner(locks.get())),
                new Rule("a cancelled waiter does not own it", _ -> cancelledWaiter(locks.get()))));
    }

    @Awaits
    private static void oneOwner(Lock lock) {
        var inside = new int[2]; // now, ever
        TaskGroup.run(group -> {
            for (int i = 0; i < 4; i++) {
                group.start(() -> {
                    lock.lock();
                    inside[0]++;
                    inside[1]++;
                    require(inside[0] == 1, inside[0] + " tasks own it");
                    Async.checkpoint();
                    inside[0]--;
                    lock.unlock();
                });
            }
        });
        require(inside[1] == 4, "only " + inside[1] + " of 4 tasks got it");
    }

    @Awaits
    private static void cancelledWaiter(Lock lock) {
        TaskGroup.run(group -> {
            group.start(() -> use(lock));
            Task<?> waiter = group.start(() -> use(lock));
            group.start(() -> waiter.cancel("while it waits, or owns it"));
        });
        lock.lock(); // a deadlock here: the waiter has kept it
        lock.unlock();
    }

    @Awaits
    private static void use(Lock lock) {
        lock.lock();
        try {
            Async.checkpoint();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Checks a channel: every value arrives once and in order, none is lost by a cancellation, and the end comes after the values.
     *
     * @param channels makes an empty channel of one loop that loses nothing; called on the loop
     * @throws AssertionError if a rule is broken
     */
    public static void channel(Supplier<Channel<Integer>> channels) {
        check("channel", List.of(
                new Rule("every value arrives once, in the order of its sender", _ -> inOrder(channels.get())),
                new Rule("the end comes after the values", _ -> endAfterValues(channels.get())),
                new Rule("a cancelled receiver loses no value", tester -> cancelledReceiver(tester, channels.get())),
                new Rule("a cancelled sender has sent its value or has not", tester -> cancelledSender(tester, channels.get()))));
    }

    @Awaits
    private static void inOrder(Channel<Integer> channel) {
        var received = new ArrayList<Integer>();
        TaskGroup.run(group -> {
            for (int sender = 0; sender < 2; sender++) {
                int from = sender * 10;
                group.start(() -> {
                    for (int i = from; i < from + 3; i++) {
                        channel.sender().send(i);
                    }
                });
            }
            for (int i = 0; i < 6; i++) {
                received.add(channel.receiver().receive());
            }
        });
        require(received.stream().filter(value -> value < 10).toList().equals(List.of(0, 1, 2))
                && received.stream().filter(value -> value >= 10).toList().equals(List.of(10, 11, 12)), "there came " + received);
    }

    @Awaits
    private static void endAfterValues(Channel<Integer> channel) {
        TaskGroup.run(group -> {
            group.start(() -> {
                channel.sender().send(1);
                channel.sender().close();
            });
            require(channel.receiver().receive() == 1, "another value came");
            try {
                int more = channel.receiver().receive();
                throw new AssertionError("after the end there came " + more);
            } catch (ChannelClosedException e) {
                require(e.getCause() == null, "the end is a failure: " + e.getCause());
            }
        });
    }

    @Awaits
    private static void cancelledReceiver(LoopTester tester, Channel<Integer> channel) {
        var received = new ArrayList<Integer>();
        TaskGroup.run(group -> {
            Task<?> receiver = group.start(() -> {
                received.add(channel.receiver().receive());
            });
            Task<?> sender = group.start(() -> channel.sender().send(7));
            group.start(() -> receiver.cancel("to see whether the value is lost"));
            receiver.join();
            tester.settle();
            if (received.isEmpty()) {
                received.add(channel.receiver().receive()); // a deadlock here: it is lost
            }
            sender.join();
        });
        require(received.equals(List.of(7)), "there came " + received);
    }

    @Awaits
    private static void cancelledSender(LoopTester tester, Channel<Integer> channel) {
        TaskGroup.run(group -> {
            var sent = new boolean[1];
            var received = new ArrayList<Integer>();
            Task<?> sender = group.start(() -> {
                for (int i = 0; i < 100; i++) {
                    channel.sender().send(i);
                    sent[0] = i == 99;
                }
            });
            group.start(() -> sender.cancel("to see whether half a value was sent"));
            Task<?> receiver = group.start(() -> {
                while (true) {
                    received.add(channel.receiver().receive());
                }
            });
            sender.join();
            tester.settle();
            receiver.cancel("all has come");
            receiver.join();
            for (int i = 0; i < received.size(); i++) {
                require(received.get(i) == i, "there came " + received);
            }
            require(!sent[0] || received.size() == 100, "all was sent, and there came only " + received);
        });
    }

    /**
     * Checks a clock of a loop: it never goes back, and it moves.
     *
     * @param clock the clock
     * @param passes lets some of its time pass, such as a sleep of a millisecond
     * @throws AssertionError if a rule is broken
     */
    public static void clock(LoopClock clock, Runnable passes) {
        long before = clock.nanoTime();
        for (int i = 0; i < 10_000; i++) {
            long now = clock.nanoTime();
            require(now - before >= 0, "a clock breaks the rule: it never goes back; it went from " + before + " to " + now);
            before = now;
        }
        passes.run();
        long after = clock.nanoTime();
        require(after - before > 0, "a clock breaks the rule: it moves when time passes; it stood at " + after);
    }
}
