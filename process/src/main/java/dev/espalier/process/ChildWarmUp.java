package dev.espalier.process;

import java.io.ObjectInputFilter;
import java.lang.invoke.MethodHandleInfo;
import java.lang.invoke.SerializedLambda;
import org.jspecify.annotations.Nullable;

/**
 * What a child does as long as it has no task yet: what any task will need is loaded and linked then, which takes longer than all
 * the rest of a first call.
 */
final class ChildWarmUp {
    private static final String ANY = "(Ljava/lang/Object;)Ljava/lang/Object;";
    private static final String NUMBERS = "(Ljava/lang/Integer;)Ljava/lang/Integer;";

    private ChildWarmUp() {
    }

    /** Makes a function, reads an argument, calls it, and writes its value, all as for a task. */
    static void run() throws ProtocolException {
        SymbolTable table = new SymbolTable();
        int shape = table.ofLambda(ChildWarmUp.class, shape());
        Symbols symbols = new Symbols(ObjectInputFilter.Config.createFilter("*"), ChildWarmUp.class.getClassLoader());
        symbols.define(shape, table.definition(shape));
        Encoder out = new Encoder(table);
        out.root(1);
        byte[] argument = out.toBytes();
        @SuppressWarnings("unchecked") // It is a reference to next.
        var function = (RemoteFunction<@Nullable Object, @Nullable Object, RuntimeException>) symbols.lambdaOf(shape)
                .constant();
        out.reset();
        out.root(function.apply(new Decoder(symbols).over(argument, 0, argument.length).last()));
    }

    /** That of {@link #example}; to take that apart would need what only a parent needs. */
    private static SerializedLambda shape() {
        String own = ChildWarmUp.class.getName().replace('.', '/');
        return new SerializedLambda(ChildWarmUp.class, RemoteFunction.class.getName().replace('.', '/'), "apply", ANY,
                MethodHandleInfo.REF_invokeStatic, own, "next", NUMBERS, NUMBERS, new Object[0]);
    }

    // Because this stands here, the compiler has the class make such references from their shapes.
    static RemoteFunction<Integer, Integer, RuntimeException> example() {
        return ChildWarmUp::next;
    }

    private static Integer next(Integer number) {
        return number + 1;
    }
}
