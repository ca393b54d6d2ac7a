package dev.espalier.testing;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs test methods as bodies of a sweep; {@link FreshRuns} makes the runs. Without state. */
final class CancelSweepExtension implements InvocationInterceptor, ParameterResolver {
    CancelSweepExtension() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        return TestObjects.isOurs(parameter.getParameter().getType())
                && test.getTestMethod().isPresent()
                && (test.getRequiredTestMethod().equals(parameter.getDeclaringExecutable())
                        || Wishes.of(test).inLoop());
    }

    /** Each run has its own: it is put in its place by {@link FreshRuns}. */
    @Override
    public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        return null;
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        invocation.skip(); // all runs are ours: JUnit's arguments were resolved before there was a loop
        Sweep sweep = new Sweeper(optionsOf(test), FreshRuns.of(method, test, false)).sweep();
        test.publishReportEntry("sweep", sweep.toString());
    }

    private static Sweep.Options optionsOf(ExtensionContext test) {
        CancelSweep wish = AnnotationSupport.findAnnotation(test.getRequiredTestMethod(), CancelSweep.class)
                .orElseThrow();
        LoopTester.Options run = LoopTester.Options.defaults();
        run = run.withLoop(run.loop().withEngine(wish.engine()));
        if (wish.realTimeoutMillis() != 0) {
            run = run.withRealTimeout(Duration.ofMillis(wish.realTimeoutMillis()));
        }
        Sweep.Options options = Sweep.Options.defaults()
                .withRun(run)
                .withKinds(wish.kinds())
                .withCleanUp(Duration.ofMillis(wish.cleanUpMillis()))
                .withMayReturn(wish.mayReturn());
        for (Class<? extends Throwable> failure : wish.failures()) {
            options = options.withFailure(failure);
        }
        Optional<Sweep.Cut> only = Settings.of(test::getConfigurationParameter).cut();
        return only.isPresent() ? options.withOnly(only.get()) : options;
    }
}
