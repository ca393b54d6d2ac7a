package dev.espalier.io;

import dev.espalier.core.spi.ErrorReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A stream with a tap. */
final class TappedStream extends PassingStream {
    private @Nullable StreamTap tap; // null once it has failed; by the holder of the turn

    TappedStream(ByteStream plain, StreamTap tap) {
        super(plain);
        this.tap = tap;
    }

    private void tell(Consumer<StreamTap> event) {
        StreamTap told = tap;
        if (told == null) {
            return;
        }
        try {
            event.accept(told);
        } catch (RuntimeException e) {
            tap = null;
            share.loop.report(new ErrorReport("the tap on " + plain + " failed, and sees nothing more", e, null)); // perhaps in no task
        }
    }

    private IOException failure(IOException e) {
        return released ? closed(e) : e;
    }

    @Override
    @Nullable ByteBuffer receiveMore() throws IOException {
        ByteBuffer received;
        try {
            received = receivePlain(ANY);
        } catch (IOException e) {
            inputFailure = failure(e);
            throw inputFailure;
        }
        if (received == null) {
            inputEnded = true;
            tell(StreamTap::receivedEnd);
        } else {
            ByteBuffer seen = received.asReadOnlyBuffer();
            tell(told -> told.received(seen));
        }
        return received;
    }

    @Override
    void sendAll(ByteBuffer bytes) throws IOException {
        ByteBuffer seen = bytes.asReadOnlyBuffer();
        try {
            plain.write(bytes);
        } catch (IOException e) {
            throw failure(e);
        } finally {
            tellSent(seen.limit(bytes.position()));
        }
    }

    @Override
    int trySend(ByteBuffer bytes) throws IOException {
        byte[] some = new byte[bytes.remaining()];
        bytes.get(some);
        try {
            int sent = plain.tryWrite(some);
            tellSent(ByteBuffer.wrap(some, 0, sent).asReadOnlyBuffer());
            return sent;
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private void tellSent(ByteBuffer seen) {
        if (seen.hasRemaining()) {
            tell(told -> told.sent(seen));
        }
    }

    @Override
    void awaitRoom() throws IOException {
        try {
            plain.awaitWritable();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    void sendKept() throws IOException {
        plain.flush();
    }

    @Override
    void sendEnd() throws IOException {
        outputEnded = true;
        tell(StreamTap::sentEnd);
        sendRestOfEnd();
    }

    @Override
    void sendRestOfEnd() throws IOException {
        try {
            plain.writeEnd();
        } catch (IOException e) {
            throw failure(e);
        }
    }

    @Override
    void release(boolean reset) {
        if (!released) {
            released = true;
            releasePlain(reset);
            tell(StreamTap::closed);
        }
    }

    @Override
    public String toString() {
        return "StreamTap[" + (released ? "closed, " : "") + (isReading() ? "a task reads, " : "")
                + (writers.available() == 0 ? "a task writes, " : "") + (buffered() > 0 ? buffered() + " bytes unread, " : "")
                + "on " + plain + "]";
    }
}
