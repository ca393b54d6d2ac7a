package dev.espalier.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Shared buffers that were sent, until it is known that nobody will receive them any more.
 */
final class Parcels {
    private static final int FEW = 16;

    private List<Path> onTheirWay = List.of();
    private int prunedTo;

    void add(Path parcel) {
        if (onTheirWay.isEmpty()) {
            onTheirWay = new ArrayList<>(1);
        }
        onTheirWay.add(parcel);
        if (onTheirWay.size() > FEW + 2 * prunedTo) {
            // Most have arrived long ago.
            onTheirWay.removeIf(Files::notExists);
            prunedTo = onTheirWay.size();
        }
    }

    boolean isEmpty() {
        return onTheirWay.isEmpty();
    }

    /** Those that have not arrived never will. */
    void delete() {
        onTheirWay.forEach(SharedPlace::delete);
        onTheirWay = List.of();
    }
}
