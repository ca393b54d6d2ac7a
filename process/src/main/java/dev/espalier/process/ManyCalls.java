package dev.espalier.process;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The form of a call of one function for many arguments, and of its answers.
 */
final class ManyCalls {
    // call:    head (Calls.writeMany), int count, then each argument: int length, value
    // answer:  int nanoseconds that these outcomes took, then each outcome: int length, byte sort, value or failure
    //
    // Each item has its length before it: one that cannot be read fails alone. An answer may hold fewer outcomes than
    // were asked for: the others were not begun.
    static final int VALUE = 0;
    static final int FAILURE = 1;
    static final int LENGTH = 4;
    /** A call is sent when it has so many bytes: one frame. */
    static final int FULL = Frames.MAX_CHUNK - 4096;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private ManyCalls() {
    }

    /** Adds an argument to a call, whole or not at all. */
    static void argument(Encoder out, @Nullable Object argument, Parcels parcels) {
        int at = out.reserve(LENGTH);
        try {
            Departures departures = out.departing();
            out.root(argument);
            departures.leave(parcels);
        } catch (EncodingException bad) {
            out.truncate(at);
            throw bad.under("argument");
        }
        out.patchFixedInt(at, out.size() - at - LENGTH);
    }

    /** A call for those of its items. */
    static byte[] cut(byte[] call, int head, int from, int to) {
        int start = skip(call, head + LENGTH, from);
        int end = skip(call, start, to - from);
        byte[] part = Arrays.copyOf(call, head + LENGTH + end - start);
        System.arraycopy(call, start, part, head + LENGTH, end - start);
        INT.set(part, head, to - from);
        return part;
    }

    private static int skip(byte[] call, int at, int items) {
        int next = at;
        for (int i = 0; i < items; i++) {
            next += LENGTH + (int) INT.get(call, next);
        }
        return next;
    }
}
