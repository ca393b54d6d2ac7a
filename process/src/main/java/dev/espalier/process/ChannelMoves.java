package dev.espalier.process;

import java.io.NotSerializableException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ends of channels that the body of a child has captured, and that move there with it.
 */
final class ChannelMoves {
    /** What travels in place of an end. */
    record Ticket(long channel, boolean sends, int capacity) implements Serializable {
        private static final long serialVersionUID = 1L;

        Object readResolve() {
            return ChildRuntime.takeEnd(this);
        }
    }

    private record Move(Consumer<ChannelEnds> to, Runnable undo) {
    }

    // The task that encodes a body sets it, and does not await meanwhile unless an encoded object does.
    private static final ThreadLocal<@Nullable ChannelMoves> CURRENT = new ThreadLocal<>();

    private final List<Move> moves = new ArrayList<>();

    /** Runs the encoding of a body; if that fails, nothing has moved. */
    static ChannelMoves during(Runnable encoding) {
        ChannelMoves made = new ChannelMoves();
        CURRENT.set(made);
        try {
            encoding.run();
            return made;
        } catch (RuntimeException | Error failed) {
            made.moves.forEach(move -> move.undo.run());
            throw failed;
        } finally {
            CURRENT.remove();
        }
    }

    static void note(Consumer<ChannelEnds> to, Runnable undo) throws NotSerializableException {
        ChannelMoves current = CURRENT.get();
        if (current == null) {
            undo.run();
            throw new NotSerializableException("an end of a ProcessChannel, which travels only as something that the body of"
                    + " a ChildProcess captures");
        }
        current.moves.add(new Move(to, undo));
    }

    /** The ends that stay behind work with the child from now on. */
    void connect(ChannelEnds child) {
        for (Move move : moves) {
            move.to.accept(child);
        }
    }
}
