package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaitable.Succeeded;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.Task;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.io.Bandwidth;
import dev.espalier.io.ByteStream;
import dev.espalier.io.LimitedStream;
import dev.espalier.io.StreamClosedException;
import dev.espalier.io.StreamLimits;
import dev.espalier.io.StreamTap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;

/** All that awaits on streams in memory and on streams around others, cancelled everywhere. */
class StreamsSweptTest {
    private static final StreamLimits PATIENT = StreamLimits.none()
            .withIdle(Duration.ofHours(1))
            .withWrite(Duration.ofMinutes(1))
            .withReadRate(1, Duration.ofHours(1));

    /** The kinds of streams, each made of one in memory. */
    private static final UnaryOperator<ByteStream>[] KINDS = kinds();

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    private static UnaryOperator<ByteStream>[] kinds() {
        return new UnaryOperator[] {
            (UnaryOperator<ByteStream>) stream -> stream,
            (UnaryOperator<ByteStream>) stream -> ByteStream.of(stream, stream),
            (UnaryOperator<ByteStream>) stream -> LimitedStream.of(stream, PATIENT),
            (UnaryOperator<ByteStream>) stream -> LimitedStream.of(stream, PATIENT
                    .withReadBandwidth(Bandwidth.of(10, 5))
                    .withWriteBandwidth(Bandwidth.of(1_000_000, 50_000))),
            (UnaryOperator<ByteStream>) stream -> StreamTap.on(stream, new StreamTap() {}),
        };
    }

    private static void sweep(LoopOptions.Engine engine, VoidBodyWith<LoopTester, IOException> body) throws IOException {
        Sweep.Options options = Sweep.Options.defaults()
                .withRun(Engines.Options.on(engine))
                .withKinds(Sweep.Kind.CANCEL); // the others are the same to a stream
        Sweep sweep = LoopTester.<IOException>sweep(options, body);
        assertThat(sweep.awaits().size() + sweep.yielding().size()).as("awaits of %s", sweep).isPositive();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Engines
    @DisplayName("A13: a cancelled read has taken nothing")
    void readsTakeNothing(LoopOptions.Engine engine) throws IOException {
        byte[] sent = bytes("first line\nsecond line\nand the rest");
        for (UnaryOperator<ByteStream> kind : KINDS) {
            for (int capacity : new int[] {0, 3, 100}) {
                sweep(engine, t -> {
                    MemoryStreams streams = MemoryStreams.pair(capacity);
                    t.background().start("peer", () -> {
                        streams.right().write(Arrays.copyOf(sent, 15));
                        Async.sleep(Duration.ofSeconds(1));
                        streams.right().write(Arrays.copyOfRange(sent, 15, sent.length));
                        streams.right().writeEnd();
                    });
                    ByteStream mine = kind.apply(streams.left());
                    var all = new ByteArrayOutputStream();
                    Awaitable.State<byte[]> end = t.swept(() -> {
                        all.writeBytes(bytes(mine.readLine() + "\n"));
                        return mine.readExactly(12);
                    });
                    if (end instanceof Succeeded<byte[]>(var taken)) {
                        all.writeBytes(taken);
                    }
                    all.writeBytes(mine.readAll(1_000));
                    assertThat(all.toByteArray()).as("taken, and still there").isEqualTo(sent);
                });
            }
        }
    }

    @Engines
    @DisplayName("A9: a cancelled read into several buffers has taken nothing")
    void readsIntoSeveralBuffersTakeNothing(LoopOptions.Engine engine) throws IOException {
        byte[] sent = bytes("head and body");
        for (UnaryOperator<ByteStream> kind : KINDS) {
            sweep(engine, t -> {
                MemoryStreams streams = MemoryStreams.pair(100);
                t.background().start("peer", () -> {
                    Async.sleep(Duration.ofSeconds(1));
                    streams.right().write(sent);
                    streams.right().writeEnd();
                });
                ByteStream mine = kind.apply(streams.left());
                ByteBuffer head = ByteBuffer.allocate(4);
                ByteBuffer body = ByteBuffer.allocate(5);
                t.swept(() -> mine.read(head, body));
                var all = new ByteArrayOutputStream();
                all.write(head.array(), 0, head.position());
                all.write(body.array(), 0, body.position());
                all.writeBytes(mine.readAll(100));
                assertThat(all.toByteArray()).isEqualTo(sent);
            });
        }
    }

    @Engines
    @DisplayName("B5: who waits for room and is cancelled has sent nothing, and keeps nobody from writing")
    void waitsForRoomSendNothing(LoopOptions.Engine engine) throws IOException {
        for (UnaryOperator<ByteStream> kind : KINDS) {
            sweep(engine, t -> {
                MemoryStreams streams = MemoryStreams.pair(3);
                ByteStream mine = kind.apply(streams.left());
                mine.write("old");
                var got = new ByteArrayOutputStream();
                Task<Boolean> peer = t.background().start("peer", () -> {
                    Async.sleep(Duration.ofSeconds(1));
                    return collect(streams.right(), got);
                });
                boolean waited = t.swept(() -> mine.awaitWritable()) instanceof Succeeded;
                if (waited) {
                    assertThat(mine.tryWrite(bytes("x"))).isOne();
                }
                mine.write("new");
                mine.writeEnd();
                assertThat(peer.await()).isTrue();
                assertThat(got.toByteArray()).isEqualTo(bytes(waited ? "oldxnew" : "oldnew"));
            });
        }
    }

    @Engines
    @DisplayName("a cancelled write has sent nothing, or its output is torn and says so")
    void writesAreWholeOrTorn(LoopOptions.Engine engine) throws IOException {
        byte[] much = new byte[100_000];
        new Random(1).nextBytes(much);
        for (UnaryOperator<ByteStream> kind : KINDS) {
            for (int capacity : new int[] {0, 30_000}) {
                sweep(engine, t -> {
                    MemoryStreams streams = MemoryStreams.pair(capacity);
                    ByteStream mine = kind.apply(streams.left());
                    var got = new ByteArrayOutputStream();
                    Task<Boolean> peer = t.background().start("peer", () -> collect(streams.right(), got));
                    Awaitable.State<Void> end = t.swept(() -> mine.write(much));
                    boolean torn = false;
                    try {
                        mine.write("x");
                    } catch (StreamClosedException e) {
                        assertThat(e).hasMessageContaining("torn");
                        torn = true;
                    }
                    mine.close();
                    if (!torn) {
                        assertThat(peer.await()).as("the end came in order").isTrue();
                        byte[] whole = Arrays.copyOf(much, end instanceof Succeeded ? much.length + 1 : 1);
                        whole[whole.length - 1] = 'x';
                        assertThat(got.toByteArray()).isEqualTo(whole);
                    } else {
                        assertThat(end).isNotInstanceOf(Succeeded.class);
                        assertThat(peer.await()).as("the end came in order").isFalse();
                        assertThat(got.toByteArray()).isEqualTo(Arrays.copyOf(much, got.size()));
                    }
                });
            }
        }
    }

    @Engines
    @DisplayName("B6: of writes that belong together, cancelled, nothing was sent, or the output is torn and says so")
    void batchesAreWholeOrTorn(LoopOptions.Engine engine) throws IOException {
        byte[] much = new byte[100_000];
        new Random(2).nextBytes(much);
        for (UnaryOperator<ByteStream> kind : KINDS) {
            sweep(engine, t -> {
                MemoryStreams streams = MemoryStreams.pair(30_000);
                ByteStream mine = kind.apply(streams.left());
                var got = new ByteArrayOutputStream();
                Task<Boolean> peer = t.background().start("peer", () -> collect(streams.right(), got));
                Awaitable.State<Void> end = t.swept(() -> mine.writeTogether(out -> {
                    out.writeByte(1);
                    out.write(much);
                    out.write("end");
                }));
                boolean torn = false;
                try {
                    mine.write("x");
                } catch (StreamClosedException e) {
                    assertThat(e).hasMessageContaining("torn");
                    torn = true;
                }
                mine.close();
                assertThat(peer.await()).as("the end came in order").isNotEqualTo(torn);
                if (torn) {
                    assertThat(end).isNotInstanceOf(Succeeded.class);
                } else {
                    assertThat(got.size()).isEqualTo(1 + (end instanceof Succeeded ? much.length + 4 : 0));
                }
            });
        }
    }

    /** Reads slowly, up to the end or a reset. */
    private static boolean collect(ByteStream stream, ByteArrayOutputStream got) {
        try {
            for (byte[] some = stream.read(9_000); some.length > 0; some = stream.read(9_000)) {
                got.writeBytes(some);
                Async.sleep(Duration.ofSeconds(1));
            }
            return true;
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("reset");
            return false;
        }
    }

    @Engines
    @DisplayName("C2: a cancelled close still closes, and a cancelled end of writing ends nothing by halves")
    void closesClose(LoopOptions.Engine engine) throws IOException {
        for (UnaryOperator<ByteStream> kind : KINDS) {
            sweep(engine, t -> {
                MemoryStreams streams = MemoryStreams.pair(3);
                ByteStream mine = kind.apply(streams.left());
                Task<Void> writer = t.background().start("writer", () -> {
                    try {
                        mine.write("sent");
                    } catch (StreamClosedException _) {
                        // the close was cancelled
                    }
                });
                t.background().start("peer", () -> {
                    Async.sleep(Duration.ofSeconds(1));
                    try {
                        streams.right().readAll(100);
                    } catch (IOException e) {
                        assertThat(e).hasMessageContaining("reset");
                    }
                });
                t.settle();
                t.swept(() -> mine.close());
                writer.join();
                assertThatThrownBy(() -> streams.left().read(1)).isInstanceOf(StreamClosedException.class);
                assertThatThrownBy(() -> mine.read(1)).isInstanceOf(StreamClosedException.class);
            });
            sweep(engine, t -> {
                MemoryStreams streams = MemoryStreams.pair(100);
                ByteStream mine = kind.apply(streams.left());
                mine.write("sent");
                if (!(t.swept(() -> mine.writeEnd()) instanceof Succeeded)) {
                    mine.writeEnd(); // again
                }
                assertThat(streams.right().readAll(100)).isEqualTo(bytes("sent"));
            });
        }
    }

    @Engines
    @DisplayName("B13: of a cancelled copy, what was not written is still there, and a copy that ended has copied all")
    void copiesLoseNothing(LoopOptions.Engine engine) throws IOException {
        byte[] sent = bytes("abcdefghijklmnopqrstuvwxyz");
        for (UnaryOperator<ByteStream> kind : KINDS) {
            sweep(engine, t -> {
                MemoryStreams from = MemoryStreams.pair(7);
                MemoryStreams to = MemoryStreams.pair(5);
                ByteStream source = kind.apply(from.right());
                t.background().start("writer", () -> {
                    from.left().write(sent);
                    from.left().writeEnd();
                });
                var got = new ByteArrayOutputStream();
                Task<Boolean> reader = t.background().start("reader", () -> collect(to.right(), got));
                Awaitable.State<Long> end = t.swept(() -> source.copyTo(to.left()));
                if (end instanceof Succeeded<Long>(var count)) {
                    assertThat(count).isEqualTo(sent.length);
                }
                Async.sleep(Duration.ofMinutes(1)); // what was written is read
                reader.cancelAndJoin("the end");
                got.writeBytes(source.readAll(100));
                assertThat(got.toByteArray()).isEqualTo(sent);
            });
        }
    }

    @Engines
    @DisplayName("B13: a relay that is cancelled has lost nothing between its streams")
    void relaysLoseNothing(LoopOptions.Engine engine) throws IOException {
        byte[] there = bytes("question");
        byte[] back = bytes("a longer answer");
        sweep(engine, t -> {
            MemoryStreams left = MemoryStreams.pair(3);
            MemoryStreams right = MemoryStreams.pair(4);
            t.background().start("asks", () -> {
                left.left().write(there);
                left.left().writeEnd();
            });
            t.background().start("answers", () -> {
                right.right().write(back);
                right.right().writeEnd();
            });
            var asked = new ByteArrayOutputStream();
            var answered = new ByteArrayOutputStream();
            Task<Boolean> first = t.background().start("reads the question", () -> collect(right.right(), asked));
            Task<Boolean> second = t.background().start("reads the answer", () -> collect(left.left(), answered));
            Awaitable.State<ByteStream.Relayed> end = t.swept(() -> ByteStream.relay(left.right(), right.left()));
            if (end instanceof Succeeded<ByteStream.Relayed>(var relayed)) {
                assertThat(relayed).isEqualTo(new ByteStream.Relayed(there.length, back.length));
                assertThat(first.await() && second.await()).isTrue();
            } else {
                Async.sleep(Duration.ofMinutes(1)); // what was written is read
                asked.writeBytes(left.right().readAll(100));
                answered.writeBytes(right.left().readAll(100));
                first.cancelAndJoin("the end");
                second.cancelAndJoin("the end");
            }
            assertThat(asked.toByteArray()).isEqualTo(there);
            assertThat(answered.toByteArray()).isEqualTo(back);
        });
    }
}
