package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.BusyException;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBody;
import dev.espalier.io.ByteStream;
import dev.espalier.io.IncompleteReadException;
import dev.espalier.io.ReadLimitException;
import dev.espalier.io.StreamClosedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * Checks that streams of your own keep the rules of {@link ByteStream}. A failure names the rule.
 *
 * {@snippet class="dev.espalier.testing.StreamConformanceTest" region="streams"}
 *
 * <p>Needs {@code espalier-io}. <b>Threads.</b> Called in a task, whose loop may be a real one: streams over sockets need that.
 */
@SuppressWarnings("exports") // the streams module is optional, and "requires static transitive" would make it mandatory to compile
public final class StreamConformance {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private StreamConformance() {}

    /** Makes pairs. */
    @FunctionalInterface
    public interface Pairs {
        /**
         * Makes two streams that nobody has used: what is written to one is read from the other.
         *
         * @return the pair; the checks close it
         * @throws IOException if that fails, which fails the check
         */
        @Awaits
        ByteStream.Pair make() throws IOException;
    }

    @FunctionalInterface
    private interface Check {
        @Awaits
        void run(ByteStream left, ByteStream right) throws IOException;
    }

    /**
     * Checks streams on which each side may end its direction alone.
     *
     * @param pairs makes the pairs, one for each rule
     * @throws AssertionError if a rule is broken
     */
    @Awaits
    public static void halfCloseable(Pairs pairs) {
        twoWay(pairs);
        check("one direction ends and the other stays open", pairs, StreamConformance::halfClose);
    }

    /**
     * Checks streams in both directions.
     *
     * @param pairs makes the pairs, one for each rule
     * @throws AssertionError if a rule is broken
     */
    @Awaits
    public static void twoWay(Pairs pairs) {
        check("bytes arrive whole and in order, both ways at once", pairs, StreamConformance::bothWays);
        check("the end is told again and again", pairs, StreamConformance::lastingEnd);
        check("a read of nothing waits for nothing", pairs, (left, _) -> require(left.read(0).length == 0, "bytes came"));
        check("a cancelled read has taken nothing", pairs, StreamConformance::cancelledRead);
        check("a read that fails has taken nothing", pairs, StreamConformance::failedRead);
        check("one task at a time reads", pairs, StreamConformance::oneReader);
        check("close wakes who reads, and nothing works afterwards", pairs, StreamConformance::closed);
        check("a writer learns that the peer has gone", pairs, StreamConformance::peerGone);
    }

    @Awaits
    private static void check(String rule, Pairs pairs, Check check) {
        try {
            Async.timeout(LIMIT, () -> {
                ByteStream.Pair pair = pairs.make();
                try {
                    check.run(pair.left(), pair.right());
                } finally {
                    pair.left().abort();
                    pair.right().abort();
                }
            });
        } catch (RuntimeException | IOException | AssertionError e) {
            throw new AssertionError("a stream breaks the rule: " + rule, e);
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** Asks that an operation fails in the right way. */
    @Awaits
    private static void refuses(Class<? extends Exception> how, String otherwise, VoidBody<IOException> operation)
            throws IOException {
        try {
            operation.run();
        } catch (IOException | RuntimeException e) {
            if (how.isInstance(e)) {
                return;
            }
            throw e;
        }
        throw new AssertionError(otherwise);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Awaits
    private static void bothWays(ByteStream left, ByteStream right) {
        byte[] bytes = new byte[300_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 8));
        }
        TaskGroup.run(group -> {
            group.start(() -> left.write(bytes));
            group.start(() -> right.write(bytes));
            group.start(() -> require(Arrays.equals(left.readExactly(bytes.length), bytes), "other bytes came"));
            group.start(() -> require(Arrays.equals(right.readExactly(bytes.length), bytes), "other bytes came"));
        });
    }

    @Awaits
    private static void lastingEnd(ByteStream left, ByteStream right) throws IOException {
        left.write("last");
        left.close();
        require(text(right.readAll(100)).equals("last"), "what was written before the close is lost");
        for (int i = 0; i < 3; i++) {
            require(right.read(10).length == 0 && right.atEnd(), "after the end there are bytes");
        }
    }

    @Awaits
    private static void halfClose(ByteStream left, ByteStream right) throws IOException {
        left.write("question");
        left.writeEnd();
        require(text(right.readAll(100)).equals("question"), "another question came");
        right.write("answer");
        require(text(left.readExactly(6)).equals("answer"), "another answer came");
        refuses(StreamClosedException.class, "after writeEnd a write goes through", () -> left.write("more"));
    }

    @Awaits
    private static void cancelledRead(ByteStream left, ByteStream right) throws IOException {
        left.write("abc");
        for (int i = 0; i < 3; i++) {
            Async.moveOnAfter(Duration.ofMillis(1), () -> right.readExactly(10));
            Async.moveOnAfter(Duration.ofMillis(1), () -> require(right.readLine() != null, "the end came"));
        }
        left.write("def\n");
        require("abcdef".equals(right.readLine()), "bytes are missing");
    }

    @Awaits
    private static void failedRead(ByteStream left, ByteStream right) throws IOException {
        left.write("abcdefgh");
        refuses(ReadLimitException.class, "the limit of readUntil is not kept", () -> right.readUntil(new byte[] {';'}, 4));
        left.close();
        refuses(IncompleteReadException.class, "readExactly returns fewer bytes than asked for", () -> right.readExactly(100));
        require(text(right.readAll(100)).equals("abcdefgh"), "bytes are missing");
    }

    @Awaits
    private static void oneReader(ByteStream left, ByteStream right) throws IOException {
        TaskGroup.run(group -> {
            Task<?> first = group.start(() -> right.readExactly(1));
            Async.sleep(Duration.ofMillis(1));
            refuses(BusyException.class, "two tasks read at once", () -> right.read(1));
            left.write("x");
            first.join();
        });
    }

    @Awaits
    private static void closed(ByteStream left, ByteStream right) throws IOException {
        TaskGroup.run(group -> {
            Task<?> reader = group.start(
                    () -> refuses(StreamClosedException.class, "a read of a closed stream returns", () -> right.read(1)));
            Async.sleep(Duration.ofMillis(1));
            left.writeEnd(); // so that a close need not wait for it
            right.close();
            right.close();
            reader.join();
        });
        refuses(StreamClosedException.class, "a write to a closed stream goes through", () -> right.write("x"));
    }

    @Awaits
    private static void peerGone(ByteStream left, ByteStream right) throws IOException {
        right.abort();
        try {
            while (true) {
                left.write(new byte[1000]);
                Async.sleep(Duration.ofMillis(1));
            }
        } catch (IOException e) {
            require(!(e instanceof StreamClosedException) || e.getCause() != null, "the failure of the peer is told as our own close");
        }
    }
}
