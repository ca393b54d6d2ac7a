package dev.espalier.process;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The large arrays that have come, or are coming, and whose message has not. Trusts nothing it reads.
 */
final class ArrayArrivals {
    private static final @Nullable Object[] NONE = {};

    /** Makes an array while others go on, and then calls {@link #made}. Until then no frame may come. */
    interface Maker {
        void make(LargeArray.Announcement announced);
    }

    /** So many bytes are made at once; to fill them with zeros takes a tenth of a millisecond. */
    private static final int AT_ONCE = 1 << 20;

    /** The arrays of one message; the last one may be half there. */
    private static final class Arrival {
        final List<Object> whole = new ArrayList<>(1);
        @Nullable LargeArray coming;
        long at;
        long bytes;
    }

    // By the owner of the reader.
    private final Map<Long, Arrival> arrivals = new HashMap<>();
    private long held;
    private long limit;
    private @Nullable Maker maker;
    /** What the maker makes now, and for which message. */
    private LargeArray.@Nullable Announcement awaited;
    private long awaitedBy;

    /** From here on so many bytes may be here at once. */
    void limit(int bytes) {
        limit = bytes;
    }

    /** Takes a frame: an announcement, or the next bytes of what was announced. */
    void frame(long id, boolean more, MemorySegment memory, long from, int length) throws ProtocolException {
        Arrival arrival = arrivals.get(id);
        if (arrival == null) {
            if (arrivals.size() >= FrameReader.MOST_PARTS) {
                throw new ProtocolException("arrays of more than " + FrameReader.MOST_PARTS + " messages are half sent");
            }
            arrival = new Arrival();
            arrivals.put(id, arrival);
        }
        LargeArray coming = arrival.coming;
        if (coming == null) {
            begin(id, arrival, memory.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE));
        } else {
            add(arrival, coming, more, memory, from, length);
        }
    }

    private void begin(long id, Arrival arrival, byte[] header) throws ProtocolException {
        LargeArray.Announcement announced = LargeArray.announced(header, limit - held);
        arrival.at = 0;
        arrival.bytes += announced.bytes();
        held += announced.bytes();
        if (maker == null || announced.bytes() <= AT_ONCE) {
            arrival.coming = announced.create();
        } else {
            awaited = announced;
            awaitedBy = id;
            maker.make(announced);
        }
    }

    /** From here on others make the large ones; null: nobody does, not even the one that is awaited. */
    void maker(@Nullable Maker other) throws ProtocolException {
        maker = other;
        if (other == null && awaited != null) {
            made(awaited.create());
        }
    }

    /** Here is what the maker was to make; if that is not too late. */
    void made(LargeArray array) {
        Arrival arrival = awaited == null ? null : arrivals.get(awaitedBy);
        awaited = null;
        if (arrival != null) {
            arrival.coming = array;
        }
    }

    /** Whether an array is being made. */
    boolean isWaiting() {
        return awaited != null;
    }

    private static void add(Arrival arrival, LargeArray coming, boolean more, MemorySegment memory, long from, int length)
            throws ProtocolException {
        long rest = coming.bytes().byteSize() - arrival.at;
        if (length > rest || more == (length == rest)) {
            throw new ProtocolException("of an " + coming + " come " + length + " bytes where " + rest + " are missing");
        }
        MemorySegment.copy(memory, from, coming.bytes(), arrival.at, length);
        arrival.at += length;
        if (!more) {
            arrival.whole.add(coming.array());
            arrival.coming = null;
        }
    }

    boolean isEmpty() {
        return arrivals.isEmpty();
    }

    /** The arrays of the message with this id, which has come. */
    @Nullable Object[] take(long id) throws ProtocolException {
        if (arrivals.isEmpty()) {
            return NONE;
        }
        Arrival arrival = arrivals.remove(id);
        if (arrival == null) {
            return NONE;
        }
        if (arrival.coming != null) {
            throw new ProtocolException("message " + id + " came before all of its " + arrival.coming);
        }
        held -= arrival.bytes;
        return arrival.whole.toArray();
    }
}
