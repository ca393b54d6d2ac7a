package dev.espalier.process;

import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The parent's end of the connection to a {@link ChildProcess}: one call goes there and one answer comes back.
 */
final class ChildLink {
    private static final long CALL = 1;

    // Everything here belongs to the loop.
    private final WorkerProcess process;
    private final WorkerChannel connected;
    private final FrameOutlet out;
    private final PermitPeer permits;
    private final Symbols symbols;
    private final Decoder decoder;
    private final String name;
    private final ChannelEnds channels;
    private Awaitable.State<@Nullable Object> answer = Awaitable.State.pending();
    private boolean ended;
    private @Nullable String broken;

    ChildLink(String name, ChildStart.Ready ready, Symbols symbols, ChannelEnds channels) {
        this.channels = channels;
        this.name = name;
        this.process = ready.process();
        this.connected = ready.channel();
        this.out = new FrameOutlet(connected);
        this.permits = new PermitPeer(out, process);
        this.symbols = symbols;
        this.decoder = new Decoder(symbols);
    }

    /** Sends the call, after what it needs to be understood. */
    void call(SymbolTable table, byte[] call, Path directory) {
        for (int i = 0; i < table.size(); i++) {
            out.send(FrameKind.DEFINE, i, table.definition(i));
        }
        out.send(FrameKind.TASK, CALL, call);
        channels.open(out::send, directory);
    }

    void ask(String reason) {
        out.sendUrgent(FrameKind.ASK, CALL, reason.getBytes(StandardCharsets.UTF_8));
    }

    void interrupt() {
        out.sendUrgent(FrameKind.INTERRUPT, CALL);
    }

    /** What the body has brought; pending as long as it has brought nothing. */
    Awaitable.State<@Nullable Object> answer() {
        return answer;
    }

    boolean isAnswered() {
        return !(answer instanceof Awaitable.Pending<?>);
    }

    /** What it did against the protocol; null when it did nothing. */
    @Nullable String broken() {
        return broken;
    }

    /** Reads until the child has closed its end, or it is enough. */
    @Awaits
    void read(BooleanSupplier enough) {
        try {
            while (!ended && !enough.getAsBoolean()) {
                ended = connected.channel().read(connected.reader().input()) < 0;
                connected.reader().drain(this::message);
                if (!ended && !enough.getAsBoolean()) {
                    connected.readiness().awaitReadable();
                }
            }
        } catch (ProtocolException against) {
            broken = against.getMessage();
            ended = true;
        } catch (IOException reset) {
            // A killed child's socket may end so, too.
            ended = true;
        }
    }

    /** True when the child has closed its end, or is not listened to any more because of what it sent. */
    boolean hasEnded() {
        return ended;
    }

    private void message(FrameKind kind, long id, byte[] bytes, int from, int to) throws IOException {
        switch (kind) {
            case RESULT -> answered(read(() -> new Awaitable.Succeeded<@Nullable Object>(decoder.over(bytes, from, to).last())));
            case FAILURE -> answered(read(() -> new Awaitable.Failed<@Nullable Object>(
                    Failures.read(decoder.over(bytes, from, to), name + " (pid " + process.pid() + ")"))));
            case DEFINE -> symbols.define(id, Arrays.copyOfRange(bytes, from, to));
            case CHANNEL, CHANNEL_BACK -> channels.message(kind, id, Arrays.copyOfRange(bytes, from, to));
            case PERMIT -> permits.message(id, bytes, from, to);
            case BYE_ACK -> { }
            default -> throw new ProtocolException("it sent " + kind);
        }
    }

    private interface Reading {
        Awaitable.State<@Nullable Object> read();
    }

    private Awaitable.State<@Nullable Object> read(Reading reading) {
        try {
            return reading.read();
        } catch (RuntimeException | LinkageError | StackOverflowError bad) {
            // Not only ours: constructors and hash codes of the user's classes run here.
            return new Awaitable.Failed<@Nullable Object>(new RemoteTaskException("the answer of " + name + " cannot be read: " + bad, "", bad));
        }
    }

    private void answered(Awaitable.State<@Nullable Object> with) throws ProtocolException {
        if (isAnswered()) {
            throw new ProtocolException("it answered twice");
        }
        answer = with;
        out.send(FrameKind.BYE, 0, new byte[0]);
    }

    PermitPeer permits() {
        return permits;
    }

    void close() {
        connected.readiness().close();
        try {
            connected.channel().close();
        } catch (IOException peerGone) {
            // The descriptor is free all the same, and there is nothing more to say to the peer.
        }
    }

    @Override
    public String toString() {
        return process + (ended ? ", which has ended" : isAnswered() ? ", which has answered" : ", which runs");
    }
}
