package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.CancelledError;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.io.ByteStream;
import dev.espalier.io.StreamClosedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryStreamsTest { // D7
    // @start region="pair"
    /** The code under test. */
    static void greet(ByteStream client) throws IOException {
        client.writeLine("hello " + client.readLine());
    }

    @LoopTest
    void greeting(LoopTester tester) throws IOException {
        MemoryStreams streams = MemoryStreams.pair();
        tester.background().start(() -> greet(streams.left()));
        streams.right().writeLine("world");
        assertThat(streams.right().readLine()).isEqualTo("hello world");
    }
    // @end

    @Engines
    void aWriterWaitsForRoomAndTheBytesArriveInOrder(LoopOptions.Engine engine) throws IOException {
        LoopTester.<IOException>run(Engines.Options.on(engine), tester -> {
            MemoryStreams streams = MemoryStreams.pair(10);
            var all = new byte[1000];
            for (int i = 0; i < all.length; i++) {
                all[i] = (byte) i;
            }
            Task<Void> writer = tester.background().start(() -> {
                streams.left().write(all);
                streams.left().writeEnd();
            });
            tester.settle();
            assertThat(writer.state()).isInstanceOf(Awaitable.Pending.class);
            assertThat(streams.right().readAll(1000)).isEqualTo(all);
            assertThat(streams.right().read(1)).isEmpty();
            streams.right().writeLine("open");
            assertThat(streams.left().readLine()).as("the other direction").isEqualTo("open");
        });
    }

    @LoopTest
    void inLockstepAWriteReturnsWhenAllWasRead(LoopTester tester) throws IOException {
        MemoryStreams streams = MemoryStreams.lockstep();
        Task<Void> writer = tester.background().start(() -> streams.left().write("abc"));
        assertThat(streams.right().read(100)).hasSize(3);
        tester.settle();
        assertThat(writer.state()).isInstanceOf(Awaitable.Succeeded.class);

        Task<Void> waits = tester.background().start(() -> streams.left().write("abc"));
        tester.settle();
        assertThat(waits.state()).isInstanceOf(Awaitable.Pending.class);
        waits.cancel("the end");
    }

    @LoopTest
    void piecesAreOfRandomSizes(LoopTester tester) throws IOException {
        MemoryStreams streams = MemoryStreams.chunked(tester, 3);
        streams.left().write(new byte[1000]);
        streams.left().writeEnd();
        var sizes = new ArrayList<Integer>();
        for (byte[] piece = streams.right().read(100); piece.length > 0; piece = streams.right().read(100)) {
            sizes.add(piece.length);
        }
        assertThat(sizes).containsOnly(1, 2, 3).contains(1, 2, 3);
    }

    @LoopTest
    void bytesTakeVirtualTime(LoopTester tester) throws IOException {
        MemoryStreams streams = MemoryStreams.throttled(1000);
        streams.left().write(new byte[5000]);
        assertThat(streams.right().readExactly(5000)).hasSize(5000);
        assertThat(tester.clock().elapsed()).isEqualTo(Duration.ofSeconds(5));
    }

    @LoopTest
    void aCancelledReadLosesNothing(LoopTester tester) throws IOException {
        for (MemoryStreams streams : List.of(MemoryStreams.pair(), MemoryStreams.throttled(100))) {
            streams.left().write("abc");
            assertThat(Async.moveOnAfter(Duration.ofMillis(1), () -> streams.right().readExactly(4))).isEmpty();
            streams.left().write("d");
            assertThat(streams.right().readExactly(4)).asString().isEqualTo("abcd");
        }
    }

    @LoopTest
    void aCancelledWriteTearsTheOutput(LoopTester tester) throws IOException {
        MemoryStreams streams = MemoryStreams.pair(2);
        Throwable thrown = catchThrowable(() -> Async.timeout(Duration.ofSeconds(1), () -> {
            try {
                streams.left().write("abc");
            } catch (CancelledError e) {
                assertThat(e.getSuppressed()).hasAtLeastOneElementOfType(StreamClosedException.class);
                throw e;
            }
        }));
        assertThat(thrown).isNotNull();
        assertThatThrownBy(() -> streams.left().write("d")).isInstanceOf(StreamClosedException.class);
        assertThat(streams.right().read(10)).hasSize(2);
    }

    @LoopTest
    void closingIsSeenOnBothSides(LoopTester tester) throws IOException {
        MemoryStreams streams = MemoryStreams.pair();
        TaskGroup.run(group -> {
            Task<?> reader = group.start(() -> assertThatThrownBy(() -> streams.left().read(1))
                    .isInstanceOf(StreamClosedException.class));
            tester.settle();
            streams.left().write("last");
            streams.left().close();
            reader.join();
        });
        assertThat(streams.right().readAll(10)).asString().isEqualTo("last");
        assertThatThrownBy(() -> streams.right().write("x")).isInstanceOf(IOException.class).hasMessage("Broken pipe");
        assertThatThrownBy(() -> streams.left().write("x")).isInstanceOf(StreamClosedException.class);
    }

    @LoopTest
    void anAbortedStreamIsReset(LoopTester tester) throws IOException {
        MemoryStreams streams = MemoryStreams.pair();
        streams.left().write("lost");
        streams.left().abort();
        assertThatThrownBy(() -> streams.right().read(1)).isInstanceOf(IOException.class).hasMessageContaining("reset");
        assertThatThrownBy(() -> streams.left().read(1)).isInstanceOf(StreamClosedException.class);
    }

    @Test
    void wrongNumbersAreRefused() {
        LoopTester.run(tester -> {
            assertThatThrownBy(() -> MemoryStreams.pair(-1)).hasMessageContaining("0 bytes or more, not -1");
            assertThatThrownBy(() -> MemoryStreams.throttled(0)).hasMessageContaining("not 0");
            assertThatThrownBy(() -> MemoryStreams.chunked(tester, 0)).hasMessageContaining("not 0");
        });
    }
}
