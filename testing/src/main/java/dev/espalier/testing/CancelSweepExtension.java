package dev.espalier.testing;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs test methods as bodies of a sweep; {@link FreshRuns} makes the runs. Without state. */
final class CancelSweepExtension extends RunsExtension {
    CancelSweepExtension() {}

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        refuseRealTime(test);
        invocation.skip(); // all runs are ours: JUnit's arguments were resolved before there was a loop
        Sweep sweep = new Sweeper(optionsOf(test), FreshRuns.of(method, test, false)).sweep();
        CoveredTime.around(test).add(sweep.covered());
        test.publishReportEntry("sweep", sweep.toString());
    }

    private static Sweep.Options optionsOf(ExtensionContext test) {
        CancelSweep wish = AnnotationSupport.findAnnotation(test.getRequiredTestMethod(), CancelSweep.class)
                .orElseThrow();
        Sweep.Options options = Sweep.Options.defaults()
                .withRun(runOf(test, wish.engine(), wish.realTimeoutMillis()))
                .withKinds(wish.kinds())
                .withCleanUp(Duration.ofMillis(wish.cleanUpMillis()))
                .withMayReturn(wish.mayReturn());
        for (Class<? extends Throwable> failure : wish.failures()) {
            options = options.withFailure(failure);
        }
        Settings settings = Settings.of(test::getConfigurationParameter);
        options = options.withAllOutput(settings.allOutput());
        Optional<Sweep.Cut> only = settings.cut();
        return only.isPresent() ? options.withOnly(only.get()) : options;
    }
}
