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

    /** What the parent wants: the filter's pattern, and the file of the shared memory. */
    record Welcome(String filter, String memory) {
        void write(Encoder out) {
            out.putString(filter);
            out.putString(memory);
        }

        static Welcome read(Decoder in) {
            return new Welcome(in.getString(), in.getString());
        }

        ObjectInputFilter objectFilter() {
            return ObjectInputFilter.Config.createFilter(filter);
        }
    }

    private Greeting() {
    }
}
