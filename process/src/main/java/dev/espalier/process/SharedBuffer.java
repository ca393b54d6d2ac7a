package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Memory outside of the heap that moves between processes without being copied. At any time one process has it: the one that
 * allocated it, then the one that received it.
 *
 * {@snippet class="dev.espalier.process.SharedBufferTest" region="moves"}
 *
 * <p>It travels as a captured value, an argument, a result or an element of a {@link ProcessChannel}, also inside of records,
 * arrays and collections; between a process and its children, and between these. When the message leaves, the buffer has moved:
 * here every use of it fails, and so does every access through its segment. A call or value that cannot be sent leaves it here.
 * Elements of arrays are read and written through {@link #segment()}, in plain mode or with handles such as
 * {@code ValueLayout.JAVA_LONG.arrayElementVarHandle()}; the memory begins at a multiple of 4096.
 *
 * <p><b>The end.</b> Whoever has it closes it. The memory is freed as well when the process that has it ends, however that
 * happens; when the message that carries it will not be read, because its task was dropped, or its receiver has closed or ended; and
 * at last with the first process of all.
 *
 * <p><b>Many readers.</b> {@link #shareReadOnly()} makes of it memory that does not move and that any number of processes read.
 *
 * <p><b>Threads.</b> Any, also outside a loop. What the sender wrote before it sent the buffer happened-before what the receiver reads.
 */
public final class SharedBuffer implements AutoCloseable {
    //   HERE -> SENT    a message with it leaves
    //   SENT -> HERE    that message could not leave after all
    //   HERE -> SHARED  shareReadOnly(), which gives another object for the same memory
    //   HERE -> CLOSED  close()
    private enum State { HERE, SENT, SHARED, CLOSED }

    private static final long LARGEST = 1L << 40;
    private static final Cleaner CLEANER = Cleaner.create();
    /** Read-only ones that are mapped here, by their files; guarded by itself. */
    private static final Map<Path, WeakReference<SharedBuffer>> READERS = new HashMap<>();

    /** The file and the mapping, for as long as this process has them; apart from the buffer, which may be forgotten. */
    private static final class Hold implements Runnable {
        // Guarded by the monitor of this object.
        private @Nullable Path file;
        private @Nullable Arena arena;
        private boolean seen;

        Hold(@Nullable Path file, @Nullable Arena arena) {
            this.file = file;
            this.arena = arena;
        }

        synchronized void seen() {
            seen = true;
        }

        synchronized void holdAgain(Path itsFile, Arena itsArena) {
            file = itsFile;
            arena = itsArena;
            seen = false;
        }

        /** What is held is somebody else's now. */
        synchronized void release() {
            if (arena != null) {
                arena.close();
            }
            arena = null;
            file = null;
        }

        synchronized void free() {
            Path name = file;
            release();
            if (name != null) {
                SharedPlace.delete(name);
            }
        }

        /** The buffer was forgotten. Its memory may be in use all the same if a segment was given out. */
        @Override
        public synchronized void run() {
            if (seen) {
                arena = null;
            }
            free();
        }
    }

    private final Object lock = new Object();
    private final SharedPlace place;
    private final boolean readOnly;
    private final long size;
    // Guarded by lock.
    private State state = State.HERE;
    private Path file;
    private MemorySegment memory;
    private final Hold hold;
    /** How often it has moved. */
    private long moves;
    /** When it left this object, and by whom. */
    private String note = "";

    private SharedBuffer(SharedPlace place, Path file, MemorySegment memory, Hold hold, boolean readOnly) {
        this.place = place;
        this.file = file;
        this.memory = memory;
        this.size = memory.byteSize();
        this.hold = hold;
        this.readOnly = readOnly;
        CLEANER.register(this, hold);
    }

    /**
     * Makes a buffer of zeros, which the caller has.
     *
     * <p><b>Cancellation.</b> Cancelled, there is no buffer, unless it was made just then. <b>Threads.</b> On a loop, the writing of its
     * memory is offloaded; elsewhere this blocks for it.
     *
     * @param bytes its size, 1 to 2<sup>40</sup>
     * @return the buffer, to be sent or closed
     * @throws UncheckedIOException if there is no room for it, neither in {@code /dev/shm} nor in the directory for temporary files;
     *         says how much is free
     */
    @Awaits
    public static SharedBuffer allocate(long bytes) {
        PoolOptions.check(bytes >= 1 && bytes <= LARGEST, "bytes", bytes, "1 to " + LARGEST);
        return EventLoop.currentIfAny() == null ? allocate(SharedPlace.current(), bytes)
                : Async.offload(() -> allocate(SharedPlace.current(), bytes));
    }

    /** Blocks. */
    static SharedBuffer allocate(SharedPlace place, long bytes) {
        Arena arena = Arena.ofShared();
        try {
            SharedPlace.Mapped made = place.create(bytes, arena);
            return new SharedBuffer(place, made.file(), made.memory(), new Hold(made.file(), arena), false);
        } catch (RuntimeException | Error failed) {
            arena.close();
            throw failed;
        }
    }

    // ---- use

    /**
     * {@return its memory, which can be used as long as this process has the buffer, and by any thread}
     *
     * @throws IllegalStateException if the buffer was sent or closed, or shared for reading; says when
     */
    public MemorySegment segment() {
        synchronized (lock) {
            checkHere();
            hold.seen();
            return memory;
        }
    }

    /**
     * {@return its size in bytes}
     */
    public long byteSize() {
        return size;
    }

    /**
     * {@return whether it can only be read, and by many processes}
     */
    public boolean isReadOnly() {
        return readOnly;
    }

    /**
     * Ends the writing: gives a buffer of the same memory that can only be read, and that stays here when it is sent. Every process that
     * receives it reads the same memory, at any time and as often as it likes; functions for many arguments may capture it. It is received
     * as long as this process has not closed it; those that have it by then keep it. This object cannot be used any more.
     *
     * <p>Elsewhere it need not be closed; its memory is given back when it and its segments are not referenced any more.
     *
     * @return the buffer for readers, to be closed
     * @throws IllegalStateException if this buffer was sent or closed, or shared for reading
     */
    public SharedBuffer shareReadOnly() {
        synchronized (lock) {
            checkHere();
            if (readOnly) {
                throw new IllegalStateException(this + " is for readers already");
            }
            Arena arena = Arena.ofShared();
            try {
                MemorySegment reading = SharedPlace.map(file, FileChannel.MapMode.READ_ONLY, arena);
                Path shared = file;
                hold.release();
                leaveAs(State.SHARED);
                SharedBuffer made = new SharedBuffer(place, shared, reading, new Hold(shared, arena), true);
                synchronized (READERS) {
                    READERS.put(shared, new WeakReference<>(made));
                }
                return made;
            } catch (IOException | RuntimeException failed) {
                arena.close();
                throw failed instanceof IOException io ? new UncheckedIOException(this + " cannot be shared", io)
                        : (RuntimeException) failed;
            }
        }
    }

    /**
     * Gives the memory back. Does nothing if the buffer was sent, or closed before.
     *
     * @throws IllegalStateException if a file or channel is reading or writing the memory at this moment
     */
    @Override
    public void close() {
        synchronized (lock) {
            if (state == State.HERE) {
                hold.free();
                leaveAs(State.CLOSED);
            }
        }
    }

    private void leaveAs(State next) {
        state = next;
        Task<?> task = EventLoop.currentIfAny() == null ? null : Task.current();
        note = " at " + Instant.now() + " by " + (task == null ? "thread " + Thread.currentThread().getName() : "task " + task.name());
    }

    private void checkHere() {
        if (state != State.HERE) {
            throw new IllegalStateException(whyNot());
        }
    }

    private String whyNot() {
        return this + switch (state) {
            case SENT -> "; whoever has received it has it now";
            case SHARED -> "; use what shareReadOnly() gave";
            default -> "";
        };
    }

    // ---- moving

    /** Where it is when it has left with the message that is written now. */
    Path fileOnItsWay() {
        synchronized (lock) {
            checkCanTravel();
            return file.resolveSibling(SharedPlace.id(file) + "-t" + (moves + 1));
        }
    }

    /** Where a read-only one stays. */
    Path file() {
        synchronized (lock) {
            checkCanTravel();
            return file;
        }
    }

    private void checkCanTravel() {
        if (state != State.HERE || place != SharedPlace.current()) {
            throw new EncodingException(whyNot());
        }
    }

    /** A message with it leaves; gives where it is meanwhile. */
    Path depart() {
        synchronized (lock) {
            checkCanTravel();
            try {
                Path parcel = SharedPlace.depart(file, ++moves);
                try {
                    hold.release();
                } catch (IllegalStateException inUse) {
                    place.arrive(parcel);
                    throw new EncodingException(this + " is in use: " + inUse.getMessage(), inUse);
                }
                file = parcel;
                leaveAs(State.SENT);
                return parcel;
            } catch (IOException failed) {
                throw new EncodingException(this + " cannot leave: " + failed, failed);
            }
        }
    }

    /** The message could not leave. */
    void comeBack() {
        synchronized (lock) {
            Arena arena = Arena.ofShared();
            try {
                file = place.arrive(file);
                memory = SharedPlace.map(file, FileChannel.MapMode.READ_WRITE, arena);
                hold.holdAgain(file, arena);
                state = State.HERE;
            } catch (IOException lost) {
                arena.close();
                throw new UncheckedIOException(this + " is lost", lost);
            }
        }
    }

    /** A message with it has come: this process has it now. */
    static SharedBuffer arrived(SharedPlace place, Path onItsWay) throws IOException {
        Arena arena = Arena.ofShared();
        Path file = place.arrive(onItsWay);
        try {
            MemorySegment memory = SharedPlace.map(file, FileChannel.MapMode.READ_WRITE, arena);
            SharedBuffer buffer = new SharedBuffer(place, file, memory, new Hold(file, arena), false);
            buffer.moves = SharedPlace.moves(onItsWay);
            return buffer;
        } catch (IOException | RuntimeException | Error failed) {
            arena.close();
            SharedPlace.delete(file);
            throw failed;
        }
    }

    /** A message with a read-only one has come. */
    static SharedBuffer reader(Path file) throws IOException {
        synchronized (READERS) {
            WeakReference<SharedBuffer> before = READERS.get(file);
            SharedBuffer known = before == null ? null : before.get();
            if (known != null && known.isHere()) {
                return known;
            }
            READERS.values().removeIf(each -> each.get() == null);
            MemorySegment memory = SharedPlace.map(file, FileChannel.MapMode.READ_ONLY, Arena.ofAuto());
            SharedBuffer made = new SharedBuffer(SharedPlace.current(), file, memory, new Hold(null, null), true);
            READERS.put(file, new WeakReference<>(made));
            return made;
        }
    }

    private boolean isHere() {
        synchronized (lock) {
            return state == State.HERE;
        }
    }

    @Override
    public String toString() {
        synchronized (lock) {
            return "SharedBuffer " + SharedPlace.id(file) + " of " + size + " bytes, " + switch (state) {
                case HERE -> readOnly ? "for readers" : "here";
                case SENT -> "which was sent" + note;
                case SHARED -> "which was shared for reading" + note;
                case CLOSED -> "which was closed" + note;
            };
        }
    }
}
