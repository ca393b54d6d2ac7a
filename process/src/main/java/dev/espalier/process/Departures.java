package dev.espalier.process;

import java.util.ArrayList;
import java.util.List;

/**
 * The shared buffers that an encoder has met in what it writes, and that move when that is sent: all of them or none.
 */
final class Departures {
    private final List<SharedBuffer> waiting = new ArrayList<>();

    void add(SharedBuffer buffer) {
        if (waiting.contains(buffer)) {
            throw new EncodingException(buffer + " is in this message already; it can be received once");
        }
        waiting.add(buffer);
    }

    int pending() {
        return waiting.size();
    }

    /** Those after the first so many stay here. */
    void forget(int from) {
        waiting.subList(from, waiting.size()).clear();
    }

    /**
     * What was written is sent now: the buffers are not ours any more.
     *
     * @param parcels gets to know them
     * @throws EncodingException if one of them cannot leave; then all stay
     */
    void leave(Parcels parcels) {
        if (waiting.isEmpty()) {
            return;
        }
        int gone = 0;
        try {
            for (; gone < waiting.size(); gone++) {
                parcels.add(waiting.get(gone).depart());
            }
        } catch (RuntimeException | Error failed) {
            waiting.subList(0, gone).forEach(SharedBuffer::comeBack);
            throw failed;
        } finally {
            waiting.clear();
        }
    }
}
