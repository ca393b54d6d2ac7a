package dev.espalier.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Files whose memory two processes share. The arena's owner unmaps them by closing it.
 */
final class MappedFile {
    private static final int STEP = 64 * 1024;

    private MappedFile() {
    }

    /**
     * Makes a file of zeros and maps it. It is written before it is mapped: on a full disk that fails cleanly, touching
     * a mapping would not.
     */
    static MemorySegment create(Path file, long size, Arena arena) throws IOException {
        Files.deleteIfExists(file);
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(size, STEP));
            for (long left = size; left > 0; left -= zeros.position()) {
                zeros.clear().limit((int) Math.min(left, zeros.capacity()));
                channel.write(zeros);
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
        } catch (IOException | RuntimeException | Error failed) {
            Files.deleteIfExists(file);
            throw failed;
        }
    }

    /** Maps the file that the other process has made and deletes it: the memory needs no name any more. */
    static MemorySegment take(Path file, long size, Arena arena) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            if (channel.size() < size) {
                throw new IOException(file + " has " + channel.size() + " bytes where " + size + " are due");
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
