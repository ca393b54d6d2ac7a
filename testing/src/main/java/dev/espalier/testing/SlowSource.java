package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.io.StreamReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.IntSupplier;

/** What a stream gives, in pieces of a size of one's own, each of which takes its time. */
final class SlowSource implements StreamReader.Source {
    private static final byte[] NONE = {};

    private final StreamReader stream;
    private final IntSupplier piece; // how large the next one is at most
    private final Duration perByte;

    private byte[] held = NONE; // on its way, also if who waited for it was cancelled; by the task that reads

    SlowSource(StreamReader stream, IntSupplier piece, Duration perByte) {
        this.stream = stream;
        this.piece = piece;
        this.perByte = perByte;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (held.length == 0) {
            held = stream.read(Math.min(piece.getAsInt(), target.remaining()));
        }
        if (!perByte.isZero()) {
            Async.sleep(perByte.multipliedBy(held.length));
        }
        byte[] taken = held;
        held = NONE;
        target.put(taken);
        return taken.length == 0 ? -1 : taken.length;
    }

    @Override
    public String toString() {
        return stream.toString();
    }
}
