package dev.espalier.process;

import java.io.ObjectInputFilter;

/**
 * The texts of HELLO and WELCOME behind the proofs.
 */
final class Greeting {
    /** What the child says it is: its JDK by release and build, its paths by {@link ClassPathPrint}. */
    record Hello(int protocol, int depth, String release, String build, long[] paths) {
        private static final int MOST_PATHS = 4096;

        static Hello of(Ticket ticket) {
            return new Hello(Frames.PROTOCOL, ticket.depth(), ownRelease(), ownBuild(),
                    ClassPathPrint.of(ClassPathPrint.entries()));
        }

        static String ownRelease() {
            return System.getProperty("java.specification.version", "");
        }

        static String ownBuild() {
            return System.getProperty("java.vm.version", "");
        }

        void write(Encoder out) {
            out.putLong(protocol);
            out.putLong(depth);
            out.putString(release);
            out.putString(build);
            int count = Math.min(paths.length, MOST_PATHS);
            out.putLong(count);
            for (int i = 0; i < count; i++) {
                out.putLong(paths[i]);
            }
        }

        static Hello read(Decoder in) {
            int protocol = in.getInt();
            int depth = in.getInt();
            String release = in.getString();
            String build = in.getString();
            long[] paths = new long[Math.clamp(in.getInt(), 0, MOST_PATHS)];
            for (int i = 0; i < paths.length; i++) {
                paths[i] = in.getLong();
            }
            return new Hello(protocol, depth, release, build, paths);
        }
    }

    /**
     * Whether parent and child can understand each other.
     *
     * @throws ProtocolException if they cannot, with what differs and the way out
     */
    static void check(Hello said, boolean sameJdk) throws ProtocolException {
        if (!said.release().equals(Hello.ownRelease())) {
            throw new ProtocolException("the child runs on JDK " + said.release() + " and this process on "
                    + Hello.ownRelease() + "; both must be of one release");
        }
        if (sameJdk && !said.build().equals(Hello.ownBuild())) {
            throw new ProtocolException("the child runs on build " + said.build() + " of the JDK and this process on "
                    + Hello.ownBuild() + ": the JDK was updated meanwhile; restart this program");
        }
        String difference = ClassPathPrint.difference(said.paths());
        if (!difference.isEmpty()) {
            throw new ProtocolException("parent and child have other classes: " + difference
                    + "; both must have the same: restart this program");
        }
    }

    /**
     * What the parent wants: the filter's pattern, the directory for files of this connection, the file of the shared memory and
     * that of the rings, "" for none, and where shared buffers are.
     */
    record Welcome(String filter, String directory, String memory, String rings, String buffers) {
        void write(Encoder out) {
            out.putString(filter);
            out.putString(directory);
            out.putString(memory);
            out.putString(rings);
            out.putString(buffers);
        }

        static Welcome read(Decoder in) {
            return new Welcome(in.getString(), in.getString(), in.getString(), in.getString(), in.getString());
        }

        ObjectInputFilter objectFilter() {
            return ObjectInputFilter.Config.createFilter(filter);
        }
    }

    private Greeting() {
    }
}
