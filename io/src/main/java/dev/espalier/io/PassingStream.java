package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A stream around another one, through which the bytes pass as they are. It keeps none of its own where the stream below is one of ours:
 * what that has received is handed on.
 */
abstract class PassingStream extends TwoWayStream {
    static final int ANY = Integer.MAX_VALUE;
    static final int ROOM = 8192;

    final ByteStream plain;
    final LoopShare share = LoopShare.current();
    private @Nullable ByteBuffer buffer; // by the task that reads

    PassingStream(ByteStream plain) {
        this.plain = plain;
    }

    /** Waits for bytes of the stream below; null at its end. */
    final @Nullable ByteBuffer receivePlain(int most) throws IOException {
        return most == ANY && plain instanceof BufferedInput input ? input.receiveAny() : readPlain(Math.min(most, ROOM));
    }

    private @Nullable ByteBuffer readPlain(int most) throws IOException {
        ByteBuffer target = buffer;
        if (target == null) {
            target = ByteBuffer.allocate(ROOM);
            buffer = target;
        }
        return plain.read(target.clear().limit(most)) < 0 ? null : target.flip();
    }

    @Override
    final void pass() {
        share.pass();
    }

    @Override
    final void afterEnd() throws IOException {
        plain.close();
    }

    /** Frees the stream below, if it was not closed: one of ours in good order, unless it is to be reset. */
    final void releasePlain(boolean reset) {
        release(plain, reset);
    }

    static void release(ByteStream plain, boolean reset) {
        switch (plain) {
            case TwoWayStream stream -> stream.release(reset);
            case StapledStream stream -> stream.release(reset);
            default -> plain.abort();
        }
    }

    public final ByteStream plain() {
        return plain;
    }
}
