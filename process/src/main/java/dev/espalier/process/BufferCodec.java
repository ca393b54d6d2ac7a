package dev.espalier.process;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Shared buffers in messages: not their bytes, but where these are.
 */
final class BufferCodec {
    private BufferCodec() {
    }

    static void write(Encoder out, SharedBuffer buffer) {
        Path file;
        if (buffer.isReadOnly()) {
            file = buffer.file();
        } else {
            Departures departures = out.departures();
            if (departures == null) {
                throw new EncodingException(buffer + " would move, and cannot from here: a shared buffer moves as a captured value,"
                        + " an argument, a result or an element of a channel, in records, arrays and collections, and a"
                        + " function for many arguments captures none; shareReadOnly() makes one that does not move");
            }
            file = buffer.fileOnItsWay();
            departures.add(buffer);
        }
        out.putByte(Tag.BUFFER);
        out.putByte(buffer.isReadOnly() ? 1 : 0);
        out.putByte(SharedPlace.current().indexOf(file));
        out.putString(file.getFileName().toString());
    }

    static SharedBuffer read(Decoder in) {
        boolean readOnly = in.getByte() != 0;
        SharedPlace place = SharedPlace.current();
        Path file = place.named(in.getByte(), in.getString(), readOnly);
        try {
            return readOnly ? SharedBuffer.reader(file) : SharedBuffer.arrived(place, file);
        } catch (IOException gone) {
            throw new EncodingException("shared buffer " + SharedPlace.id(file) + " cannot be had any more: " + (readOnly
                    ? "whoever shares it has closed it or has ended" : "it was received before or taken back") + " (" + gone + ")",
                    gone);
        }
    }
}
