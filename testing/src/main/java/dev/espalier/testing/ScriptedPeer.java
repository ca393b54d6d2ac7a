package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.Task;
import dev.espalier.io.ByteStream;
import dev.espalier.io.IncompleteReadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The other end of a stream, which does what a script says: expects bytes, sends some, waits, ends, breaks. What the code under
 * test sends and the script does not expect fails the test, and so does a script that has not come to its end.
 *
 * {@snippet class="dev.espalier.testing.ScriptedPeerTest" region="script"}
 *
 * <p>The idea is that of tokio's test kit. Needs {@code espalier-io}.
 *
 * <p><b>Threads.</b> It belongs to the tasks of its run.
 */
@SuppressWarnings("exports") // the streams module is optional, and "requires static transitive" would make it mandatory to compile
public final class ScriptedPeer implements AutoCloseable {
    private final LoopTester tester;
    private final List<Step> script;
    private final ByteStream mine;
    private final ByteStream theirs;
    private final Task<Void> task;
    private int at; // the step under way; by the holder of the turn

    /** One step: what it is, in words, and how it is done. */
    private record Step(String words, Deed deed) {}

    @FunctionalInterface
    private interface Deed {
        @Awaits
        void run(ByteStream stream) throws IOException;
    }

    /** A script under construction. */
    public static final class Script {
        private final List<Step> steps = new ArrayList<>();

        private Script() {}

        private Script then(String words, Deed deed) {
            steps.add(new Step(words, deed));
            return this;
        }

        /**
         * Expects bytes.
         *
         * @param bytes which
         * @return this script
         */
        public Script expect(byte[] bytes) {
            byte[] expected = bytes.clone();
            return then("expects " + shown(expected), stream -> compare(expected, stream));
        }

        /**
         * Expects a text in UTF-8.
         *
         * @param text which
         * @return this script
         */
        public Script expect(String text) {
            return expect(text.getBytes(StandardCharsets.UTF_8));
        }

        /**
         * Expects the end of what the code under test sends.
         *
         * @return this script
         */
        public Script expectEnd() {
            return then("expects the end", stream -> {
                byte[] more = stream.read(1000);
                if (more.length > 0) {
                    throw new AssertionError("the end was expected, and there came " + shown(more));
                }
            });
        }

        /**
         * Sends bytes.
         *
         * @param bytes which
         * @return this script
         */
        public Script send(byte[] bytes) {
            byte[] sent = bytes.clone();
            return then("sends " + shown(sent), stream -> stream.write(sent));
        }

        /**
         * Sends a text in UTF-8.
         *
         * @param text which
         * @return this script
         */
        public Script send(String text) {
            return send(text.getBytes(StandardCharsets.UTF_8));
        }

        /**
         * Does nothing for a while of virtual time.
         *
         * @param duration how long
         * @return this script
         */
        public Script pause(Duration duration) {
            return then("pauses " + duration, _ -> Async.sleep(duration));
        }

        /**
         * Ends what it sends; the code under test may go on sending.
         *
         * @return this script
         */
        public Script end() {
            return then("ends its side", ByteStream::writeEnd);
        }

        /**
         * Breaks the connection: reads and writes of the code under test fail from here on.
         *
         * @return this script
         */
        public Script reset() {
            return then("breaks the connection", ByteStream::abort);
        }

        /**
         * Lets the peer play its part, in the background of a run.
         *
         * @param tester of the run
         * @return the peer
         */
        public ScriptedPeer start(LoopTester tester) {
            return new ScriptedPeer(tester, List.copyOf(steps));
        }
    }

    private ScriptedPeer(LoopTester tester, List<Step> script) {
        this.tester = tester;
        this.script = script;
        MemoryStreams streams = MemoryStreams.pair();
        this.mine = streams.left();
        this.theirs = streams.right();
        this.task = tester.background().start("scripted peer", this::play);
    }

    /**
     * {@return an empty script}
     */
    public static Script script() {
        return new Script();
    }

    private void play() throws IOException {
        for (; at < script.size(); at++) {
            try {
                script.get(at).deed.run(mine);
            } catch (AssertionError | IOException e) {
                throw new AssertionError(this + ": " + e.getMessage(), e);
            }
        }
    }

    @Awaits
    private static void compare(byte[] expected, ByteStream stream) throws IOException {
        byte[] got;
        try {
            got = stream.readExactly(expected.length);
        } catch (IncompleteReadException e) {
            throw new AssertionError(
                    shown(expected) + " was expected, and only " + shown(stream.readAll(expected.length)) + " came before the end", e);
        }
        if (!Arrays.equals(got, expected)) {
            int same = Arrays.mismatch(got, expected);
            throw new AssertionError(shown(expected) + " was expected, and " + shown(got) + " came; they differ from byte " + same);
        }
    }

    private static String shown(byte[] bytes) {
        var text = new StringBuilder("'");
        for (byte b : Arrays.copyOf(bytes, Math.min(bytes.length, 80))) {
            switch (b) {
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                default -> text.append(b >= ' ' && b < 127 ? Character.toString(b) : String.format("\\x%02x", b));
            }
        }
        return text.append(bytes.length > 80 ? "…'" : "'").append(" (").append(bytes.length).append(" bytes)").toString();
    }

    /**
     * {@return the stream for the code under test}
     */
    public ByteStream stream() {
        return theirs;
    }

    /**
     * Lets everything run that can run now, and asks that the script is at its end and nothing was sent that it did not expect.
     *
     * @throws AssertionError if it is not, or was
     */
    @Awaits
    @Override
    public void close() {
        tester.settle();
        if (at < script.size()) {
            throw new AssertionError(this + ": the script is not at its end");
        }
        task.cancel("the script is over");
        byte[] more = unexpected();
        if (more.length > 0) {
            throw new AssertionError("after the end of the script there came " + shown(more));
        }
    }

    /** What can be read without waiting. */
    @Awaits
    private byte[] unexpected() {
        Task<byte[]> rest = tester.background().start("rest of the script", () -> {
            try {
                return mine.read(1000);
            } catch (IOException e) {
                return new byte[0]; // broken by the script
            }
        });
        tester.settle();
        if (rest.state() instanceof Awaitable.Succeeded<byte[]>(var bytes)) {
            return bytes;
        }
        rest.cancel("nothing came");
        return new byte[0];
    }

    @Override
    public String toString() {
        return "ScriptedPeer[step " + (at + 1) + " of " + script.size()
                + (at < script.size() ? ": " + script.get(at).words : ", over") + "]";
    }
}
