package dev.espalier.process;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Everything else: the JDK's serialisation, read through the filter.
 */
final class JdkCodec {
    /**
     * What is not serialisable for the JDK but for us, such as a record, inside of an object that goes through the
     * JDK's serialisation.
     */
    private record Embedded(byte[] bytes) implements Serializable {
        private static final long serialVersionUID = 1L;
    }

    private static final class Writer extends ObjectOutputStream {
        private final SymbolTable symbols;
        private final int depth;
        private final Object root;

        Writer(Encoder out, Object root) throws IOException {
            super(new EncoderStream(out));
            this.symbols = out.symbols();
            this.depth = out.depth();
            this.root = root;
            enableReplaceObject(true);
        }

        @Override
        protected @Nullable Object replaceObject(@Nullable Object object) {
            if (object == null || object instanceof Serializable || Tag.of(object) == Tag.JDK) {
                return object;
            }
            Encoder inner = new Encoder(symbols, depth);
            try {
                inner.root(object);
            } catch (EncodingException bad) {
                throw bad.under(ObjectPath.find(root, each -> each == object));
            }
            return new Embedded(inner.take());
        }
    }

    private static final class Reader extends ObjectInputStream {
        private final Symbols symbols;
        private final int depth;

        Reader(InputStream in, int length, Decoder outer) throws IOException {
            super(in);
            this.symbols = outer.symbols();
            this.depth = outer.depth();
            setObjectInputFilter(info -> check(info, length));
            enableResolveObject(true);
        }

        // An array in the stream has a byte for each element at least. What is only announced is not allocated. Hash
        // tables are up to eight times as long as what they hold.
        private ObjectInputFilter.Status check(ObjectInputFilter.FilterInfo info, int length) {
            if (info.arrayLength() > 8L * length) {
                return ObjectInputFilter.Status.REJECTED;
            }
            return info.serialClass() == Embedded.class ? ObjectInputFilter.Status.ALLOWED
                    : symbols.filter().checkInput(info);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass descriptor) throws ClassNotFoundException, IOException {
            try {
                return Class.forName(descriptor.getName(), false, symbols.loader());
            } catch (ClassNotFoundException notThere) {
                return super.resolveClass(descriptor);
            }
        }

        @Override
        protected @Nullable Object resolveObject(@Nullable Object object) {
            return object instanceof Embedded(byte[] bytes) ? new Decoder(symbols).inside(bytes, depth).last() : object;
        }
    }

    private JdkCodec() {
    }

    static void write(Encoder out, Object value) {
        out.putByte(Tag.JDK);
        int lengthAt = out.reserve(4);
        try (ObjectOutputStream stream = new Writer(out, value)) {
            stream.writeObject(value);
        } catch (NotSerializableException no) {
            throw refused(value, no);
        } catch (IOException failed) {
            throw new EncodingException("writing an object of " + value.getClass().getName() + " failed: " + failed,
                    failed);
        }
        out.patchFixedInt(lengthAt, out.size() - lengthAt - 4);
    }

    private static EncodingException refused(Object value, NotSerializableException no) {
        String culprit = String.valueOf(no.getMessage());
        EncodingException bad = new EncodingException("an object of " + culprit + " cannot travel to another process:"
                + " its class is neither a record nor java.io.Serializable", no);
        return bad.under(ObjectPath.find(value, each -> each.getClass().getName().equals(culprit)));
    }

    static Object read(Decoder in, int tag) {
        if (tag != Tag.JDK) {
            throw new EncodingException("the tag " + tag + " is unknown");
        }
        int length = in.getFixedInt();
        int from = in.takeBytes(length);
        Object value;
        try (var stream = new Reader(new ByteArrayInputStream(in.array(), from, length), length, in)) {
            value = stream.readObject();
        } catch (IOException | ClassNotFoundException failed) {
            throw new EncodingException("reading a serialised object failed: " + failed, failed);
        }
        if (value == null) {
            throw new EncodingException("a serialised object is null");
        }
        return value;
    }
}
