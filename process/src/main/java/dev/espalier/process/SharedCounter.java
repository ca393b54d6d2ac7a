package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.lang.ref.WeakReference;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A number in shared memory that any process changes and reads, atomically and without asking another one.
 *
 * {@snippet class="dev.espalier.process.SharedCounterTest" region="counter"}
 *
 * <p>It is captured, passed as an argument, sent through channels and returned, as often as one likes; all of these are the same number.
 * A process that is killed has added what it had added, or not; nothing is ever half done. It can be received as long as the process that
 * created it lives and has not closed it; those that have it by then keep it.
 *
 * <p><b>Ordering.</b> Every change happens-before whatever reads it, or comes later. <b>Threads.</b> Any.
 */
public final class SharedCounter implements AutoCloseable {
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
    /** Those that came from other processes, by their files; guarded by itself. */
    private static final Map<Path, WeakReference<SharedCounter>> KNOWN = new HashMap<>();

    private final Path file;
    private final MemorySegment memory;
    private final boolean own;

    private SharedCounter(Path file, MemorySegment memory, boolean own) {
        this.file = file;
        this.memory = memory;
        this.own = own;
        synchronized (KNOWN) {
            KNOWN.values().removeIf(each -> each.get() == null);
            KNOWN.put(file, new WeakReference<>(this));
        }
    }

    /**
     * Creates a counter.
     *
     * @param initial its value
     * @return the counter, to be closed
     * @throws java.io.UncheckedIOException if there is no room for it
     */
    public static SharedCounter of(long initial) {
        // The memory outlives close() here: a thread may be adding just then.
        SharedPlace.Mapped made = SharedPlace.current().create(Long.BYTES, Arena.ofAuto());
        SharedCounter counter = new SharedCounter(made.file(), made.memory(), true);
        LONG.setVolatile(counter.memory, 0L, initial);
        return counter;
    }

    /** One has come in a message. */
    static SharedCounter received(Path file) throws IOException {
        synchronized (KNOWN) {
            WeakReference<SharedCounter> before = KNOWN.get(file);
            SharedCounter known = before == null ? null : before.get();
            if (known != null) {
                return known;
            }
            MemorySegment memory = SharedPlace.map(file, FileChannel.MapMode.READ_WRITE, Arena.ofAuto());
            if (memory.byteSize() != Long.BYTES) {
                throw new IOException(file + " is no counter");
            }
            return new SharedCounter(file, memory, false);
        }
    }

    /**
     * {@return the value}
     */
    public long value() {
        return (long) LONG.getVolatile(memory, 0L);
    }

    /**
     * Adds to it.
     *
     * @param change what
     * @return the value afterwards
     */
    public long add(long change) {
        return (long) LONG.getAndAdd(memory, 0L, change) + change;
    }

    /**
     * Gives it another value if it has the one that is expected.
     *
     * @param expected what it must be
     * @param next what it becomes
     * @return whether it was so
     */
    public boolean compareAndSet(long expected, long next) {
        return LONG.compareAndSet(memory, 0L, expected, next);
    }

    Path file() {
        return file;
    }

    /**
     * From now on it cannot be received any more. Does nothing in a process that did not create it.
     */
    @Override
    public void close() {
        if (own) {
            SharedPlace.delete(file);
        }
    }

    @Override
    public String toString() {
        return "SharedCounter[" + SharedPlace.id(file) + ", " + value() + "]";
    }
}
