package dev.espalier.io;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A stream of which only the writing side is open. */
abstract class WritingStream extends TwoWayStream {
    private final LoopShare share;

    WritingStream(LoopShare share) {
        this.share = share;
        this.inputEnded = true;
    }

    @Override
    final @Nullable ByteBuffer receiveMore() {
        throw new AssertionError("the input has ended from the beginning");
    }

    @Override
    final void pass() {
        share.pass();
    }

    @Override
    final void afterEnd() {
        pass(); // nobody answers here
    }
}
