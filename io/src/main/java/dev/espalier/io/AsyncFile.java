package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.Body;
import dev.espalier.core.GroupException;
import dev.espalier.core.VoidBodyWith;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Gatherers;

/**
 * An open file, and whole files, read and written by offload threads while the loop goes on.
 *
 * <p>At most 16 file operations of a loop run at once; further ones wait, first come, first served.
 *
 * <p><b>Cancellation.</b> Cancelled while it waits for its turn, an operation has no effect. One that has begun is waited for and has
 * its full effect; the next await throws. Only an operation that takes more than an hour is broken off, which closes the file.
 *
 * <p><b>Threads.</b> It belongs to the loop on which it was opened. Operations of several tasks on one file run at the same
 * time, in any order.
 *
 * <p>What fails names the file, also when its disk is full.
 *
 * {@snippet class="dev.espalier.io.SnippetsTest" region="file"}
 */
public final class AsyncFile implements AutoCloseable {
    /** Bytes that one call of the system moves: for a larger array the JDK would keep a direct buffer of its size. */
    private static final int CHUNK = 128 << 10;

    /** Small files that one offloaded body reads: it costs as much as a few of them. */
    private static final int BATCH = 256;

    /** Bytes that go from a file to a channel in one operation. */
    private static final int TRANSFER = 1 << 20;

    /** An interrupt would close the file under an operation, so a cancellation must not reach one: only this limit does. */
    private static final Duration OPERATION_LIMIT = Duration.ofHours(1);

    /** In place of a position: wherever the file ends. */
    private static final long END = -1;

    private final Path path;
    private final FileChannel channel;
    private final boolean appends;
    private final LoopShare share;

    private AsyncFile(Path path, FileChannel channel, boolean appends, LoopShare share) {
        this.path = path;
        this.channel = channel;
        this.appends = appends;
        this.share = share;
    }

    // ---- whole files

    /**
     * Reads a whole file.
     *
     * <p><b>Cancellation.</b> Reading is broken off.
     *
     * @param path the file
     * @param max how many bytes at most, from 0
     * @return its bytes
     * @throws ReadLimitException if it has more
     * @throws NoSuchFileException if there is no such file
     * @throws IOException if it cannot be read
     */
    @Awaits
    public static byte[] readAll(Path path, int max) throws IOException {
        checkNotNegative("max", max);
        return naming(path, () -> interruptibly(() -> readWhole(path, max)));
    }

    /**
     * Reads many whole files, up to 256 of them in one body on an offload thread, and up to 16 such bodies at once: for small files that
     * takes half as long as reading them one by one.
     *
     * {@snippet class="dev.espalier.io.SnippetsTest" region="readEach"}
     *
     * <p><b>Cancellation.</b> Reading is broken off.
     *
     * @param paths the files
     * @param max how many bytes at most of each, from 0
     * @return their bytes, in the order of the files
     * @throws IOException as {@link #readAll}, of the first that fails; the others are broken off
     */
    @Awaits
    public static List<byte[]> readEach(List<Path> paths, int max) throws IOException {
        checkNotNegative("max", max);
        int size = Math.clamp(paths.size() / LoopShare.FILE_OPERATIONS, 1, BATCH);
        List<List<Path>> batches = paths.stream().gather(Gatherers.windowFixed(size)).toList();
        try {
            List<List<byte[]>> read = Async.parallelMap(LoopShare.FILE_OPERATIONS, batches,
                    batch -> interruptibly(() -> readBatch(batch, max)));
            return read.stream().flatMap(List::stream).toList();
        } catch (GroupException e) {
            e.rethrowIfOnly(IOException.class);
            throw e;
        }
    }

    /**
     * Reads a whole file as UTF-8; malformed bytes become {@code U+FFFD}.
     *
     * @param path the file
     * @param max how many bytes at most, from 0
     * @return its text
     * @throws ReadLimitException if it has more
     * @throws IOException as {@link #readAll}
     */
    @Awaits
    public static String readString(Path path, int max) throws IOException {
        return new String(readAll(path, max), StandardCharsets.UTF_8);
    }

    /**
     * Writes a whole file: makes it or replaces what it holds.
     *
     * @param path the file
     * @param bytes its new content
     * @throws IOException if it cannot be written
     */
    @Awaits
    public static void writeAll(Path path, byte[] bytes) throws IOException {
        write(path, bytes, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    private static void write(Path path, byte[] bytes, OpenOption... options) throws IOException {
        operate(LoopShare.current(), path, () -> {
            try (FileChannel channel = FileChannel.open(path, options)) {
                writeFully(channel, ByteBuffer.wrap(bytes), Set.of(options).contains(StandardOpenOption.APPEND) ? END : 0);
                return true;
            }
        });
    }

    /**
     * Writes a whole file as UTF-8; as {@link #writeAll}.
     *
     * @param path the file
     * @param text its new content
     * @throws IOException if it cannot be written
     */
    @Awaits
    public static void writeString(Path path, String text) throws IOException {
        writeAll(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes at the end of a file, which it makes if there is none. Of several who append at the same time, none overwrites
     * another; bytes of one call stay together if they are at most 128 KiB.
     *
     * @param path the file
     * @param bytes what comes to its content
     * @throws IOException if it cannot be written; it may have some of the bytes then
     */
    @Awaits
    public static void append(Path path, byte[] bytes) throws IOException {
        write(path, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /**
     * Writes at the end of a file as UTF-8; as {@link #append(Path, byte[])}.
     *
     * @param path the file
     * @param text what comes to its content
     * @throws IOException as {@link #append(Path, byte[])}
     */
    @Awaits
    public static void append(Path path, String text) throws IOException {
        append(path, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes a file or replaces what it holds, all at once: others see the old content or the new one, also after a crash; the new
     * one when this returns. The file keeps its permissions, but is a new one: other names of it keep the old content, and a
     * symbolic link is itself replaced.
     *
     * {@snippet class="dev.espalier.io.SnippetsTest" region="replace"}
     *
     * <p><b>Cancellation.</b> Cancelled while the body runs, nothing is replaced, and nothing is left behind.
     *
     * @param path the file
     * @param writer gets a new file in the same directory, open to write and read, and writes the content
     * @throws java.nio.file.AtomicMoveNotSupportedException if the file system cannot do so
     * @throws IOException as the writer does, or if it cannot be written; then nothing is replaced, and nothing is left behind
     */
    @Awaits
    public static void replace(Path path, VoidBodyWith<? super AsyncFile, ? extends IOException> writer) throws IOException {
        LoopShare share = LoopShare.current();
        AsyncFile file = operate(share, path, () -> {
            Path temporary = Replacement.name(path);
            return new AsyncFile(temporary, Replacement.create(path, temporary), false, share);
        });
        try {
            writer.run(file);
            operate(share, path, () -> Replacement.complete(file.channel, file.path, path));
        } catch (Throwable e) {
            try {
                uncancelled(() -> Replacement.discard(file.channel, file.path));
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
    }

    /**
     * Makes a file or replaces what it holds, all at once; as {@link #replace(Path, VoidBodyWith)}.
     *
     * @param path the file
     * @param bytes its new content
     * @throws IOException as {@link #replace(Path, VoidBodyWith)}
     */
    @Awaits
    public static void replace(Path path, byte[] bytes) throws IOException {
        replace(path, file -> file.write(bytes, 0));
    }

    // ---- an open file

    /**
     * Opens a file.
     *
     * @param path the file
     * @param options how, such as {@link StandardOpenOption#READ}; none: to read
     * @return the file, to be closed by the caller
     * @throws NoSuchFileException if there is no such file and the options do not make one
     * @throws FileAlreadyExistsException if there is one and the options ask for a new one
     * @throws IOException if it cannot be opened
     */
    @Awaits
    public static AsyncFile open(Path path, OpenOption... options) throws IOException {
        LoopShare share = LoopShare.current();
        Set<OpenOption> how = Set.of(options);
        boolean appends = how.contains(StandardOpenOption.APPEND);
        return operate(share, path, () -> new AsyncFile(path, FileChannel.open(path, how), appends, share));
    }

    /**
     * Reads bytes at a position.
     *
     * @param position where, in bytes from the beginning, from 0
     * @param max how many bytes at most, from 0
     * @return so many bytes, or fewer if the file ends before
     * @throws StreamClosedException if the file is closed, also meanwhile
     * @throws IOException if it cannot be read
     */
    @Awaits
    public byte[] read(long position, int max) throws IOException {
        checkNotNegative("position", position);
        checkNotNegative("max", max);
        return operate(() -> {
            long left = Math.max(0, channel.size() - position);
            byte[] bytes = new byte[(int) Math.min(max, left)];
            int count = readFully(channel, ByteBuffer.wrap(bytes), position);
            return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
        });
    }

    /**
     * Reads bytes at a position into a buffer, until it is full or the file ends. The buffer must not be touched meanwhile.
     *
     * @param target where to put the bytes
     * @param position where, in bytes from the beginning, from 0
     * @return how many bytes; fewer than there is room only at the end of the file
     * @throws IOException as {@link #read(long, int)}
     */
    @Awaits
    public int read(ByteBuffer target, long position) throws IOException {
        checkNotNegative("position", position);
        return operate(() -> readFully(channel, target, position));
    }

    /**
     * Writes bytes at a position; a file opened with {@link StandardOpenOption#APPEND} grows at its end instead. Neither the
     * array behind the buffer nor the buffer may be touched meanwhile.
     *
     * @param bytes the bytes that are left in it
     * @param position where, in bytes from the beginning, from 0
     * @throws IOException as {@link #read(long, int)}, if it cannot be written
     */
    @Awaits
    public void write(ByteBuffer bytes, long position) throws IOException {
        checkNotNegative("position", position);
        operate(() -> {
            writeFully(channel, bytes, appends ? END : position);
            return true;
        });
    }

    /**
     * Writes bytes at a position; as {@link #write(ByteBuffer, long)}.
     *
     * @param bytes the bytes
     * @param position where, in bytes from the beginning, from 0
     * @throws IOException if it cannot be written
     */
    @Awaits
    public void write(byte[] bytes, long position) throws IOException {
        write(ByteBuffer.wrap(bytes), position);
    }

    /**
     * Reads the file as a stream, in pieces of 64 KiB, for lines and all else of a {@link StreamReader}. Several readers of one file
     * do not disturb each other. At the end of the file the stream ends, until the file grows.
     *
     * {@snippet class="dev.espalier.io.SnippetsTest" region="fileLines"}
     *
     * @param position of its first byte, in bytes from the beginning, from 0
     * @return the reader; it needs no closing
     */
    public StreamReader reader(long position) {
        checkNotNegative("position", position);
        return new SourceReader(new FileSource(this, position), share, LoopShare.CHUNK);
    }

    /** Gives a channel what it takes at once; how many bytes that were, -1 at the end of the file. */
    long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        try {
            return share.fileOperations.<Long, IOException>withPermit(() -> AsyncFile.<Long>uncancelled(
                    () -> position < channel.size() ? channel.transferTo(position, Math.min(count, TRANSFER), target) : -1L));
        } catch (ClosedChannelException e) {
            checkOpen();
            throw e;
        }
    }

    void checkOpen() throws StreamClosedException {
        if (!channel.isOpen()) {
            throw new StreamClosedException(this + " is closed", null);
        }
    }

    /**
     * Asks for the size.
     *
     * @return the size, in bytes
     * @throws IOException as {@link #read(long, int)}
     */
    @Awaits
    public long size() throws IOException {
        return operate(channel::size);
    }

    /**
     * Waits until what was written is on the device.
     *
     * @throws IOException as {@link #read(long, int)}, if the device fails
     */
    @Awaits
    public void force() throws IOException {
        operate(() -> {
            channel.force(true);
            return true;
        });
    }

    /**
     * Closes the file. Operations under way fail with {@link StreamClosedException}. Does nothing the second time.
     *
     * <p><b>Cancellation.</b> The file is closed all the same.
     *
     * @throws IOException if the system reports a failure of what was written before
     */
    @Awaits
    @Override
    public void close() throws IOException {
        if (channel.isOpen()) {
            uncancelled(() -> {
                channel.close();
                return true;
            });
        }
    }

    @Override
    public String toString() {
        return "AsyncFile[" + path + (channel.isOpen() ? "]" : ", closed]");
    }

    // ---- how

    private <T> T operate(Body<T, IOException> operation) throws IOException {
        try {
            return operate(share, path, operation);
        } catch (ClosedChannelException e) {
            throw new StreamClosedException(this + " is closed", e);
        }
    }

    /** Waits for its turn, and is then not cancelled. */
    static <T> T operate(LoopShare share, Path path, Body<T, IOException> operation) throws IOException {
        return naming(path, () -> share.fileOperations.<T, IOException>withPermit(() -> uncancelled(operation)));
    }

    /** As {@link #operate}, but broken off when the task is cancelled. */
    private static <T> T interruptibly(Body<T, IOException> operation) throws IOException {
        return LoopShare.current().fileOperations.<T, IOException>withPermit(
                () -> Async.<T, IOException>offload(operation));
    }

    static <T> T uncancelled(Body<T, IOException> operation) throws IOException {
        return Async.<T, IOException>shield(OPERATION_LIMIT, () -> Async.<T, IOException>offload(operation));
    }

    /** The system's own failures, as of a full disk, do not say of which file they are. */
    private static <T> T naming(Path path, Body<T, IOException> operation) throws IOException {
        try {
            return operation.run();
        } catch (FileSystemException | ReadLimitException | ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            var named = new FileSystemException(path.toString(), null, e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    // ---- on an offload thread

    private static List<byte[]> readBatch(List<Path> batch, int max) throws IOException {
        List<byte[]> read = new ArrayList<>(batch.size());
        for (Path path : batch) {
            read.add(naming(path, () -> readWhole(path, max)));
        }
        return read;
    }

    private static byte[] readWhole(Path path, int max) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return readToEnd(path, channel, max);
        }
    }

    private static byte[] readToEnd(Path path, FileChannel channel, int max) throws IOException {
        byte[] bytes = new byte[(int) Math.min(channel.size(), max)];
        ByteBuffer probe = ByteBuffer.allocate(1);
        int count = 0;
        while (true) {
            count += readFully(channel, ByteBuffer.wrap(bytes, count, bytes.length - count), count);
            if (count < bytes.length || channel.read(probe.clear(), count) < 0) {
                return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
            }
            if (count == max) {
                throw new ReadLimitException("the file " + path + " has more than " + max
                        + " bytes; ask with a higher limit, or open it and read parts", max, count, false);
            }
            // It has grown, or is of a kind that does not know its size, as under /proc.
            bytes = Arrays.copyOf(bytes, (int) Math.min(max, 2L * count + CHUNK));
        }
    }

    private static int readFully(FileChannel channel, ByteBuffer target, long position) throws IOException {
        int start = target.position();
        int limit = target.limit();
        try {
            int count;
            do {
                target.limit(Math.min(limit, target.position() + CHUNK));
                count = channel.read(target, position + target.position() - start);
            } while (count >= 0 && target.position() < limit);
        } finally {
            target.limit(limit);
        }
        return target.position() - start;
    }

    private static void writeFully(FileChannel channel, ByteBuffer source, long position) throws IOException {
        int start = source.position();
        int limit = source.limit();
        try {
            while (source.position() < limit) {
                source.limit(Math.min(limit, source.position() + CHUNK));
                if (position == END) {
                    channel.write(source); // to write such a file at a position would, on some systems, do just that
                } else {
                    channel.write(source, position + source.position() - start);
                }
            }
        } finally {
            source.limit(limit);
        }
    }

    static void checkNotNegative(String what, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(what + " must not be negative: " + value);
        }
    }
}
