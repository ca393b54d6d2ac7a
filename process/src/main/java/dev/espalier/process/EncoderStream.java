package dev.espalier.process;

import java.io.OutputStream;

/**
 * An encoder for those who write to a stream.
 */
final class EncoderStream extends OutputStream {
    private final Encoder out;

    EncoderStream(Encoder out) {
        this.out = out;
    }

    @Override
    public void write(int value) {
        out.putByte(value);
    }

    @Override
    public void write(byte[] source, int from, int length) {
        out.putBytes(source, from, length);
    }
}
