package dev.espalier.process;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Values that a {@link ValueCodec} of the user carries.
 */
final class CustomCodec {
    /** Loaded when the first class is met that is not built in: looking for them costs a child milliseconds. */
    private static final class Holder {
        static final List<ValueCodec> ALL = load();

        private static List<ValueCodec> load() {
            List<ValueCodec> all = new ArrayList<>();
            ServiceLoader.load(ValueCodec.class, ValueCodec.class.getClassLoader()).forEach(all::add);
            return List.copyOf(all);
        }
    }

    private static final ClassValue<Integer> OF = new ClassValue<>() {
        @Override
        protected Integer computeValue(Class<?> type) {
            for (int i = 0; i < Holder.ALL.size(); i++) {
                if (Holder.ALL.get(i).handles(type)) {
                    return i;
                }
            }
            return -1;
        }
    };

    private CustomCodec() {
    }

    static boolean handles(Class<?> type) {
        return OF.get(type) >= 0;
    }

    /** The codec with this id, or null. */
    static @Nullable ValueCodec named(String id) {
        return Holder.ALL.stream().filter(codec -> codec.id().equals(id)).findFirst().orElse(null);
    }

    static void write(Encoder out, Object value) {
        ValueCodec codec = Holder.ALL.get(OF.get(value.getClass()));
        out.putByte(Tag.CUSTOM);
        out.putLength(out.symbols().ofCodec(codec));
        out.putLength(out.symbols().ofClass(value.getClass()));
        int lengthAt = out.reserve(4);
        try {
            codec.write(value, new EncoderStream(out));
        } catch (IOException failed) {
            throw new EncodingException("the codec " + codec.id() + " cannot write a " + value.getClass().getName()
                    + ": " + failed, failed);
        }
        out.patchFixedInt(lengthAt, out.size() - lengthAt - 4);
    }

    static Object read(Decoder in) {
        ValueCodec codec = in.symbols().codecOf(in.getSymbol());
        Class<?> type = in.symbols().classOf(in.getSymbol());
        int length = in.getFixedInt();
        int from = in.takeBytes(length);
        try {
            Object value = codec.read(type, new ByteArrayInputStream(in.array(), from, length));
            if (type.isInstance(value)) {
                return value;
            }
            throw new EncodingException("the codec " + codec.id() + " made no " + type.getName());
        } catch (IOException failed) {
            throw new EncodingException("the codec " + codec.id() + " cannot read a " + type.getName() + ": " + failed,
                    failed);
        }
    }
}
