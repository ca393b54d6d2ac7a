package dev.espalier.testing;

import dev.espalier.core.VoidBodyWith;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExecutableInvoker;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * Runs a test method as the body of a sweep. The object that JUnit has made is not used, so that all runs begin alike.
 *
 * <p>Its only state is the tester of the run that is under way, kept where JUnit keeps the test.
 */
final class CancelSweepExtension implements InvocationInterceptor, ParameterResolver {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(CancelSweepExtension.class);

    CancelSweepExtension() {}

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        invocation.skip();
        var subject = new Subject(test, method.getExecutable());
        Sweep sweep = new Sweeper(optionsOf(test, method.getExecutable()), subject::run).sweep();
        test.publishReportEntry("sweep", sweep.toString());
    }

    /** A fresh object for each run. Used by the worker of the sweep. */
    private record Subject(ExtensionContext test, Method method) {
        @Nullable Throwable run(
                LoopTester tester, Function<VoidBodyWith<LoopTester, ?>, @Nullable Throwable> loop) {
            test.getStore(OURS).put(test.getUniqueId(), tester);
            var failures = new ArrayList<@Nullable Throwable>();
            try {
                ExecutableInvoker invoker = test.getExecutableInvoker();
                List<Object> objects = make(test.getRequiredTestClass(), invoker);
                try {
                    lifecycle(objects, BeforeEach.class, HierarchyTraversalMode.TOP_DOWN, invoker);
                    failures.add(loop.apply(_ -> invoker.invoke(method, objects.get(objects.size() - 1))));
                } finally {
                    lifecycle(objects.reversed(), AfterEach.class, HierarchyTraversalMode.BOTTOM_UP, invoker);
                }
            } catch (Throwable e) {
                failures.add(e);
            }
            return Failures.first(failures);
        }

        /** The object, after those of the classes around it. */
        private static List<Object> make(Class<?> type, ExecutableInvoker invoker) {
            Constructor<?> constructor = type.getDeclaredConstructors()[0]; // JUnit allows one
            boolean inner = type.getEnclosingClass() != null && !Modifier.isStatic(type.getModifiers());
            var objects = new ArrayList<Object>();
            if (inner) {
                objects.addAll(make(type.getEnclosingClass(), invoker));
                objects.add(invoker.invoke(constructor, objects.get(objects.size() - 1)));
            } else {
                objects.add(invoker.invoke(constructor));
            }
            return objects;
        }

        private static void lifecycle(
                List<Object> objects,
                Class<? extends Annotation> which,
                HierarchyTraversalMode order,
                ExecutableInvoker invoker) {
            for (Object object : objects) {
                for (Method method : AnnotationSupport.findAnnotatedMethods(object.getClass(), which, order)) {
                    invoker.invoke(method, object);
                }
            }
        }
    }

    private static Sweep.Options optionsOf(ExtensionContext test, Method method) {
        CancelSweep wish = AnnotationSupport.findAnnotation(method, CancelSweep.class).orElseThrow();
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
        var only = test.getConfigurationParameter("espalier.cut");
        return only.isPresent() ? options.withOnly(Sweep.Cut.parse(only.get())) : options;
    }

    // ---- parameters

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        Class<?> type = parameter.getParameter().getType();
        return type == LoopTester.class || type == VirtualClock.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        Class<?> type = parameter.getParameter().getType();
        if (!test.getTestMethod().map(parameter.getDeclaringExecutable()::equals).orElse(false)) {
            throw new ParameterResolutionException(parameter.getDeclaringExecutable() + " cannot take a "
                    + type.getSimpleName() + ": it lives only while a test method runs; take it as a parameter of the test "
                    + "method");
        }
        // JUnit asks once before the sweep, for a call that is never made.
        LoopTester tester = test.getStore(OURS)
                .getOrDefault(test.getUniqueId(), LoopTester.class, new LoopTester(LoopTester.Options.defaults()));
        return type == LoopTester.class ? tester : tester.clock();
    }
}
