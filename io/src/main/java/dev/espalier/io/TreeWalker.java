package dev.espalier.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * A walk through a tree of directories, step by step, in calls that block. It holds one open directory a level. By one thread at a
 * time.
 *
 * <p>Not that of the JDK: it fails when a file goes while it walks, which in a living tree is no failure.
 */
final class TreeWalker implements Closeable {
    private final Deque<Level> levels = new ArrayDeque<>();

    private record Level(DirectoryStream<Path> stream, Iterator<Path> rest) {}

    TreeWalker(Path root) throws IOException {
        descend(root);
    }

    @SuppressWarnings("StreamResourceLeak") // closed with its level
    private void descend(Path directory) throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
        levels.push(new Level(stream, stream.iterator()));
    }

    /** The next entries, in their order; none when there are no more. */
    List<Directory.Entry> next(int max) throws IOException {
        var entries = new ArrayList<Directory.Entry>();
        try {
            while (entries.size() < max && !levels.isEmpty()) {
                Level level = levels.peek();
                if (level.rest().hasNext()) {
                    visit(level.rest().next(), entries);
                } else {
                    levels.pop().stream().close();
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return entries;
    }

    private void visit(Path path, List<Directory.Entry> entries) throws IOException {
        try {
            var attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            entries.add(new Directory.Entry(path, attributes));
            if (attributes.isDirectory()) {
                descend(path);
            }
        } catch (NoSuchFileException _) {
            // It was deleted since its directory was read.
        }
    }

    @Override
    public void close() throws IOException {
        while (!levels.isEmpty()) {
            levels.pop().stream().close();
        }
    }
}
