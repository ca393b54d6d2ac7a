package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.VoidBody;
import dev.espalier.core.VoidBodyWith;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * The runs of an explored test method. The first has JUnit's instance, which JUnit has prepared and will clean up; each of the
 * others has an instance of its own, with its {@code @BeforeEach} and {@code @AfterEach} methods around it. Where these belong
 * into the loop, all runs are made in the latter way, and JUnit's instance is of no use. By the worker.
 */
final class FreshRuns implements Explorer.Runs {
    private static final TestObjects OUTSIDE = new TestObjects(null);
    private static final Duration CLEAN_UP = Duration.ofSeconds(1);

    private final Class<?> type;
    private final Method method;
    private final List<Object> arguments;
    private final @Nullable Object first; // JUnit's; null: there is none
    private final boolean sharesInstance;
    private final boolean forks;
    private final boolean inLoop;

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
        this.inLoop = Wishes.of(type, method).inLoop();
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
            if (!TestObjects.isOurs(parameter)) {
                throw new IllegalStateException(method + " takes a " + parameter.getSimpleName()
                        + ", which only JUnit can give: it cannot be replayed in a fresh JVM");
            }
        }
        return new FreshRuns(type, method, new ArrayList<>(Collections.nCopies(method.getParameterCount(), null)), null, false,
                false);
    }

    @Override
    public VoidBodyWith<? super LoopTester, ?> begin() {
        Object kept = sharesInstance || !begun ? first : null;
        boolean prepared = !begun;
        begun = true;
        if (inLoop) {
            return tester -> inLoop(tester, sharesInstance ? kept : null);
        }
        if (!prepared) {
            instances = kept == null ? OUTSIDE.make(type) : List.of(kept);
            for (Object instance : instances) {
                OUTSIDE.callEach(instance, BeforeEach.class, HierarchyTraversalMode.TOP_DOWN);
            }
        }
        Object target = kept == null ? instances.get(instances.size() - 1) : kept;
        return tester -> ReflectionSupport.invokeMethod(method, target, argumentsFor(tester));
    }

    @Override
    public void end() {
        List<Object> used = instances;
        instances = List.of();
        cleanUp(OUTSIDE, used);
    }

    private static void cleanUp(TestObjects objects, List<Object> used) {
        for (Object instance : used.reversed()) {
            objects.callEach(instance, AfterEach.class, HierarchyTraversalMode.BOTTOM_UP);
        }
    }

    /** A run with all that belongs to it, in its task. */
    @Awaits
    private void inLoop(LoopTester tester, @Nullable Object kept) throws Throwable {
        var objects = new TestObjects(tester);
        CancelScope root = CancelScope.current();
        List<Object> mine = kept == null ? objects.make(type) : List.of(kept);
        var failures = new ArrayList<Throwable>(0);
        collect(failures, () -> {
            for (Object instance : mine) {
                objects.callEach(instance, BeforeEach.class, HierarchyTraversalMode.TOP_DOWN);
            }
            ReflectionSupport.invokeMethod(method, mine.get(mine.size() - 1), argumentsFor(tester));
        });
        boolean cancelled = failures.stream().anyMatch(CancelledError.class::isInstance);
        VoidBody<RuntimeException> last = () -> cleanUp(objects, mine);
        // As in Pieces: a group that was left open must be closed in its own scope.
        collect(failures, cancelled && CancelScope.current() == root ? () -> Async.shield(CLEAN_UP, last) : last);
        Throwable failure = Failures.first(failures);
        if (failure != null) {
            throw failure;
        }
    }

    @Awaits
    private static void collect(List<Throwable> failures, VoidBody<?> body) {
        try {
            body.run();
        } catch (Throwable e) {
            failures.add(e);
        }
    }

    @Override
    public Class<?> code() {
        return type;
    }

    @Override
    public String inFreshJvm(Path tape, String key) {
        return forks ? ForkedReplay.of(type, method, tape, key) : "";
    }

    private @Nullable Object[] argumentsFor(LoopTester tester) {
        @Nullable Object[] given = arguments.toArray();
        Class<?>[] types = method.getParameterTypes();
        for (int i = 0; i < given.length; i++) {
            if (TestObjects.isOurs(types[i])) {
                given[i] = TestObjects.given(types[i], tester);
            }
        }
        return given;
    }
}
