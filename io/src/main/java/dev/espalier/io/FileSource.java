package dev.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The bytes of a file, from a position on. */
final class FileSource implements StreamReader.Source {
    private final AsyncFile file;
    private long position; // by the task that reads

    FileSource(AsyncFile file, long position) {
        this.file = file;
        this.position = position;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int count = file.read(target, position);
        position += count;
        return count == 0 ? -1 : count;
    }

    @Override
    public void checkOpen() throws IOException {
        file.checkOpen();
    }

    @Override
    public String toString() {
        return "reader of " + file;
    }
}
