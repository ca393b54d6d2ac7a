package dev.espalier.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Everything else: the JDK's serialisation, read through the filter.
 */
final class JdkCodec {
    private static final class Sink extends OutputStream {
        private final Encoder out;

        Sink(Encoder out) {
            this.out = out;
        }

        @Override
        public void write(int value) {
            out.putByte(value);
        }

        @Override
        public void write(byte[] source, int from, int length) {
            out.putBytes(source, from, length);
        }
    }

    private static final class Reader extends ObjectInputStream {
        private final Symbols symbols;

        Reader(InputStream in, Symbols symbols) throws IOException {
            super(in);
            this.symbols = symbols;
            setObjectInputFilter(symbols.filter());
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass descriptor) throws ClassNotFoundException, IOException {
            try {
                return Class.forName(descriptor.getName(), false, symbols.loader());
            } catch (ClassNotFoundException notThere) {
                return super.resolveClass(descriptor);
            }
        }
    }

    private JdkCodec() {
    }

    static void write(Encoder out, @Nullable Object value) {
        out.putByte(Tag.JDK);
        int lengthAt = out.reserve(4);
        try (ObjectOutputStream stream = new ObjectOutputStream(new Sink(out))) {
            stream.writeObject(value);
        } catch (NotSerializableException no) {
            throw new EncodingException("an object of " + no.getMessage() + " cannot travel to another process: its"
                    + " class is neither a record nor java.io.Serializable", no);
        } catch (IOException failed) {
            throw new EncodingException("writing an object failed: " + failed, failed);
        } catch (StackOverflowError deep) {
            throw new EncodingException("the object is nested too deeply to be serialised", deep);
        }
        out.patchFixedInt(lengthAt, out.size() - lengthAt - 4);
    }

    static @Nullable Object read(Decoder in, int tag) {
        if (tag != Tag.JDK) {
            throw new EncodingException("the tag " + tag + " is unknown");
        }
        int length = in.getFixedInt();
        if (length < 0) {
            throw new EncodingException("a serialised object claims " + length + " bytes");
        }
        int from = in.take(length);
        try (var stream = new Reader(new ByteArrayInputStream(in.array(), from, length), in.symbols())) {
            return stream.readObject();
        } catch (IOException | ClassNotFoundException failed) {
            throw new EncodingException("reading a serialised object failed: " + failed, failed);
        }
    }
}
