package dev.espalier.process;

import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/**
 * Tells two builds of a class apart. The compiler numbers lambdas by their place in the class, so another build may
 * have another lambda under the same name.
 */
final class ClassPrint {
    /** The print of a class of the JDK, of which both processes have the same, and of one without a class file. */
    static final long NONE = 0;

    // The file and not what is loaded: an agent may have changed that in one process alone.
    private static final ClassValue<Long> PRINTS = new ClassValue<>() {
        @Override
        protected Long computeValue(Class<?> type) {
            if (type.getClassLoader() == null) {
                return NONE;
            }
            String name = type.getName();
            try (InputStream file = type.getResourceAsStream(name.substring(name.lastIndexOf('.') + 1) + ".class")) {
                return file == null ? NONE : of(file.readAllBytes());
            } catch (IOException unreadable) {
                return NONE;
            }
        }
    };

    private ClassPrint() {
    }

    // No digest: nobody is to be kept from making two alike, and a child that has just started would interpret it.
    private static long of(byte[] file) {
        CRC32 crc = new CRC32();
        crc.update(file);
        return crc.getValue() << 32 | file.length;
    }

    static long of(Class<?> type) {
        return PRINTS.get(type);
    }
}
