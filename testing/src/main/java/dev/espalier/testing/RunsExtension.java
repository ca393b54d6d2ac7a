package dev.espalier.testing;

import dev.espalier.core.LoopOptions;
import java.lang.reflect.Executable;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** What the extensions that run a test method many times have in common; {@link FreshRuns} makes the runs. Without state. */
abstract class RunsExtension implements InvocationInterceptor, ParameterResolver {
    @Override
    public final boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return TestObjects.isKnown(parameter.getParameter().getType()) && test.getTestMethod().isPresent();
    }

    /** Each run has its own: it is put in its place by {@link FreshRuns}. */
    @Override
    public final @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        Executable taker = parameter.getDeclaringExecutable();
        Class<?> type = parameter.getParameter().getType();
        LoopExtension.refuse(taker, type, TestObjects.objection(type));
        boolean outside = LoopExtension.isLifecycle(taker) && !Wishes.of(test).inLoop();
        LoopExtension.refuse(taker, type, outside ? LoopExtension.OUTSIDE : null);
        return null;
    }

    /** What real time decides, no schedule does. */
    static void refuseRealTime(ExtensionContext test) {
        if (Wishes.of(test).realTime()) {
            throw new ExtensionConfigurationException(test.getRequiredTestMethod() + " is marked @RealTime, and cannot be run in "
                    + "many orders: no schedule decides what real time does. Take one of the two annotations away");
        }
    }

    /** How each run is made; no milliseconds: as long as usual. */
    static LoopTester.Options runOf(ExtensionContext test, LoopOptions.Engine engine, long realTimeoutMillis) {
        LoopTester.Options run = Wishes.named(LoopTester.Options.defaults(), Wishes.nameOf(test));
        run = run.withLoop(run.loop().withEngine(engine));
        return realTimeoutMillis == 0 ? run : run.withRealTimeout(Duration.ofMillis(realTimeoutMillis));
    }
}
