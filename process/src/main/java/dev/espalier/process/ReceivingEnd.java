package dev.espalier.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.Channel;
import dev.espalier.core.EventLoop;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What came over a channel and was not yet received, in the process that receives.
 */
final class ReceivingEnd implements ChannelEnds.End {
    private static final Duration MOST_TO_MAKE = Duration.ofSeconds(30);

    // By the holder of the loop's turn. The buffer has no limit of its own: no more comes than was granted.
    final long channel;
    final Channel<Object> buffer = Channel.unlimited();
    private final EventLoop loop = EventLoop.current();
    private final int capacity;
    private final Symbols symbols;
    private final Decoder decoder;
    /** Where it was opened; null in a child to which it has moved. */
    final @Nullable ChannelPair pair;
    private ChannelEnds ends;
    private boolean begun;
    private int received;
    private int granted;
    private boolean over;
    /** Where messages come, too, or only; null as long as there is no such way, and when nothing more will come. */
    private @Nullable ChannelRingIn ring;

    ReceivingEnd(long channel, int capacity, Symbols symbols, ChannelEnds ends, @Nullable ChannelPair pair) {
        this.pair = pair;
        this.channel = channel;
        this.capacity = capacity;
        this.symbols = symbols;
        this.decoder = new Decoder(symbols);
        this.ends = ends;
    }

    void use(ChannelEnds through) {
        ends.handOver(FrameKind.CHANNEL_BACK, through);
        ends = through;
    }

    boolean hasBegun() {
        return begun;
    }

    /** The first grant, and before it a ring, if there can be one. */
    void begin() {
        if (!begun) {
            begun = true;
            ends.whenOpen(() -> loop.submit(this::beginWithRing));
        }
    }

    @Awaits
    private void beginWithRing() {
        Path file = ends.ringFile(channel);
        @Nullable ChannelMemory memory = Async.<@Nullable ChannelMemory, RuntimeException>shield(MOST_TO_MAKE,
                () -> Async.<@Nullable ChannelMemory, RuntimeException>offload(() -> ChannelMemory.create(file)));
        if (memory != null && over) {
            memory.close();
        } else if (memory != null) {
            ring = new ChannelRingIn(memory, (_, _, bytes, from, to) -> message(bytes, from, to),
                    () -> ends.ringBack(channel), this::unreadable);
            ends.back(channel, pair == null ? new byte[] {ChannelEnds.RING} : announcement(file));
        }
        grant(capacity);
    }

    static byte[] announcement(Path file) {
        byte[] name = file.toString().getBytes(UTF_8);
        return ByteBuffer.allocate(1 + name.length).put((byte) ChannelEnds.RING).put(name).array();
    }

    /** A value was received. */
    void taken() {
        if (++received >= (capacity + 1) / 2) {
            grant(received);
            received = 0;
        }
    }

    private void grant(int messages) {
        granted += messages;
        if (!over) {
            ends.back(channel, ByteBuffer.allocate(5).put((byte) ChannelEnds.CREDIT).putInt(messages).array());
        }
    }

    void closed() {
        if (!over) {
            over();
            ends.back(channel, new byte[] {ChannelEnds.CLOSE});
        }
    }

    private void over() {
        over = true;
        if (ring != null) {
            ring.close();
            ring = null;
        }
    }

    @Override
    public void message(byte[] message) {
        message(message, 0, message.length);
    }

    private void message(byte[] bytes, int from, int to) {
        if (over) {
            return;
        }
        try {
            switch (bytes[from]) {
                case ChannelEnds.VALUE -> value(bytes, from + 1, to);
                case ChannelEnds.DEFINE -> symbols.define(symbols.size(), Arrays.copyOfRange(bytes, from + 1, to));
                case ChannelEnds.END -> ended(null);
                case ChannelEnds.FAIL -> ended(Failures.read(decoder.over(bytes, from + 1, to),
                        "the sender of channel " + channel));
                case ChannelEnds.BELL -> { } // it has woken the loop, which looks at the ring
                default -> throw new ProtocolException("a message of channel " + channel + " is of the unknown sort "
                        + bytes[from]);
            }
        } catch (ProtocolException | RuntimeException | LinkageError | StackOverflowError bad) {
            // Not only ours: constructors and hash codes of the user's classes run here.
            unreadable(bad);
        }
    }

    private void unreadable(Throwable bad) {
        ends.back(channel, new byte[] {ChannelEnds.CLOSE});
        ended(new RemoteTaskException("a value of the channel cannot be read: " + bad, "", bad));
    }

    private void value(byte[] bytes, int from, int to) throws ProtocolException {
        if (--granted < 0) {
            throw new ProtocolException("more values came than there was room for");
        }
        Object value = decoder.over(bytes, from, to).last();
        if (value == null) {
            throw new ProtocolException("a channel carries no null");
        }
        boolean taken = buffer.sender().trySend(value);
        assert taken : "it has no limit";
    }

    /** What it has left in the ring comes first. */
    @Override
    public void peerEnded(@Nullable Throwable failure) {
        if (ring != null) {
            ring.readRest();
        }
        if (!over) {
            ended(failure);
        }
    }

    private void ended(@Nullable Throwable failure) {
        over();
        if (failure == null) {
            buffer.sender().close();
        } else {
            buffer.sender().fail(failure);
        }
    }

    @Override
    public String toString() {
        return "receiving end of channel " + channel + ", " + buffer.receiver();
    }
}
