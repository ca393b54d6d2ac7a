package dev.espalier.io;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Waiting until something can be written, to write what is newest then: row B5. */
class LatestTest extends OnBothEngines {
    private static final byte[] BLOCK = new byte[8192];

    private int state; // what changes while nobody can be told

    private void tell(StreamWriter stream, int states) throws IOException {
        // @start region="latest"
        for (int told = -1; told < states; ) {
            stream.awaitWritable();
            told = state; // what it is now, and not what it was when the peer was busy
            stream.writeLine("state " + told);
        }
        // @end
    }

    @Test
    @DisplayName("B5: a peer that was busy is told what is newest, and not all that was before")
    void peersAreToldWhatIsNewest() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(8); // as long as one line
            Task<Void> teller = group.start(() -> tell(pair.left(), 9));
            for (state = 0; state < 9; state++) {
                Async.checkpoint();
            }
            assertThat(pair.right().readLine()).isEqualTo("state 0");
            teller.await();
            assertThat(pair.right().readLine()).isEqualTo("state 9");
        });
    }

    /** Writes until nothing leaves any more, nor a moment later: what is on its way makes room. */
    private static void fill(StreamWriter writer) throws IOException {
        boolean room = true;
        while (room) {
            for (int sent = BLOCK.length; sent > 0; ) {
                sent = writer.tryWrite(BLOCK);
            }
            room = Async.<IOException>moveOnAfter(Duration.ofMillis(15), writer::awaitWritable);
        }
    }

    @Test
    @DisplayName("B5: a socket is not writable while its peer does not read, and then it is")
    void socketsAreAwaited() throws IOException {
        inGroup(group -> {
            Promise<Boolean> go = Promise.create();
            Server server = Net.serve(group, LOOPBACK, peer -> {
                go.await();
                peer.readAll(1 << 28);
            });
            try (server; SocketStream stream = Net.connect(server.address())) {
                fill(stream);
                assertThat(stream.tryWrite(BLOCK)).isZero();
                go.succeed(true);
                stream.awaitWritable();
                assertThat(stream.tryWrite(BLOCK)).isPositive();
            }
        });
    }

    @Test
    @DisplayName("B5: streams around others wait for the room of those below, and a limit counts that time")
    void roomIsThatOfTheStreamBelow() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            ByteStream around = ByteStream.of(pair.left(), StreamTap.on(pair.left(), new StreamTap() {}));
            LimitedStream limited = LimitedStream.of(around, StreamLimits.none().withWrite(Duration.ofMillis(20)));
            limited.awaitWritable();
            limited.writeTogether(StreamWriter::awaitWritable);
            limited.write(new byte[100]);
            assertThatThrownBy(limited::awaitWritable).isInstanceOf(StreamTimeoutException.class);
        });
    }

    @Test
    @DisplayName("B5: without a buffer between, room is somebody who reads")
    void whoReadsIsRoom() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(0);
            assertThat(Async.<IOException>moveOnAfter(Duration.ofMillis(5), () -> pair.left().awaitWritable())).isFalse();
            Task<byte[]> reader = group.start(() -> pair.right().read(5));
            pair.left().awaitWritable();
            pair.left().write("hello");
            assertThat(reader.await()).asString(US_ASCII).isEqualTo("hello");
        });
    }

    @Test
    @DisplayName("B5: who waits for room learns that there will be none, and one that blocks does not tell")
    void theEndIsTold() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(1);
            pair.left().write("x");
            Task<?> waits = group.start(() -> assertThatThrownBy(() -> pair.left().awaitWritable()).hasMessage("Broken pipe"));
            Async.checkpoint();
            pair.right().close();
            waits.await();
            assertThatThrownBy(() -> pair.left().awaitWritable()).isInstanceOf(StreamClosedException.class);
            assertThatThrownBy(() -> pair.right().awaitWritable()).isInstanceOf(StreamClosedException.class);
            StreamWriter.of(OutputStream.nullOutputStream()).awaitWritable();
        });
    }

    @Test
    @DisplayName("B5: the pipe of a child has room until it is full, and the end of the child is told")
    void pipesOfChildrenAreAwaited() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, "sleep", "60");
            child.stdin().awaitWritable();
            fill(child.stdin());
            Task<?> waits = group.start(() -> assertThatThrownBy(() -> child.stdin().awaitWritable())
                    .isInstanceOf(StreamClosedException.class));
            Async.checkpoint();
            child.close();
            waits.await();
        });
    }
}
