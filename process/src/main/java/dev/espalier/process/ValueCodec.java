package dev.espalier.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Carries the values of some classes between the processes of a pool, in a form of its own: for classes that are
 * neither records nor {@link java.io.Serializable}, or for a serialisation library that is faster than the JDK's.
 *
 * {@snippet class="dev.espalier.process.ValueCodecTest" region="codec"}
 *
 * <p>Found by {@link java.util.ServiceLoader}, so it must be on the class path, or in a module, of the parent and of
 * its children; those have the same. It is asked about every class that is not built in: not about primitives, strings,
 * the common collections, {@code java.time}, records, enums and arrays, but about everything that would otherwise go
 * through the JDK's serialisation. Of several that handle a class the first is taken. The filter of the pool
 * ({@link PoolOptions#serialFilter()}) is asked about the class of the value before it is read, but knows nothing of
 * what a codec makes while reading.
 *
 * <p><b>Threads.</b> May be called by several threads at once.
 */
public interface ValueCodec {
    /**
     * {@return what names this codec in a message, the same in both processes}
     */
    String id();

    /**
     * {@return whether it carries values of exactly this class; asked once for each class}
     *
     * @param type the class of a value
     */
    boolean handles(Class<?> type);

    /**
     * Writes a value.
     *
     * @param value the value, of a class that it handles
     * @param out takes its bytes; need not be closed
     * @throws IOException if the value cannot be written
     */
    void write(Object value, OutputStream out) throws IOException;

    /**
     * Reads a value. The bytes come from another process and may be damaged.
     *
     * @param type the class of the value, which it handles
     * @param in holds the bytes that were written for this value, and then ends
     * @return the value, an instance of {@code type}
     * @throws IOException if the bytes are no such value
     */
    Object read(Class<?> type, InputStream in) throws IOException;
}
