package dev.espalier.io;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.function.Consumer;

/** What passes through a stream, as text. */
final class DumpTap implements StreamTap {
    private static final int WIDTH = 16;
    private static final HexFormat FIGURES = HexFormat.ofDelimiter(" ");

    private final String name;
    private final int max;
    private final Consumer<? super String> lines;

    DumpTap(String name, int max, Consumer<? super String> lines) {
        if (max < 0) {
            throw new IllegalArgumentException("max must not be negative: " + max);
        }
        this.name = name;
        this.max = max;
        this.lines = lines;
    }

    private void tell(String event) {
        lines.accept(name + " " + event);
    }

    private void show(String event, ByteBuffer bytes) {
        tell(event + " " + bytes.remaining() + " bytes");
        byte[] shown = new byte[Math.min(max, bytes.remaining())];
        bytes.get(shown);
        for (int from = 0; from < shown.length; from += WIDTH) {
            tell(line(shown, from, Math.min(shown.length, from + WIDTH)));
        }
        if (bytes.hasRemaining()) {
            tell("          and " + bytes.remaining() + " more");
        }
    }

    private static String line(byte[] bytes, int from, int to) {
        var letters = new StringBuilder();
        for (int i = from; i < to; i++) {
            letters.append(bytes[i] >= ' ' && bytes[i] < 127 ? (char) bytes[i] : '.');
        }
        return String.format("%08x  %-" + (3 * WIDTH - 1) + "s  %s", from, FIGURES.formatHex(bytes, from, to), letters);
    }

    @Override
    public void received(ByteBuffer bytes) {
        show("received", bytes);
    }

    @Override
    public void receivedEnd() {
        tell("received the end");
    }

    @Override
    public void sent(ByteBuffer bytes) {
        show("sent", bytes);
    }

    @Override
    public void sentEnd() {
        tell("sent the end");
    }

    @Override
    public void closed() {
        tell("closed");
    }
}
