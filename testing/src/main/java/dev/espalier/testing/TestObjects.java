package dev.espalier.testing;

import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Makes objects of test classes and calls their lifecycle methods, for runs that JUnit knows nothing of.
 *
 * @param tester what they may have as a parameter, with its clock; null: they may have none
 */
record TestObjects(@Nullable LoopTester tester) {

    static boolean isOurs(Class<?> type) {
        return type == LoopTester.class || type == VirtualClock.class;
    }

    /** What a parameter of a type of ours gets. */
    static Object given(Class<?> type, LoopTester tester) {
        return type == LoopTester.class ? tester : tester.clock();
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
                made.add(ReflectionSupport.newInstance(type, arguments));
                return made;
            }
        }
        throw new IllegalStateException(type.getName() + " has no constructor without parameters, and each run of an explored "
                + "test has an instance of its own; give it one, or keep one instance by @TestInstance(PER_CLASS)");
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
