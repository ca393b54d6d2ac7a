package dev.espalier.testing;

import dev.espalier.core.CancelScope;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.spi.LoopClock;
import dev.espalier.core.spi.LoopRandom;
import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Makes objects of test classes and calls their lifecycle methods, for runs that JUnit knows nothing of.
 *
 * @param tester what they may have as a parameter, with what belongs to it; null: they may have none
 */
record TestObjects(@Nullable LoopTester tester) {

    /**
     * What a parameter may ask for. Made before there is a loop, the random numbers come from it when they are taken; only
     * {@link #needsLoop a group} cannot wait.
     */
    private static final Map<Class<?>, Function<LoopTester, Object>> GIVEN = Map.of(
            LoopTester.class, tester -> tester,
            VirtualClock.class, LoopTester::clock,
            InstantSource.class, LoopTester::clock,
            Clock.class, tester -> tester.clock().withZone(ZoneOffset.UTC),
            RandomGenerator.class, TestObjects::numbers,
            LoopRandom.class, TestObjects::numbers,
            Random.class, tester -> Random.from(numbers(tester)),
            TaskGroup.class, LoopTester::background);

    /** What one may look for instead, and where it is. */
    private static final Map<Class<?>, String> REFUSED = Map.of(
            EventLoop.class, "call EventLoop.current() in the test",
            CancelScope.class, "call CancelScope.current() in the test",
            Task.class, "call Task.current() in the test",
            LoopClock.class, "take the VirtualClock",
            SplittableRandom.class, "take a RandomGenerator");

    private static LoopRandom numbers(LoopTester tester) {
        return () -> tester.random().nextLong();
    }

    static boolean isOurs(Class<?> type) {
        return GIVEN.containsKey(type);
    }

    /** Whether a parameter of the type is a matter for us, if only to say no. */
    static boolean isKnown(Class<?> type) {
        return GIVEN.containsKey(type) || REFUSED.containsKey(type);
    }

    /** Why no parameter can be of a type; null if one can. */
    static @Nullable String objection(Class<?> type) {
        String instead = REFUSED.get(type);
        return instead == null ? null : "a loop test is given " + GIVEN.keySet().stream()
                .map(Class::getSimpleName)
                .sorted()
                .collect(Collectors.joining(", ")) + "; " + instead;
    }

    /** Whether an object of the type exists only while the loop does. */
    static boolean needsLoop(Class<?> type) {
        return type == TaskGroup.class;
    }

    /** What a parameter of a type of ours gets; in the run, if it {@link #needsLoop needs the loop}. */
    static Object given(Class<?> type, LoopTester tester) {
        return GIVEN.getOrDefault(type, _ -> {
            throw new IllegalArgumentException("nothing is given for a " + type);
        }).apply(tester);
    }

    /** An object of a class, after those of the classes around it. */
    List<Object> make(Class<?> type) {
        boolean inner = type.isMemberClass() && !Modifier.isStatic(type.getModifiers());
        List<Object> made = inner ? new ArrayList<>(make(type.getEnclosingClass())) : new ArrayList<>();
        int around = inner ? 1 : 0;
        for (Constructor<?> constructor : type.getDeclaredConstructors()) {
            if (canCall(constructor, around)) {
                @Nullable Object[] arguments = arguments(constructor, around);
                if (inner) {
                    arguments[0] = made.get(made.size() - 1);
                }
                made.add(call(constructor, arguments));
                return made;
            }
        }
        throw new IllegalStateException(type.getName() + " has no constructor without parameters, and each run of an explored "
                + "test has an instance of its own; give it one, or keep one instance by @TestInstance(PER_CLASS)");
    }

    private static Object call(Constructor<?> constructor, @Nullable Object[] arguments) {
        Class<?> type = constructor.getDeclaringClass();
        if (Arrays.stream(constructor.getParameterTypes()).noneMatch(TestObjects::isAbstract)) {
            return ReflectionSupport.newInstance(type, arguments);
        }
        // JUnit looks for a constructor by the classes of its arguments.
        if (!constructor.trySetAccessible()) {
            throw new IllegalStateException(constructor + " is called by the kit itself, because of the types of its parameters, and "
                    + "the module keeps it closed; let the module open " + type.getPackageName() + " to dev.espalier.testing too");
        }
        try {
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw LoopTester.<RuntimeException>sneaky(Objects.requireNonNull(e.getCause()));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(constructor + " cannot be called", e);
        }
    }

    /** Whether objects that are given for the type have classes of their own. */
    private static boolean isAbstract(Class<?> type) {
        return isOurs(type) && !Modifier.isFinal(type.getModifiers());
    }

    /** Calls the methods of a kind on an object. */
    void callEach(Object object, Class<? extends Annotation> kind, HierarchyTraversalMode order) {
        for (Method each : AnnotationSupport.findAnnotatedMethods(object.getClass(), kind, order)) {
            if (!canCall(each, 0)) {
                throw new IllegalStateException(each + " takes parameters, which only JUnit can give, and an explored test "
                        + "calls it before each of its runs; leave them out");
            }
            ReflectionSupport.invokeMethod(each, object, arguments(each, 0));
        }
    }

    private boolean canCall(Executable taker, int from) {
        Class<?>[] types = taker.getParameterTypes();
        boolean can = types.length >= from;
        for (int i = from; i < types.length; i++) {
            can &= tester != null && isOurs(types[i]);
        }
        return can;
    }

    private @Nullable Object[] arguments(Executable taker, int from) {
        Class<?>[] types = taker.getParameterTypes();
        @Nullable Object[] arguments = new @Nullable Object[types.length];
        for (int i = from; i < types.length && tester != null; i++) {
            arguments[i] = given(types[i], tester);
        }
        return arguments;
    }
}
