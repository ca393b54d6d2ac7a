package dev.espalier.io;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * What was packed, unpacked. It takes from the stream below and changes its state in steps between which it awaits; each is whole, so a
 * cancellation finds it between two of them, and the next read goes on.
 *
 * <pre>
 *   HEAD -> DATA      what comes before the packed bytes was read (GZIP)
 *   DATA -> CHECK     the packed bytes have ended; what was read behind them is in the stream below again (GZIP)
 *   CHECK -> HEAD     checksum and length are right: perhaps another part follows (GZIP)
 *   HEAD -> END       none does (GZIP)
 *   DATA -> END       the packed bytes have ended (the others)
 * </pre>
 *
 * <p>Written and read by the task that reads.
 */
final class UnpackingSource implements StreamReader.Source {
    /** Bytes that one step unpacks at most. */
    static final int PIECE = 8 << 10;

    private static final int CHECK_BYTES = 8;
    private static final byte[] NONE = {};

    private enum State {
        HEAD,
        DATA,
        CHECK,
        END
    }

    private final Compression form;
    private final StreamReader packed;
    private final BufferedInput in; // the stream below, or over it
    private final long max;
    private final LoopShare share = LoopShare.current();
    private final Inflater inflater;
    private final CRC32 checksum = new CRC32(); // of this part, for GZIP

    private State state;
    private boolean first = true; // no part has ended yet
    private byte[] input = NONE; // that the inflater has
    private long total; // of all parts
    private @Nullable ZipException broken;

    UnpackingSource(Compression form, StreamReader packed, long max) {
        this.form = form;
        this.packed = packed;
        this.in = packed instanceof BufferedInput ours ? ours : new SourceReader(packed::read, share, PIECE);
        this.max = max;
        this.inflater = new Inflater(form.isBare());
        this.state = form == Compression.GZIP ? State.HEAD : State.DATA;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        share.pass(); // a step that finds all it needs is an await all the same
        if (broken != null) {
            throw new StreamClosedException("reading " + this + " failed before: " + broken, broken);
        }
        try {
            int count = 0;
            while (count == 0 && state != State.END) {
                count = step(target);
            }
            return state == State.END && count == 0 ? -1 : count;
        } catch (ZipException e) {
            broken = e;
            inflater.end();
            throw e;
        }
    }

    @Override
    public void checkOpen() throws IOException {
        in.checkOpen();
    }

    /** How many bytes it has put there; perhaps none. */
    private int step(ByteBuffer target) throws IOException {
        switch (state) {
            case HEAD -> begin();
            case CHECK -> check();
            case DATA -> {
                if (inflater.finished()) {
                    endPart();
                } else if (inflater.needsInput()) {
                    fill();
                } else {
                    return unpack(target);
                }
            }
            case END -> throw new AssertionError(this);
        }
        return 0;
    }

    private void begin() throws IOException {
        if (!first && in.atEnd()) {
            state = State.END;
            inflater.end();
        } else if (in.readFrame(new GzipHead()) == null) {
            throw endedEarly();
        } else {
            state = State.DATA;
        }
    }

    private void fill() throws IOException {
        ByteBuffer more = in.receiveAny();
        if (more == null) {
            throw endedEarly();
        }
        input = new byte[more.remaining()];
        more.get(input);
        inflater.setInput(input);
    }

    private EOFException endedEarly() {
        return new EOFException(packed + " ended before what was packed did: what was unpacked is not all that there was");
    }

    private int unpack(ByteBuffer target) throws ZipException {
        long left = max - total;
        ByteBuffer room = left == 0 ? ByteBuffer.allocate(1) : target.slice().limit((int) Math.min(target.remaining(), left));
        int count;
        try {
            count = inflater.inflate(room);
        } catch (DataFormatException e) {
            throw malformed(e.getMessage());
        }
        if (inflater.needsDictionary()) {
            throw malformed("it needs a dictionary, and there is none");
        }
        if (count > 0 && left == 0) {
            throw new ZipException("what was packed in " + packed + " becomes more than " + max
                    + " bytes; if it should, allow more when making its reader");
        }
        checksum.update(room.flip());
        total += count;
        target.position(target.position() + count);
        return count;
    }

    private ZipException malformed(@Nullable String how) {
        return new ZipException("what was packed as " + form + " in " + packed + " is malformed: " + how);
    }

    /** What the inflater has not taken comes behind the packed bytes, and is the stream's again. */
    private void endPart() {
        ByteBuffer rest = ByteBuffer.wrap(input, input.length - inflater.getRemaining(), inflater.getRemaining());
        input = NONE;
        if (form == Compression.GZIP) {
            in.unread(rest);
            state = State.CHECK;
        } else {
            StapledStream.unread(packed, rest);
            state = State.END;
            inflater.end();
        }
    }

    private void check() throws IOException {
        ByteBuffer end = ByteBuffer.wrap(in.readExactly(CHECK_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        int sum = end.getInt();
        int length = end.getInt();
        if (sum != (int) checksum.getValue() || length != (int) inflater.getBytesWritten()) {
            throw malformed("its checksum or its length is another one, so it was changed on its way");
        }
        inflater.reset();
        checksum.reset();
        first = false;
        state = State.HEAD;
    }

    @Override
    public String toString() {
        return "reader of " + form + " from " + packed;
    }
}
