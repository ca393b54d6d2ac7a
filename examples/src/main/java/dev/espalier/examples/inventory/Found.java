package dev.espalier.examples.inventory;

import java.nio.file.Path;

/** One thing met while walking a tree; {@code name} is its path below the root, with slashes. */
sealed interface Found {

    /** A regular file, with its size when it was met. */
    record RegularFile(Path path, String name, long size) implements Found {
    }

    /** A directory, the root included. */
    record Directory(String name) implements Found {
    }

    /** A symbolic link; links are never followed, so that no cycle can arise. */
    record SymbolicLink(String name) implements Found {
    }

    /** Neither file nor directory nor link: a pipe, a socket, a device. Reading one could wait for ever. */
    record Special(String name) implements Found {
    }

    /** A file or directory that could not be read, and why. */
    record Unreadable(String name, String reason) implements Found {
    }
}
