package dev.espalier.process;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One number in memory that parent and child share: the last task that the child has taken. It outlives the child, so
 * the parent knows after a crash which tasks never started and may run elsewhere.
 */
final class StartedWord {
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final int SIZE = 4096;

    private final MappedByteBuffer memory;

    private StartedWord(MappedByteBuffer memory) {
        this.memory = memory;
    }

    /** Makes the file. It is written before it is mapped: on a full disk that fails cleanly, a mapping would not. */
    static StartedWord create(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate(SIZE);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            return map(channel);
        }
    }

    static StartedWord open(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return map(channel);
        }
    }

    private static StartedWord map(FileChannel channel) throws IOException {
        return new StartedWord(channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE));
    }

    /** Before the task runs: whoever reads a smaller number knows that it has not started. */
    void set(long task) {
        LONG.setRelease(memory, 0, task);
    }

    long get() {
        return (long) LONG.getAcquire(memory, 0);
    }
}
