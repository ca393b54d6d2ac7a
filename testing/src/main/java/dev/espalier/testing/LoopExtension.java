package dev.espalier.testing;

import dev.espalier.core.LoopOptions;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs test methods on a loop. Its only state is the tester of a test, kept where JUnit keeps the test. */
final class LoopExtension implements InvocationInterceptor, ParameterResolver {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(LoopExtension.class);

    LoopExtension() {}

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        if (explores(test)) {
            invocation.proceed();
        } else {
            testerOf(test).execute(_ -> invocation.proceed());
        }
    }

    /** A method that is explored on a class with {@code @OnLoop} has loops of its own. */
    private static boolean explores(ExtensionContext test) {
        return test.getTestMethod()
                .filter(method -> AnnotationSupport.isAnnotated(method, Explore.class))
                .isPresent();
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        testerOf(test).execute(_ -> invocation.proceed());
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        Class<?> type = parameter.getParameter().getType();
        return (type == LoopTester.class || type == VirtualClock.class) && !explores(test);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        Executable taker = parameter.getDeclaringExecutable();
        if (!test.getTestMethod().map(taker::equals).orElse(false)) {
            throw new ParameterResolutionException(taker + " cannot take a "
                    + parameter.getParameter().getType().getSimpleName()
                    + ": it lives only while a test method runs; take it as a parameter of the test method");
        }
        LoopTester tester = testerOf(test);
        return parameter.getParameter().getType() == LoopTester.class ? tester : tester.clock();
    }

    /** Made with the first parameter, or by the interceptor if there is none. A test has one context and one thread. */
    private static LoopTester testerOf(ExtensionContext test) {
        ExtensionContext.Store store = test.getStore(OURS);
        LoopTester tester = store.get(test.getUniqueId(), LoopTester.class);
        if (tester == null) {
            tester = new LoopTester(optionsOf(test));
            store.put(test.getUniqueId(), tester);
        }
        return tester;
    }

    private static LoopTester.Options optionsOf(ExtensionContext test) {
        List<OnLoop> wishes = wishes(test);
        LoopTester.Options options = LoopTester.Options.defaults();
        // From the outermost: the inner one wins.
        for (OnLoop wish : wishes.reversed()) {
            if (wish.realTimeoutMillis() != 0) {
                options = options.withRealTimeout(Duration.ofMillis(wish.realTimeoutMillis()));
            }
            if (wish.maxStepsPerInstant() != 0) {
                options = options.withMaxStepsPerInstant(wish.maxStepsPerInstant());
            }
            if (wish.engine() != LoopOptions.Engine.AUTO) {
                options = options.withLoop(options.loop().withEngine(wish.engine()));
            }
        }
        return options;
    }

    private static List<OnLoop> wishes(ExtensionContext test) {
        var places = new ArrayList<AnnotatedElement>();
        places.add(test.getRequiredTestMethod());
        for (Class<?> type = test.getRequiredTestClass(); type != null; type = type.getEnclosingClass()) {
            places.add(type);
        }
        return places.stream()
                .flatMap(place -> AnnotationSupport.findAnnotation(place, OnLoop.class).stream())
                .toList();
    }
}
