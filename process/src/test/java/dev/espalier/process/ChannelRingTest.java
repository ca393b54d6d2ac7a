package dev.espalier.process;

import static dev.espalier.process.ChildProcessTest.QUIET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.Async;
import dev.espalier.core.BodyWith;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.GroupPolicy;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The way of a channel's messages through shared memory, with real child JVMs.
 */
@Timeout(60)
class ChannelRingTest {
    private static final ChildOptions IMPATIENT = QUIET.withGrace(Duration.ZERO);

    private static <T, X extends Throwable> T inGroup(BodyWith<TaskGroup, T, X> body) throws X {
        return Async.run(() -> Async.timeout(Duration.ofSeconds(50),
                () -> TaskGroup.<T, X>call(GroupPolicy.supervisor(), body)));
    }

    private static String describeAfterSending(Sender<Integer> out) {
        for (int i = 0; i < 100; i++) {
            out.send(i);
        }
        return out.toString();
    }

    private static int sumOf(Receiver<Integer> in) {
        return in.stream().mapToInt(Integer::intValue).sum();
    }

    @Test
    @DisplayName("1E: between two children messages do not pass through the parent, and its memory has no trace of them")
    void childrenShareMemory() throws IOException {
        String sender = inGroup(group -> {
            ProcessChannel<Integer> channel = ProcessChannel.open(16);
            Sender<Integer> out = channel.sender();
            Receiver<Integer> in = channel.receiver();
            var from = ChildProcess.start(group, QUIET, () -> describeAfterSending(out));
            assertThat(ChildProcess.start(group, QUIET, () -> sumOf(in)).await()).isEqualTo(4950);
            return from.await();
        });
        assertThat(sender).contains("RingWriter");
        Path maps = Path.of("/proc/self/maps");
        assumeTrue(Files.isReadable(maps));
        assertThat(Files.readAllLines(maps)).noneMatch(line -> line.contains("channel-"));
    }

    @Test
    @DisplayName("1E: the parent unmaps the memory when the channel has ended")
    void memoryIsGivenBack() throws IOException {
        inGroup(group -> {
            ProcessChannel<Integer> channel = ProcessChannel.open(16);
            Sender<Integer> out = channel.sender();
            var child = ChildProcess.start(group, QUIET, () -> describeAfterSending(out));
            assertThat(sumOf(channel.receiver())).isEqualTo(4950);
            return child.await();
        });
        Path maps = Path.of("/proc/self/maps");
        assumeTrue(Files.isReadable(maps));
        assertThat(Files.readAllLines(maps)).noneMatch(line -> line.contains("channel-"));
    }

    @Test
    @DisplayName("1E: without shared memory all goes over the sockets")
    void socketsDoToo() {
        System.setProperty("espalier.rings", "off");
        try {
            inGroup(group -> {
                ProcessChannel<Integer> channel = ProcessChannel.open(16);
                Sender<Integer> out = channel.sender();
                var child = ChildProcess.start(group, QUIET, () -> describeAfterSending(out));
                assertThat(sumOf(channel.receiver())).isEqualTo(4950);
                assertThat(child.await()).doesNotContain("Ring");
                return 0;
            });
        } finally {
            System.clearProperty("espalier.rings");
        }
    }

    private static void receiveOneAndBlock(Receiver<byte[]> in) throws InterruptedException {
        in.receive();
        new CountDownLatch(1).await(); // holds the loop, which so takes nothing out of the ring
    }

    @Test
    @DisplayName("E7: what is under way is bounded in bytes, too, when the receiver's process does nothing")
    void bytesAreBounded() {
        int sent = inGroup(group -> {
            ProcessChannel<byte[]> channel = ProcessChannel.open(1 << 20);
            Receiver<byte[]> in = channel.receiver();
            var child = ChildProcess.start(group, IMPATIENT, () -> receiveOneAndBlock(in));
            channel.sender().send(new byte[1024]);
            int count = 0;
            while (Async.moveOnAfter(Duration.ofMillis(200), () -> channel.sender().send(new byte[1024]))) {
                count++;
            }
            child.cancelAndJoin("seen");
            return count;
        });
        assertThat(sent).isBetween(100, 4096); // the ring, and what the child took before it blocked
    }

    @Test
    @DisplayName("E12: a sender that waits for room in the memory gets to know that the receiver was killed")
    void killedReceiverWakesTheSender() {
        inGroup(group -> {
            ProcessChannel<byte[]> channel = ProcessChannel.open(1 << 20);
            Receiver<byte[]> in = channel.receiver();
            var child = ChildProcess.start(group, IMPATIENT, () -> receiveOneAndBlock(in));
            channel.sender().send(new byte[1024]);
            group.start(() -> {
                while (channel.sender().trySend(new byte[1024])) {
                    // until it is full
                }
                ProcessHandle.of(child.pid().orElseThrow()).orElseThrow().destroyForcibly();
            });
            ChannelClosedException end = catchThrowableOfType(ChannelClosedException.class, () -> {
                while (true) {
                    channel.sender().send(new byte[1024]);
                }
            });
            assertThat(end).hasCauseInstanceOf(WorkerLostException.class);
            return 0;
        });
    }
}
