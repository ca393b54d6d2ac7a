package dev.espalier.testing;

import dev.espalier.core.VoidBodyWith;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * The runs of an explored test method. The first has JUnit's instance, which JUnit has prepared and will clean up; each of the
 * others has an instance of its own, with its {@code @BeforeEach} and {@code @AfterEach} methods around it. By the worker.
 */
final class FreshRuns implements Explorer.Runs {
    private final Class<?> type;
    private final Method method;
    private final List<Object> arguments;
    private final @Nullable Object first; // JUnit's; null: there is none
    private final boolean sharesInstance;
    private final boolean forks;

    private List<Object> instances = List.of(); // of this run, the outermost class first; none: JUnit cares for the run
    private boolean begun;

    private FreshRuns(
            Class<?> type, Method method, List<Object> arguments, @Nullable Object first, boolean sharesInstance, boolean forks) {
        this.type = type;
        this.method = method;
        this.arguments = arguments;
        this.first = first;
        this.begun = first == null;
        this.sharesInstance = sharesInstance;
        this.forks = forks;
    }

    /** The runs of a test of JUnit's; {@code forks}: a failure is also replayed in a fresh JVM. */
    static FreshRuns of(ReflectiveInvocationContext<Method> invocation, ExtensionContext test, boolean forks) {
        boolean shares = test.getTestInstanceLifecycle()
                .map(TestInstance.Lifecycle.PER_CLASS::equals)
                .orElse(false);
        return new FreshRuns(test.getRequiredTestClass(), invocation.getExecutable(),
                new ArrayList<>(invocation.getArguments()), test.getRequiredTestInstance(), shares, forks);
    }

    /** Runs without JUnit around them. */
    static FreshRuns of(Class<?> type, Method method) {
        for (Class<?> parameter : method.getParameterTypes()) {
            if (!isOurs(parameter)) {
                throw new IllegalStateException(method + " takes a " + parameter.getSimpleName()
                        + ", which only JUnit can give: it cannot be replayed in a fresh JVM");
            }
        }
        return new FreshRuns(type, method, new ArrayList<>(Collections.nCopies(method.getParameterCount(), null)), null, false,
                false);
    }

    static boolean isOurs(Class<?> type) {
        return type == LoopTester.class || type == VirtualClock.class;
    }

    @Override
    public VoidBodyWith<? super LoopTester, ?> begin() {
        Object kept = sharesInstance || !begun ? first : null;
        if (begun) {
            instances = kept == null ? fresh(type) : List.of(kept);
            for (Object instance : instances) {
                callEach(instance, BeforeEach.class, HierarchyTraversalMode.TOP_DOWN);
            }
        }
        Object target = kept == null ? instances.get(instances.size() - 1) : kept;
        begun = true;
        return tester -> ReflectionSupport.invokeMethod(method, target, argumentsFor(tester));
    }

    @Override
    public void end() {
        List<Object> used = instances;
        instances = List.of();
        for (Object instance : used.reversed()) {
            callEach(instance, AfterEach.class, HierarchyTraversalMode.BOTTOM_UP);
        }
    }

    @Override
    public String inFreshJvm(Path tape, String key) {
        return forks ? ForkedReplay.of(type, method, tape, key) : "";
    }

    private @Nullable Object[] argumentsFor(LoopTester tester) {
        @Nullable Object[] given = arguments.toArray();
        Class<?>[] types = method.getParameterTypes();
        for (int i = 0; i < given.length; i++) {
            if (isOurs(types[i])) {
                given[i] = types[i] == LoopTester.class ? tester : tester.clock();
            }
        }
        return given;
    }

    private static void callEach(Object instance, Class<? extends Annotation> kind, HierarchyTraversalMode order) {
        for (Method each : AnnotationSupport.findAnnotatedMethods(instance.getClass(), kind, order)) {
            if (each.getParameterCount() > 0) {
                throw new IllegalStateException(each + " takes parameters, which only JUnit can give, and an explored test "
                        + "calls it before each of its runs; leave them out");
            }
            ReflectionSupport.invokeMethod(each, instance);
        }
    }

    /** An instance of a class, after those of the classes around it. */
    private static List<Object> fresh(Class<?> type) {
        boolean inner = type.isMemberClass() && !Modifier.isStatic(type.getModifiers());
        List<Object> made = inner ? new ArrayList<>(fresh(type.getEnclosingClass())) : new ArrayList<>();
        Object[] around = inner ? new Object[] {made.get(made.size() - 1)} : new Object[0];
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (constructor.getParameterCount() == around.length) {
                made.add(ReflectionSupport.newInstance(type, around));
                return made;
            }
        }
        throw new IllegalStateException(type.getName() + " has no constructor without parameters, and each run of an explored "
                + "test has an instance of its own; give it one, or keep one instance by @TestInstance(PER_CLASS)");
    }
}
