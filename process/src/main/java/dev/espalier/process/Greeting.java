package dev.espalier.process;

import java.io.ObjectInputFilter;

/**
 * The texts of HELLO and WELCOME behind the proofs.
 */
final class Greeting {
    /** What the child says it is. */
    record Hello(int protocol, int depth, long pid, String jdk) {
        void write(Encoder out) {
            out.putLong(protocol);
            out.putLong(depth);
            out.putLong(pid);
            out.putString(jdk);
        }

        static Hello read(Decoder in) {
            return new Hello(in.getInt(), in.getInt(), in.getLong(), in.getString());
        }
    }

    /** What the parent wants: the filter's pattern, the file of the shared memory, and that of the rings, "" for none. */
    record Welcome(String filter, String memory, String rings) {
        void write(Encoder out) {
            out.putString(filter);
            out.putString(memory);
            out.putString(rings);
        }

        static Welcome read(Decoder in) {
            return new Welcome(in.getString(), in.getString(), in.getString());
        }

        ObjectInputFilter objectFilter() {
            return ObjectInputFilter.Config.createFilter(filter);
        }
    }

    private Greeting() {
    }
}
