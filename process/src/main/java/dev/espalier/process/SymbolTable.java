package dev.espalier.process;

import java.lang.invoke.SerializedLambda;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * What the writing side has given a number: class names and shapes of lambdas. Numbers count from 0 and are never
 * reused, so a reader that knows the first n definitions knows exactly the numbers below n.
 */
final class SymbolTable {
    static final int CLASS = 0;
    static final int LAMBDA = 1;
    static final int CODEC = 2;

    // Written and read by the one thread (or the one loop) that encodes for this side.
    private final IdentityHashMap<Class<?>, Integer> classes = new IdentityHashMap<>();
    private final IdentityHashMap<ValueCodec, Integer> codecs = new IdentityHashMap<>();
    private final List<byte[]> definitions = new ArrayList<>();

    /** The number of a class. */
    int ofClass(Class<?> type) {
        Integer known = classes.get(type);
        if (known != null) {
            return known;
        }
        if (type.isHidden()) {
            throw new EncodingException("the hidden class " + type.getName() + " has no name in another process");
        }
        Encoder out = new Encoder(this);
        out.putByte(CLASS);
        out.putString(type.getName());
        out.putString(RecordCodec.shapeOf(type));
        int id = define(out);
        classes.put(type, id);
        return id;
    }

    /** The number of a codec of the user. */
    int ofCodec(ValueCodec codec) {
        Integer known = codecs.get(codec);
        if (known != null) {
            return known;
        }
        Encoder out = new Encoder(this);
        out.putByte(CODEC);
        out.putString(codec.id());
        int id = define(out);
        codecs.put(codec, id);
        return id;
    }

    /** The number of the shape of a lambda; all lambdas of one class share it. */
    int ofLambda(Class<?> lambdaClass, SerializedLambda lambda) {
        Integer known = classes.get(lambdaClass);
        if (known != null) {
            return known;
        }
        Encoder out = new Encoder(this);
        out.putByte(LAMBDA);
        LambdaShape.of(lambda, lambdaClass).write(out);
        int id = define(out);
        classes.put(lambdaClass, id);
        return id;
    }

    int size() {
        return definitions.size();
    }

    /** The payload of the frame that tells the other side. */
    byte[] definition(int id) {
        return definitions.get(id);
    }

    private int define(Encoder out) {
        definitions.add(out.toBytes());
        return definitions.size() - 1;
    }
}
