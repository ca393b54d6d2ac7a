package dev.espalier.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.lifecycle.AroundTryHook;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.ParameterResolutionContext;
import net.jqwik.api.lifecycle.ResolveParameterHook;
import net.jqwik.api.lifecycle.TryExecutionResult;
import net.jqwik.api.lifecycle.TryExecutor;
import net.jqwik.api.lifecycle.TryLifecycleContext;
import org.jspecify.annotations.Nullable;

/**
 * Runs each try of a jqwik property on a loop of its own, under virtual time: jqwik's data, our schedule.
 *
 * {@snippet class="dev.espalier.testing.JqwikBridgeTest" region="property"}
 *
 * <p>A property method may take the {@link LoopTester} and its {@link VirtualClock}. If its first parameter of type {@code long}
 * is a {@link #seeds() seed}, the steps come in the random order of that seed; without one they come in the usual order. So jqwik
 * shrinks the data and leaves the schedule alone; {@link LoopTester#explore} shrinks schedules.
 *
 * <p>Written for jqwik 1.9.3.
 */
@SuppressWarnings("exports") // jqwik is optional, and "requires static transitive" would make it mandatory to compile
public final class JqwikBridge implements AroundTryHook, ResolveParameterHook {
    /** For jqwik, which opens it. */
    private JqwikBridge() {}

    /**
     * {@return any seed, for a parameter that decides the order of steps; seeds do not shrink to anything simpler}
     */
    public static Arbitrary<Long> seeds() {
        return Arbitraries.longs().dontShrink();
    }

    @Override
    public Optional<ParameterSupplier> resolve(ParameterResolutionContext parameter, LifecycleContext context) {
        Class<?> type = parameter.parameter().getType();
        if (!isOurs(type)) {
            return Optional.empty();
        }
        // Stands for that of the try, which is put in its place: jqwik wants one of the right type before there is a try.
        var never = new LoopTester(LoopTester.Options.defaults());
        return Optional.of(_ -> type == LoopTester.class ? never : never.clock());
    }

    private static boolean isOurs(Class<?> type) {
        return type == LoopTester.class || type == VirtualClock.class;
    }

    @Override
    public TryExecutionResult aroundTry(TryLifecycleContext context, TryExecutor body, List<Object> parameters) {
        var result = new AtomicReference<@Nullable TryExecutionResult>();
        try {
            LoopTester.run(options(context, parameters), tester -> {
                TryExecutionResult end = body.execute(given(context, parameters, tester));
                result.set(end);
                if (end.isFalsified() && end.throwable().isPresent()) {
                    throw end.throwable().get();
                }
            });
        } catch (Throwable e) {
            return TryExecutionResult.falsified(e); // a hang or a leak too
        }
        TryExecutionResult end = result.get();
        return end == null ? TryExecutionResult.invalid() : end;
    }

    private static LoopTester.Options options(TryLifecycleContext context, List<Object> parameters) {
        Class<?>[] types = context.targetMethod().getParameterTypes();
        for (int i = 0; i < types.length; i++) {
            if ((types[i] == long.class || types[i] == Long.class) && parameters.get(i) instanceof Long seed) {
                return LoopTester.Options.defaults().withSeed(seed).withShuffle(true);
            }
        }
        return LoopTester.Options.defaults();
    }

    private static List<Object> given(TryLifecycleContext context, List<Object> parameters, LoopTester tester) {
        var given = new ArrayList<>(parameters);
        Class<?>[] types = context.targetMethod().getParameterTypes();
        for (int i = 0; i < types.length; i++) {
            if (isOurs(types[i])) {
                given.set(i, types[i] == LoopTester.class ? tester : tester.clock());
            }
        }
        return given;
    }
}
