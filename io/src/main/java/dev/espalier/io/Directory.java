package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Channel;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Promise;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** Directories: what is below them, and what changes in them. Offload threads and threads of their own block in the loop's place. */
public final class Directory {
    /** Entries that one offloaded body reads: it costs as much as some ten of them. */
    private static final int BATCH = 256;

    private Directory() {}

    /**
     * Walks through all that is below a directory, and through symbolic links not. A directory comes before what is in it; the order
     * is otherwise that of the file system. What is deleted meanwhile may be left out.
     *
     * {@snippet class="dev.espalier.io.SnippetsTest" region="walk"}
     *
     * <p>It goes no further ahead of its receiver than some 512 entries, and holds one directory open for each level it is deep. The
     * receiver ends after the last entry. It fails if a directory cannot be read, and the group hears of it.
     *
     * @param group in which the task that walks runs, until the end or until the receiver is closed
     * @param root the directory, or a symbolic link to it
     * @return the entries; a failure comes out as {@link ChannelClosedException} with it as the cause, such as {@link
     *     NoSuchFileException}, {@link NotDirectoryException}, {@link java.nio.file.AccessDeniedException}
     * @throws IllegalStateException if the group has been left
     */
    public static Receiver<Entry> walk(TaskGroup group, Path root) {
        LoopShare share = LoopShare.current();
        return Channel.produce(group, BATCH, sender -> walk(share, root, sender));
    }

    private static void walk(LoopShare share, Path root, Sender<? super Entry> sender) throws IOException {
        TreeWalker walker = AsyncFile.operate(share, root, () -> new TreeWalker(root));
        try {
            for (List<Entry> entries = next(share, root, walker); !entries.isEmpty(); entries = next(share, root, walker)) {
                for (Entry entry : entries) {
                    sender.send(entry);
                }
            }
        } finally {
            AsyncFile.uncancelled(() -> {
                walker.close();
                return true;
            });
        }
    }

    private static List<Entry> next(LoopShare share, Path root, TreeWalker walker) throws IOException {
        return AsyncFile.operate(share, root, () -> walker.next(BATCH));
    }

    /**
     * Watches what is made, changed and deleted in a directory, but not in the directories in it. When this returns, nothing that
     * happens from then on is missed.
     *
     * {@snippet class="dev.espalier.io.SnippetsTest" region="watch"}
     *
     * <p>How fast changes are told, and how many of one file are told as one, is up to the system. While nobody receives, 512 and
     * {@code capacity} changes are kept; if there are more, those that are not kept are told as one {@link Change.Kind#OVERFLOW}.
     * The receiver ends when the directory is gone.
     *
     * <p><b>Cancellation.</b> Cancelled, nothing is watched.
     *
     * @param group in which it is watched in the background, until its others have ended or the receiver is closed
     * @param directory which
     * @param capacity how many changes are ready for the receiver, from 0
     * @return the changes
     * @throws NoSuchFileException if there is no such directory
     * @throws NotDirectoryException if it is none
     * @throws IOException if the system can watch no more
     * @throws IllegalStateException if the group has been left
     */
    @Awaits
    public static Receiver<Change> watch(TaskGroup group, Path directory, int capacity) throws IOException {
        DirectoryWatch watch = AsyncFile.operate(LoopShare.current(), directory, () -> new DirectoryWatch(directory));
        Promise<Receiver<Change>> changes = Promise.create();
        Task<Void> keeper;
        try {
            // A group of its own: a producer is an ordinary child, and the watch must not keep the group from ending.
            keeper = group.startBackground("watch of " + directory,
                    () -> TaskGroup.run(inner -> changes.succeed(Channel.produce(inner, capacity, watch::feed))));
        } catch (Throwable e) {
            watch.close();
            throw e;
        }
        try {
            return changes.await();
        } catch (CancelledError e) {
            keeper.cancel("whoever began to watch " + directory + " was cancelled");
            throw e;
        }
    }

    /**
     * What a walk came by.
     *
     * @param path where it is: the root of the walk and the way from there
     * @param attributes of what kind it is, its size and times; of a symbolic link those of the link itself
     */
    public record Entry(Path path, BasicFileAttributes attributes) {}

    /**
     * What happened in a watched directory.
     *
     * @param kind what
     * @param path to what: the directory and the name; of an overflow, the directory
     */
    public record Change(Kind kind, Path path) {
        /** What can happen. */
        public enum Kind {
            /** It is new here, or was moved here. */
            CREATED,
            /** Its content or its attributes have changed. */
            MODIFIED,
            /** It is gone, or was moved away. */
            DELETED,
            /** Changes have been lost: look at the directory itself. */
            OVERFLOW;

            static Kind of(WatchEvent.Kind<?> kind) {
                return kind == StandardWatchEventKinds.ENTRY_CREATE ? CREATED
                        : kind == StandardWatchEventKinds.ENTRY_MODIFY ? MODIFIED
                        : kind == StandardWatchEventKinds.ENTRY_DELETE ? DELETED
                        : OVERFLOW;
            }
        }
    }
}
