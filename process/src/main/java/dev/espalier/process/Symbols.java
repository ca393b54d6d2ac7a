package dev.espalier.process;

import java.io.ObjectInputFilter;
import java.util.ArrayList;
import java.util.List;

/**
 * What the other side has defined, resolved when first needed; the guard over every class that comes in.
 */
final class Symbols {
    /** More definitions, or a longer one, no program needs. */
    static final int MOST = 1 << 20;
    static final int LONGEST = Frames.MAX_CHUNK;

    // Written and read by the one thread (or the one loop) that decodes for this side. An entry is the definition as it
    // came (byte[]), then what it means (Class, LambdaShape.Maker or ValueCodec).
    private final List<Object> entries = new ArrayList<>();
    private final ObjectInputFilter filter;
    private final ClassLoader loader;

    Symbols(ObjectInputFilter filter, ClassLoader loader) {
        this.filter = filter;
        this.loader = loader;
    }

    ObjectInputFilter filter() {
        return filter;
    }

    ClassLoader loader() {
        return loader;
    }

    int size() {
        return entries.size();
    }

    /** Takes the next definition; they come in order and without gaps. */
    void define(long id, byte[] definition) throws ProtocolException {
        if (id != entries.size()) {
            throw new ProtocolException("the definition of symbol " + id + " came where " + entries.size()
                    + " was due");
        }
        if (id >= MOST || definition.length > LONGEST) {
            throw new ProtocolException("the definition of symbol " + id + " has " + definition.length + " bytes; "
                    + MOST + " definitions of at most " + LONGEST + " bytes are allowed");
        }
        entries.add(definition);
    }

    /** The class with this number. */
    Class<?> classOf(int id) {
        if (entries.get(id) instanceof byte[] raw) {
            Decoder in = new Decoder(this).over(raw, 0, raw.length);
            expect(in, SymbolTable.CLASS, id);
            Class<?> type = load(in.getString());
            checkShape(type, in.getString());
            entries.set(id, type);
        }
        if (entries.get(id) instanceof Class<?> type) {
            return type;
        }
        throw new EncodingException("the symbol " + id + " is no class");
    }

    /** The maker of lambdas with this number. */
    LambdaShape.Maker lambdaOf(int id) {
        if (entries.get(id) instanceof byte[] raw) {
            Decoder in = new Decoder(this).over(raw, 0, raw.length);
            expect(in, SymbolTable.LAMBDA, id);
            LambdaShape shape = LambdaShape.read(in);
            entries.set(id, shape.maker(load(shape.capturingClass())));
        }
        if (entries.get(id) instanceof LambdaShape.Maker maker) {
            return maker;
        }
        throw new EncodingException("the symbol " + id + " is no lambda");
    }

    /** The user's codec with this number. */
    ValueCodec codecOf(int id) {
        if (entries.get(id) instanceof byte[] raw) {
            Decoder in = new Decoder(this).over(raw, 0, raw.length);
            expect(in, SymbolTable.CODEC, id);
            String name = in.getString();
            ValueCodec codec = CustomCodec.named(name);
            if (codec == null) {
                throw new EncodingException("there is no codec " + name + " on the class path of this process");
            }
            entries.set(id, codec);
        }
        if (entries.get(id) instanceof ValueCodec codec) {
            return codec;
        }
        throw new EncodingException("the symbol " + id + " is no codec");
    }

    private static void checkShape(Class<?> type, String theirs) {
        String ours = RecordCodec.shapeOf(type);
        if (!theirs.isEmpty() && !ours.isEmpty() && !theirs.equals(ours)) {
            throw new EncodingException("the record " + type.getName() + " is (" + ours + ") here and (" + theirs
                    + ") where it comes from; give both processes the same class path");
        }
    }

    private static void expect(Decoder in, int sort, int id) {
        if (in.getByte() != sort) {
            throw new EncodingException("the symbol " + id + " is of another sort");
        }
    }

    private Class<?> load(String name) {
        Class<?> type = Class.forPrimitiveName(name);
        if (type == null) {
            try {
                type = Class.forName(name, false, loader);
            } catch (ClassNotFoundException | LinkageError missing) {
                throw new EncodingException("the class " + name + " is not on the class path of this process", missing);
            }
        }
        if (filter.checkInput(new ClassQuestion(type)) == ObjectInputFilter.Status.REJECTED) {
            throw new EncodingException("the class " + name + " is rejected by the filter of the pool");
        }
        return type;
    }

    /** Asks the filter about a class alone. */
    private record ClassQuestion(Class<?> serialClass) implements ObjectInputFilter.FilterInfo {
        @Override
        public long arrayLength() {
            return -1;
        }

        @Override
        public long depth() {
            return 1;
        }

        @Override
        public long references() {
            return 1;
        }

        @Override
        public long streamBytes() {
            return 0;
        }
    }
}
