package dev.espalier.examples.inventory;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Walks a tree a batch at a time, with one directory open at most. Its methods block on the file system, so they are
 * called off the loop, by one thread at a time.
 */
final class TreeCursor implements AutoCloseable {

    /** A directory being listed. */
    private record Listing(Path directory, DirectoryStream<Path> stream, Iterator<Path> entries) {
    }

    private final Path root;
    private final Deque<Path> pending = new ArrayDeque<>();
    // Null between two directories. Written and read by whichever thread runs next() or close().
    private @Nullable Listing listing;

    /** Starts before {@code root}, which is the first directory met. */
    TreeCursor(Path root) {
        this.root = root;
        pending.push(root);
    }

    /** Returns up to {@code most} things not met before; an empty list is the end. */
    List<Found> next(int most) {
        List<Found> batch = new ArrayList<>();
        while (batch.size() < most) {
            Listing current = listing;
            if (current != null) {
                list(current).ifPresent(batch::add);
            } else if (!pending.isEmpty()) {
                batch.add(enter(pending.pop()));
            } else {
                break;
            }
        }
        return batch;
    }

    @Override
    public void close() throws IOException {
        pending.clear();
        leave();
    }

    private Found enter(Path directory) {
        try {
            DirectoryStream<Path> stream = Files.newDirectoryStream(directory);
            listing = new Listing(directory, stream, stream.iterator());
            return new Found.Directory(name(directory));
        } catch (IOException e) {
            return new Found.Unreadable(name(directory), Reasons.of(e));
        }
    }

    private Optional<Found> list(Listing current) {
        try {
            if (current.entries().hasNext()) {
                return visit(current.entries().next());
            }
            leave();
            return Optional.empty();
        } catch (DirectoryIteratorException e) {
            return Optional.of(abandon(current, e.getCause()));
        } catch (IOException e) {
            return Optional.of(new Found.Unreadable(name(current.directory()), Reasons.of(e)));
        }
    }

    private Found abandon(Listing current, IOException failure) {
        try {
            leave();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        return new Found.Unreadable(name(current.directory()), Reasons.of(failure));
    }

    private Optional<Found> visit(Path path) {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            return Optional.of(new Found.Unreadable(name(path), Reasons.of(e)));
        }
        if (attributes.isDirectory()) {
            pending.push(path);
            return Optional.empty();
        }
        return Optional.of(leaf(path, attributes));
    }

    private Found leaf(Path path, BasicFileAttributes attributes) {
        if (attributes.isRegularFile()) {
            return new Found.RegularFile(path, name(path), attributes.size());
        }
        return attributes.isSymbolicLink() ? new Found.SymbolicLink(name(path)) : new Found.Special(name(path));
    }

    private void leave() throws IOException {
        Listing left = listing;
        listing = null;
        if (left != null) {
            left.stream().close();
        }
    }

    private String name(Path path) {
        return root.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
    }
}
