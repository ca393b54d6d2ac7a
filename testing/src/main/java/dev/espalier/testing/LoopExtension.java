package dev.espalier.testing;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.PreInterruptCallback;
import org.junit.jupiter.api.extension.PreInterruptContext;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs test methods on a loop. Its only state is the run of a test, kept where JUnit keeps the test. */
final class LoopExtension
        implements InvocationInterceptor, ParameterResolver, AfterEachCallback, PreInterruptCallback {
    /** The objection to a parameter of a method that has no loop. */
    static final String OUTSIDE = "lifecycle methods and constructors run outside the loop unless the test or its class says "
            + "@OnLoop(lifecycle = IN_LOOP)";

    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(LoopExtension.class);

    LoopExtension() {}

    // ---- running

    /** The object of one test is made in its loop, so that fields may hold what belongs there. */
    @Override
    public <T> T interceptTestClassConstructor(
            Invocation<T> invocation, ReflectiveInvocationContext<Constructor<T>> constructor, ExtensionContext test)
            throws Throwable {
        if (test.getTestMethod().isEmpty()) {
            return invocation.proceed();
        }
        TestRun run = runOf(test);
        // JUnit wants objects of an explored test, and no run of the search has them: this run has nothing else to do.
        boolean ends = explores(test) && run.isInLoop() && constructor.getTargetClass() == test.getRequiredTestClass();
        return ends ? run.constructLast(invocation::proceed) : run.construct(invocation::proceed);
    }

    @Override
    public void interceptBeforeEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        lifecycle(invocation, test, false);
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        if (explores(test)) {
            invocation.proceed();
        } else {
            runOf(test).test(invocation::proceed);
        }
    }

    /** A method that is explored or swept on a class with {@code @OnLoop} has loops of its own. */
    private static boolean explores(ExtensionContext test) {
        return test.getTestMethod()
                .filter(method -> AnnotationSupport.isAnnotated(method, Explore.class)
                        || AnnotationSupport.isAnnotated(method, CancelSweep.class))
                .isPresent();
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        runOf(test).test(invocation::proceed);
    }

    @Override
    public void interceptAfterEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        lifecycle(invocation, test, true);
    }

    private static void lifecycle(Invocation<Void> invocation, ExtensionContext test, boolean cleansUp)
            throws Throwable {
        TestRun run = runOf(test);
        if (explores(test) && run.isInLoop()) {
            invocation.skip(); // each run calls it in its loop
        } else if (explores(test)) {
            invocation.proceed();
        } else {
            run.lifecycle(cleansUp, invocation::proceed);
        }
    }

    /** A test of {@link DynamicLoopTest} finds here what its factory and its class say; others run as they are. */
    @Override
    public void interceptDynamicTest(
            Invocation<Void> invocation, DynamicTestInvocationContext dynamic, ExtensionContext test)
            throws Throwable {
        ExtensionContext factory = test;
        while (factory.getTestMethod().isEmpty()) {
            factory = factory.getParent().orElseThrow();
        }
        Wishes wishes = Wishes.of(factory);
        var found = new DynamicLoopTest.Surroundings(wishes.optionsFor(factory), wishes.realTime());
        try {
            ScopedValue.where(DynamicLoopTest.AROUND, found).<Void, Throwable>call(invocation::proceed);
        } finally {
            TestRun run = found.run();
            if (run != null) {
                report(test, run);
            }
        }
    }

    /** After the methods of that name. */
    @Override
    public void afterEach(ExtensionContext test) throws Exception {
        TestRun run = runOf(test);
        try {
            run.close();
        } finally {
            if (run.hasRun() && !explores(test)) {
                report(test, run);
            }
        }
    }

    private static void report(ExtensionContext test, TestRun run) {
        Duration covered = run.tester().covered();
        test.publishReportEntry(
                Map.of("espalier.seed", Long.toString(run.seed()), "espalier.virtualTime", covered.toString()));
        CoveredTime.around(test).add(covered);
    }

    /** A timeout of JUnit is about to interrupt the test, and its own list of threads would lack the virtual ones. */
    @Override
    public void beforeThreadInterrupt(PreInterruptContext interrupt, ExtensionContext test) {
        TestRun run = test.getTestMethod().isPresent() ? runOf(test) : null;
        if (run != null && run.hasRun()) {
            test.publishReportEntry("espalier.dump", run.tester().dumpFromOutside());
        }
    }

    // ---- parameters

    /** So that a constructor finds the loop of the test it makes an object for. */
    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        Class<?> type = parameter.getParameter().getType();
        boolean elsewhere = explores(test) && parameter.getDeclaringExecutable() instanceof Method;
        return TestObjects.isKnown(type) && !elsewhere; // a method that is explored has a tester for each run
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        Executable taker = parameter.getDeclaringExecutable();
        Class<?> type = parameter.getParameter().getType();
        String objection = TestObjects.objection(type);
        refuse(taker, type, objection == null ? objection(taker, type, test) : objection);
        return runOf(test).given(type);
    }

    /** Unless there is no objection. */
    static void refuse(Executable taker, Class<?> type, @Nullable String objection) {
        if (objection != null) {
            throw new ParameterResolutionException(
                    taker + " cannot take a parameter of the type " + type.getSimpleName() + ": " + objection);
        }
    }

    private static @Nullable String objection(Executable taker, Class<?> type, ExtensionContext test) {
        if (test.getTestMethod().isEmpty()) {
            return "each test method has its own, and here none has begun; take it in the test method"
                    + (taker instanceof Constructor ? ", or have an object for each method" : "");
        }
        if (AnnotationSupport.isAnnotated(taker, TestFactory.class)) {
            return "a @TestFactory runs outside of a loop; make its tests by DynamicLoopTest.of, which gives each one a tester";
        }
        boolean constructor = taker instanceof Constructor && TestObjects.needsLoop(type);
        return (constructor || isLifecycle(taker)) && !runOf(test).isInLoop() ? OUTSIDE : null;
    }

    static boolean isLifecycle(Executable taker) {
        return AnnotationSupport.isAnnotated(taker, BeforeEach.class)
                || AnnotationSupport.isAnnotated(taker, AfterEach.class);
    }

    /** Made with the first parameter or the first method. A test has one context, and one thread at a time. */
    private static TestRun runOf(ExtensionContext test) {
        ExtensionContext.Store store = test.getStore(OURS);
        TestRun run = store.get(test.getUniqueId(), TestRun.class);
        if (run == null) {
            Wishes wishes = Wishes.of(test);
            run = new TestRun(wishes.optionsFor(test), wishes.inLoop());
            if (wishes.realTime()) {
                run.tester().goByRealTime();
            }
            store.put(test.getUniqueId(), run);
        }
        return run;
    }
}
