package dev.espalier.io;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes that have come and were not taken yet. Empty it holds no array. Written and read by the holder of the turn.
 *
 * <p>Indexes count from the first byte that was not taken.
 */
final class ByteQueue {
    private static final byte[] NONE = {};
    private static final VarHandle WORDS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private byte[] bytes = NONE;
    private int head;
    private int tail;

    int size() {
        return tail - head;
    }

    boolean isEmpty() {
        return tail == head;
    }

    byte at(int index) {
        return bytes[head + index];
    }

    /**
     * Appends all that is left in a buffer.
     *
     * @param wanted how many bytes the reader hopes to see in all: the array grows towards it by doubling, and not beyond, so
     *     that a large number that a peer sent reserves nothing
     */
    void append(ByteBuffer source, int wanted) {
        int added = source.remaining();
        if (added > bytes.length - tail) {
            makeRoom(added, wanted);
        }
        source.get(bytes, tail, added);
        tail += added;
    }

    /** Puts all that is left in a buffer before what there is. */
    void prepend(ByteBuffer source) {
        byte[] all = new byte[source.remaining() + size()];
        int added = source.remaining();
        source.get(all, 0, added);
        System.arraycopy(bytes, head, all, added, size());
        bytes = all;
        head = 0;
        tail = all.length;
    }

    private void makeRoom(int added, int wanted) {
        int size = size();
        int needed = Math.addExact(size, added);
        long grown = Math.min(2L * needed, Integer.MAX_VALUE - 8);
        int capacity = size == 0 || needed >= wanted ? needed : (int) Math.min(grown, wanted);
        byte[] target = capacity <= bytes.length ? bytes : new byte[capacity];
        System.arraycopy(bytes, head, target, 0, size);
        bytes = target;
        head = 0;
        tail = size;
    }

    /** Takes bytes off the front; the array itself if they fill it. */
    byte[] take(int count) {
        byte[] taken;
        if (head == 0 && count == tail && count == bytes.length) {
            taken = bytes;
        } else {
            taken = new byte[count];
            System.arraycopy(bytes, head, taken, 0, count);
        }
        skip(count);
        return taken;
    }

    /** Takes everything, without a copy. */
    ByteBuffer takeAll() {
        ByteBuffer taken = ByteBuffer.wrap(bytes, head, size());
        skip(size());
        return taken;
    }

    byte[] copy(int count) {
        return Arrays.copyOfRange(bytes, head, head + count);
    }

    /** All of it, for somebody to look at. */
    ByteBuffer view() {
        return ByteBuffer.wrap(bytes, head, size()).slice().asReadOnlyBuffer();
    }

    void take(ByteBuffer target) {
        int count = Math.min(size(), target.remaining());
        target.put(bytes, head, count);
        skip(count);
    }

    String takeText(int count) {
        String text = new String(bytes, head, count, StandardCharsets.UTF_8);
        skip(count);
        return text;
    }

    void skip(int count) {
        assert count >= 0 && count <= size() : count + " of " + size();
        head += count;
        if (head == tail) {
            bytes = NONE;
            head = 0;
            tail = 0;
        }
    }

    /** Where a separator begins, at {@code from} or later; -1 if it is not there as a whole. */
    int indexOf(byte[] separator, int from) {
        int last = tail - separator.length;
        for (int at = find(separator[0], head + from, last); at >= 0; at = find(separator[0], at + 1, last)) {
            if (matches(separator, at)) {
                return at - head;
            }
        }
        return -1;
    }

    /**
     * Where a byte is, from {@code start} to {@code last}; -1 if it is not there. Eight at a time: the lowest zero byte of a word is
     * found as in Hacker's Delight (Warren, 2nd edition, 6-1).
     */
    private int find(byte wanted, int start, int last) {
        long everywhere = (wanted & 0xFFL) * ONES;
        int at = start;
        for (; at <= last - (Long.BYTES - 1); at += Long.BYTES) {
            long zeroWhereFound = (long) WORDS.get(bytes, at) ^ everywhere;
            long found = (zeroWhereFound - ONES) & ~zeroWhereFound & HIGH_BITS;
            if (found != 0) {
                return at + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        while (at <= last && bytes[at] != wanted) {
            at++;
        }
        return at <= last ? at : -1;
    }

    private boolean matches(byte[] separator, int start) {
        for (int i = 1; i < separator.length; i++) {
            if (bytes[start + i] != separator[i]) {
                return false;
            }
        }
        return true;
    }
}
