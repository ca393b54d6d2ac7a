package dev.espalier.examples.inventory;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file to be counted by a child JVM.
 *
 * @param name its path below the root, with slashes
 * @param size when it was met
 * @param file where the child reads it. A URI names every file, also those whose names the locale cannot spell
 * @param contents what the parent has read of it, which is all; null where the child shall read
 * @param kibibytes of memory that are reserved for it
 */
record Work(String name, long size, URI file, byte @Nullable [] contents, int kibibytes) {

    /** A file of which the parent has read nothing yet. */
    static Work of(Found.RegularFile file, int kibibytes) {
        Path path = file.path();
        return new Work(file.name(), file.size(), path.toUri(), null, kibibytes);
    }

    /** The same with its contents. */
    Work holding(byte[] all) {
        return new Work(name, size, file, all, kibibytes);
    }
}
