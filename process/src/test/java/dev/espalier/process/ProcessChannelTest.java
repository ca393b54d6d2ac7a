package dev.espalier.process;

import static dev.espalier.process.ChildProcessTest.QUIET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.core.Async;
import dev.espalier.core.BodyWith;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Clause;
import dev.espalier.core.GroupPolicy;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Channels between processes, with real child JVMs.
 */
@Timeout(60)
class ProcessChannelTest {
    record Leaf(String tree, int number, List<String> veins) {
    }

    private static <T, X extends Throwable> T inGroup(BodyWith<TaskGroup, T, X> body) throws X {
        return Async.run(() -> Async.timeout(Duration.ofSeconds(50),
                () -> TaskGroup.<T, X>call(GroupPolicy.supervisor(), body)));
    }

    private static void lengths(Receiver<String> words, Sender<Integer> out) {
        for (String word : words) {
            out.send(word.length());
        }
        out.close();
    }

    @Test
    @DisplayName("3.35: an end that is said before the other end has moved is heard there")
    void endSaidBeforeTheMoveArrives() {
        assertThat(ProcessChannelTest.<List<Object>, RuntimeException>inGroup(group -> {
            ProcessChannel<String> closed = ProcessChannel.open(1);
            ProcessChannel<String> failed = ProcessChannel.open(1);
            ProcessChannel<String> unread = ProcessChannel.open(1);
            Receiver<String> none = closed.receiver();
            Receiver<String> bad = failed.receiver();
            Sender<String> nobody = unread.sender();
            closed.sender().close();
            failed.sender().fail(new IllegalStateException("before"));
            unread.receiver().close();
            return ChildProcess.<List<Object>>start(group, QUIET, () -> List.of(none.stream().toList(),
                    catchThrowableOfType(ChannelClosedException.class, bad::receive).getCause().getMessage(),
                    catchThrowableOfType(ChannelClosedException.class, () -> nobody.send("x")).getMessage())).await();
        })).containsExactly(List.of(), "before", "the receiver is closed; nobody takes the value");
    }

    @Test
    void bothDirectionsWork() {
        ChildOptions options = QUIET;
        List<Integer> seen = inGroup(group -> {
            // @start region="channel"
            ProcessChannel<String> words = ProcessChannel.open(16);
            ProcessChannel<Integer> lengths = ProcessChannel.open(16);
            Receiver<String> in = words.receiver();
            Sender<Integer> out = lengths.sender();
            ChildProcess.start(group, options, () -> lengths(in, out)); // captures two ends, which move to the child
            words.sender().send("apple");
            words.sender().send("fig");
            words.sender().close();
            return lengths.receiver().stream().toList();
            // @end
        });
        assertThat(seen).containsExactly(5, 3);
    }

    private static void leaves(int count, Sender<Leaf> out) {
        IntStream.range(0, count).forEach(i -> out.send(new Leaf("oak", i, List.of("v" + i))));
    }

    @Test
    @DisplayName("E7: order is kept and nothing is lost when the sender is much faster; what is under way is bounded")
    void manyValuesComeInOrder() {
        int count = inGroup(group -> {
            ProcessChannel<Leaf> channel = ProcessChannel.open(8);
            Sender<Leaf> out = channel.sender();
            ChildProcess.start(group, QUIET, () -> leaves(5000, out));
            int next = 0;
            for (Leaf leaf : channel.receiver()) {
                assertThat(leaf).isEqualTo(new Leaf("oak", next, List.of("v" + next)));
                next++;
            }
            return next;
        });
        assertThat(count).isEqualTo(5000);
    }

    @Test
    @DisplayName("E7: a sender waits for the receiver, not longer")
    void sendingWaitsForRoom() {
        inGroup(group -> {
            ProcessChannel<Integer> numbers = ProcessChannel.open(2);
            ProcessChannel<String> words = ProcessChannel.open(1);
            Receiver<Integer> in = numbers.receiver();
            Receiver<String> go = words.receiver();
            var child = ChildProcess.start(group, QUIET, () -> {
                go.receive();
                return in.receive() + in.receive() + in.receive();
            });
            Sender<Integer> out = numbers.sender();
            out.send(1);
            out.send(2);
            assertThat(out.trySend(3)).isFalse();
            assertThat(Async.moveOnAfter(Duration.ofMillis(100), () -> out.send(3))).isFalse();
            words.sender().send("go");
            out.send(4);
            assertThat(child.await()).isEqualTo(7);
            return 0;
        });
    }

    @Test
    @DisplayName("C9, E1: one child sends to another")
    void childrenTalkToEachOther() {
        long sum = inGroup(group -> {
            ProcessChannel<Leaf> channel = ProcessChannel.open(32);
            Sender<Leaf> out = channel.sender();
            Receiver<Leaf> in = channel.receiver();
            ChildProcess.start(group, QUIET, () -> leaves(1000, out));
            return ChildProcess.start(group, QUIET, () -> in.stream().mapToLong(Leaf::number).sum()).await();
        });
        assertThat(sum).isEqualTo(499_500);
    }

    @Test
    @DisplayName("E11: a large value travels in chunks")
    void largeValuesTravel() {
        int length = inGroup(group -> {
            ProcessChannel<byte[]> there = ProcessChannel.open(1);
            ProcessChannel<byte[]> back = ProcessChannel.open(1);
            Receiver<byte[]> in = there.receiver();
            Sender<byte[]> out = back.sender();
            ChildProcess.start(group, QUIET.withJvm(QUIET.jvm().withHeapBytes(256 << 20)), () -> out.send(in.receive()));
            byte[] large = new byte[3 << 20];
            large[large.length - 1] = 7;
            there.sender().send(large);
            byte[] again = back.receiver().receive();
            assertThat(again[again.length - 1]).isEqualTo((byte) 7);
            return again.length;
        });
        assertThat(length).isEqualTo(3 << 20);
    }

    @Test
    @DisplayName("E3: a select receives from it")
    void selectReceives() {
        String got = inGroup(group -> {
            ProcessChannel<Leaf> channel = ProcessChannel.open(8);
            Sender<Leaf> out = channel.sender();
            ChildProcess.start(group, QUIET, () -> leaves(1, out));
            return Async.<String>select(Clause.receive(channel.receiver(), Leaf::tree),
                    Clause.after(Duration.ofSeconds(40), () -> "late"));
        });
        assertThat(got).isEqualTo("oak");
    }

    // ---- ends

    private static void sendAndDie(Sender<Integer> out) throws InterruptedException {
        out.send(1);
        out.send(2);
        Async.checkpoint(); // what was sent in a turn goes out at its end
        Runtime.getRuntime().halt(9);
    }

    @Test
    @DisplayName("E12, 3.35: what came before the peer's death is received, then the loss with its reason")
    void lossOfThePeerIsTheCause() {
        inGroup(group -> {
            ProcessChannel<Integer> channel = ProcessChannel.open(8);
            Sender<Integer> out = channel.sender();
            var child = ChildProcess.start(group, QUIET, () -> sendAndDie(out));
            List<Integer> seen = new ArrayList<>(List.of(channel.receiver().receive()));
            child.exit().await();
            seen.add(channel.receiver().receive());
            assertThat(seen).containsExactly(1, 2);
            ChannelClosedException end = catchThrowableOfType(ChannelClosedException.class, () -> channel.receiver().receive());
            assertThat(end.getCause()).isInstanceOfSatisfying(WorkerLostException.class,
                    lost -> assertThat(lost.status()).isEqualTo(new ExitStatus.Exited(9))).hasMessageContaining("subject");
            return 0;
        });
    }

    @Test
    @DisplayName("E12: a sender whose peer ends gets to know, also while it waits")
    void sendingToALostPeerFails() {
        inGroup(group -> {
            ProcessChannel<Integer> channel = ProcessChannel.open(1);
            Receiver<Integer> in = channel.receiver();
            ChildProcess.start(group, QUIET, () -> {
                in.receive();
                Runtime.getRuntime().halt(9);
            });
            assertThatThrownBy(() -> {
                while (true) {
                    channel.sender().send(1);
                }
            }).isInstanceOf(ChannelClosedException.class).hasCauseInstanceOf(WorkerLostException.class);
            return 0;
        });
    }

    @Test
    @DisplayName("S40: a failure comes out behind the values, with its type")
    void failureTravels() {
        inGroup(group -> {
            ProcessChannel<Integer> channel = ProcessChannel.open(8);
            Sender<Integer> out = channel.sender();
            ChildProcess.start(group, QUIET, () -> {
                out.send(1);
                out.fail(new IllegalArgumentException("rotten"));
            });
            assertThat(channel.receiver().receive()).isEqualTo(1);
            assertThatThrownBy(() -> channel.receiver().receive()).isInstanceOf(ChannelClosedException.class)
                    .hasCauseInstanceOf(IllegalArgumentException.class).hasStackTraceContaining("rotten");
            return 0;
        });
    }

    @Test
    void closingTheReceiverEndsTheSender() {
        inGroup(group -> {
            ProcessChannel<Leaf> channel = ProcessChannel.open(4);
            Sender<Leaf> out = channel.sender();
            var child = ChildProcess.start(group, QUIET, () -> {
                try {
                    leaves(Integer.MAX_VALUE, out);
                    return "sent all";
                } catch (ChannelClosedException e) {
                    return e.getMessage();
                }
            });
            channel.receiver().receive();
            channel.receiver().close();
            assertThat(child.await()).contains("receiver is closed");
            return 0;
        });
    }

    // ---- moves

    @Test
    void anEndThatMovedIsGoneFromHere() {
        inGroup(group -> {
            ProcessChannel<Integer> channel = ProcessChannel.open(1);
            Receiver<Integer> in = channel.receiver();
            var child = ChildProcess.start(group, QUIET, in::receive);
            assertThatThrownBy(in::tryReceive).isInstanceOf(IllegalStateException.class).hasMessageContaining("moved");
            assertThatThrownBy(() -> ChildProcess.start(group, QUIET, in::receive)).hasMessageContaining("moved");
            channel.sender().send(5);
            assertThat(child.await()).isEqualTo(5);
            return 0;
        });
    }

    @Test
    void valuesThatCannotTravelTakeNoPlace() {
        inGroup(group -> {
            ProcessChannel<Object> channel = ProcessChannel.open(1);
            Receiver<Object> in = channel.receiver();
            var child = ChildProcess.start(group, QUIET, () -> in.receive().toString());
            assertThatThrownBy(() -> channel.sender().send(new Object())).isInstanceOf(IllegalArgumentException.class);
            channel.sender().send("fine");
            assertThat(child.await()).isEqualTo("fine");
            return 0;
        });
    }
}
