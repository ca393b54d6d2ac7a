package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Frames in any cut come out as they went in; what is no frame is refused.
 */
class FrameTest {
    record Message(FrameKind kind, long id, int length, boolean urgent) {
        byte[] payload() {
            byte[] bytes = new byte[length];
            new Random(id).nextBytes(bytes);
            return bytes;
        }
    }

    /** Takes at most so many bytes in each write, in a random way, as a full socket does. */
    private static final class Narrow implements WritableByteChannel {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final Random random;

        Narrow(long seed) {
            random = new Random(seed);
        }

        @Override
        public int write(ByteBuffer source) {
            int count = Math.min(source.remaining(), random.nextInt(100_000));
            byte[] part = new byte[count];
            source.get(part);
            bytes.write(part, 0, count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
        }
    }

    @Provide
    Arbitrary<List<Message>> messages() {
        Arbitrary<Integer> lengths = Arbitraries.oneOf(Arbitraries.integers().between(0, 100),
                Arbitraries.of(65_535, 65_536, 65_537, 131_072, 262_144), Arbitraries.integers().between(0, 600_000));
        return Combinators.combine(Arbitraries.of(FrameKind.TASK, FrameKind.RESULT), Arbitraries.longs(), lengths,
                Arbitraries.of(false, false, true)).as(Message::new).list().ofMaxSize(8).uniqueElements(Message::id);
    }

    @Property(tries = 150)
    void messagesSurviveAnyCut(@ForAll("messages") List<Message> messages, @ForAll long seed) throws IOException {
        Narrow channel = new Narrow(seed);
        FrameWriter writer = new FrameWriter();
        for (Message message : messages) {
            byte[] payload = message.payload();
            if (message.urgent()) {
                writer.appendUrgent(message.kind(), message.id(), payload);
            } else {
                writer.append(message.kind(), message.id(), payload, 0, payload.length);
            }
            writer.writeTo(channel);
        }
        while (!writer.writeTo(channel)) {
            assertThat(writer.isEmpty()).isFalse();
        }
        assertThat(read(channel.bytes.toByteArray(), seed)).containsExactlyInAnyOrderElementsOf(
                messages.stream().map(message -> message.kind() + " " + message.id() + " "
                        + Arrays.hashCode(message.payload())).toList());
    }

    private static List<String> read(byte[] stream, long seed) throws IOException {
        List<String> seen = new ArrayList<>();
        Random random = new Random(seed);
        FrameReader reader = new FrameReader(ByteBuffer.allocate(100_000));
        int at = 0;
        while (at < stream.length) {
            int count = Math.min(stream.length - at, random.nextInt(reader.input().remaining() + 1));
            reader.input().put(stream, at, count);
            at += count;
            reader.drain((kind, id, bytes, from, to) -> seen.add(kind + " " + id + " "
                    + Arrays.hashCode(Arrays.copyOfRange(bytes, from, to))));
        }
        assertThat(reader.atBoundary()).isTrue();
        return seen;
    }

    @Property(tries = 300)
    void ordinaryMessagesKeepTheirOrder(@ForAll("messages") List<Message> messages) throws IOException {
        Narrow channel = new Narrow(1);
        FrameWriter writer = new FrameWriter();
        messages.forEach(message -> writer.append(message.kind(), message.id(), message.payload(), 0,
                message.length()));
        while (!writer.writeTo(channel)) {
            assertThat(writer.isEmpty()).isFalse();
        }
        assertThat(read(channel.bytes.toByteArray(), 7).stream().map(text -> Long.parseLong(text.split(" ")[1])))
                .containsExactlyElementsOf(messages.stream().map(Message::id).toList());
    }

    @Property(tries = 500)
    void garbageIsRefusedOrWaitsForMore(@ForAll byte[] garbage) throws IOException {
        FrameReader reader = new FrameReader(ByteBuffer.allocate(200_000));
        reader.input().put(garbage);
        List<FrameKind> seen = new ArrayList<>();
        try {
            reader.drain((kind, _, _, from, to) -> {
                assertThat(to - from).isBetween(0, garbage.length);
                seen.add(kind);
            });
        } catch (ProtocolException refused) {
            assertThat(refused).hasMessageContaining("frame");
        }
        assertThat(seen.size()).isLessThanOrEqualTo(garbage.length / Frames.HEADER);
    }

    @Property(tries = 50)
    void aLengthBeyondTheLimitIsRefused(@ForAll int length) {
        if (length >= 0 && length <= Frames.MAX_CHUNK) {
            return;
        }
        FrameReader reader = new FrameReader(ByteBuffer.allocate(200_000));
        reader.input().putInt(length).putInt(0).putLong(0);
        assertThatThrownBy(() -> reader.drain((_, _, _, _, _) -> { })).isInstanceOf(ProtocolException.class)
                .hasMessageContaining("claims " + length);
    }

    private static byte[] frame(FrameKind kind, int flags, long id, int length) {
        return ByteBuffer.allocate(Frames.HEADER + length).order(Frames.ORDER).putInt(length).put(kind.number())
                .put((byte) flags).putShort((short) 0).putLong(id).array();
    }

    @Example
    void aMessageBeyondTheLimitIsRefusedWhileItComes() throws IOException {
        FrameReader reader = new FrameReader(ByteBuffer.allocate(200_000), 100_000);
        byte[] part = frame(FrameKind.RESULT, Frames.MORE, 1, Frames.MAX_CHUNK);
        reader.input().put(part);
        reader.drain((_, _, _, _, _) -> { });
        reader.input().put(part);
        assertThatThrownBy(() -> reader.drain((_, _, _, _, _) -> { })).isInstanceOf(ProtocolException.class)
                .hasMessageContaining("longer than 100000 bytes");
    }

    @Example
    void theLimitHoldsForAllHalfReadMessagesTogether() throws IOException {
        FrameReader reader = new FrameReader(ByteBuffer.allocate(200_000), 100_000);
        reader.input().put(frame(FrameKind.RESULT, Frames.MORE, 1, 60_000));
        reader.input().put(frame(FrameKind.RESULT, Frames.MORE, 2, 60_000));
        assertThatThrownBy(() -> reader.drain((_, _, _, _, _) -> { })).isInstanceOf(ProtocolException.class);
        assertThat(reader.atBoundary()).isFalse();
    }

    @Example
    void tooManyHalfReadMessagesAreRefused() throws IOException {
        FrameReader reader = new FrameReader(ByteBuffer.allocate(200_000));
        assertThatThrownBy(() -> {
            for (int id = 0; id < 10_000; id++) {
                reader.input().put(frame(FrameKind.RESULT, Frames.MORE, id, 1));
                reader.drain((_, _, _, _, _) -> { });
            }
        }).isInstanceOf(ProtocolException.class).hasMessageContaining("half sent");
    }

    @Property(tries = 300)
    void aChangedStreamGivesMessagesOrIsRefused(@ForAll("messages") List<Message> messages, @ForAll int where,
            @ForAll byte change) throws IOException {
        Narrow channel = new Narrow(1);
        FrameWriter writer = new FrameWriter();
        messages.forEach(message -> writer.append(message.kind(), message.id(), message.payload(), 0,
                message.length()));
        while (!writer.writeTo(channel)) {
            assertThat(writer.isEmpty()).isFalse();
        }
        byte[] stream = channel.bytes.toByteArray();
        if (stream.length > 0) {
            stream[Math.floorMod(where, Math.min(stream.length, 200))] = change;
        }
        FrameReader reader = new FrameReader(ByteBuffer.allocate(100_000));
        long[] seen = new long[1];
        try {
            for (int at = 0; at < stream.length;) {
                int count = Math.min(stream.length - at, reader.input().remaining());
                reader.input().put(stream, at, count);
                at += count;
                reader.drain((_, _, _, from, to) -> seen[0] += to - from);
            }
        } catch (ProtocolException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
        assertThat(seen[0]).isLessThanOrEqualTo(stream.length);
    }
}
