package dev.espalier.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.concurrent.ThreadLocalRandom;

/** The steps of replacing a file by one written beside it. They block. */
final class Replacement {
    private Replacement() {}

    /** A new name in the same directory: only within one file system a move is atomic. */
    static Path name(Path target) {
        Path last = target.getFileName();
        if (last == null) {
            throw new IllegalArgumentException("a file to replace needs a name: " + target);
        }
        return target.resolveSibling("." + last + "." + Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".tmp");
    }

    /** With the permissions of the one to be replaced from the beginning, so that secrets stay so. */
    static FileChannel create(Path target, Path temporary) throws IOException {
        FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.READ);
        try {
            PosixFileAttributeView view = Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
            if (view != null && Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)) {
                view.setPermissions(Files.getPosixFilePermissions(target));
            }
            return channel;
        } catch (Throwable e) {
            discard(channel, temporary);
            throw e;
        }
    }

    /** First the content is on the device, then the name. */
    static boolean complete(FileChannel channel, Path temporary, Path target) throws IOException {
        channel.force(true);
        channel.close();
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        Path directory = target.toAbsolutePath().getParent();
        if (directory != null && Files.getFileAttributeView(directory, PosixFileAttributeView.class) != null) {
            // Elsewhere a directory cannot be opened, and the system does this itself.
            try (FileChannel names = FileChannel.open(directory)) {
                names.force(true);
            }
        }
        return true;
    }

    /** Removes what is there of it; nothing after it was completed. */
    static boolean discard(FileChannel channel, Path temporary) throws IOException {
        try (channel) {
            return Files.deleteIfExists(temporary);
        }
    }
}
