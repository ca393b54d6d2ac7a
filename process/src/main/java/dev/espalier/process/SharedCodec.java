package dev.espalier.process;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Locks, semaphores and counters in messages: not their state, but where it is.
 */
final class SharedCodec {
    private static final int LOCK = 0;
    private static final int SEMAPHORE = 1;
    private static final int COUNTER = 2;

    private SharedCodec() {
    }

    static void write(Encoder out, Object value) {
        out.putByte(Tag.SHARED);
        switch (value) {
            case SharedLock lock -> permits(out, LOCK, lock.permits(), 1);
            case SharedSemaphore semaphore -> permits(out, SEMAPHORE, semaphore.permits(), semaphore.total());
            case SharedCounter counter -> {
                out.putByte(COUNTER);
                out.putByte(SharedPlace.current().indexOf(counter.file()));
                out.putString(counter.file().getFileName().toString());
            }
            default -> throw new AssertionError(value);
        }
    }

    private static void permits(Encoder out, int sort, Permits permits, int total) {
        out.putByte(sort);
        out.putLong(permits.owner());
        out.putLong(permits.number());
        out.putLong(total);
    }

    static Object read(Decoder in) {
        int sort = in.getByte();
        if (sort == COUNTER) {
            return counter(SharedPlace.current().named(in.getByte(), in.getString(), true));
        }
        if (sort != LOCK && sort != SEMAPHORE) {
            throw new EncodingException("the sort " + sort + " of shared things is unknown");
        }
        Permits permits = permits(in.getLong(), in.getLong());
        int total = in.getInt();
        return sort == LOCK ? new SharedLock(permits) : new SharedSemaphore(permits, total);
    }

    private static Permits permits(long owner, long number) {
        if (owner == ProcessHandle.current().pid()) {
            @Nullable PermitHome home = PermitHome.numbered(number);
            if (home == null) {
                throw new EncodingException("a lock or semaphore of this process that is closed");
            }
            return home;
        }
        if (owner != ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(-1L)) {
            throw new EncodingException("a lock or semaphore of process " + owner + ", which is neither this one nor its"
                    + " parent, and only these can use it");
        }
        return new RemotePermits(owner, number);
    }

    private static SharedCounter counter(Path file) {
        try {
            return SharedCounter.received(file);
        } catch (IOException gone) {
            throw new EncodingException("counter " + SharedPlace.id(file) + " cannot be had any more: whoever created it has closed it"
                    + " or has ended (" + gone + ")", gone);
        }
    }
}
