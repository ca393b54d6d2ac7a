package dev.espalier.testing;

import dev.espalier.core.LoopOptions;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** What the annotations of a test, and the settings, say about its run. */
final class Wishes {
    private static final Pattern INVOCATION = Pattern.compile("\\[(class-template|test-template)-invocation:#(\\d+)]");

    private final List<OnLoop> wishes; // from the outermost: the inner one wins
    private final boolean realTime;

    private Wishes(List<OnLoop> wishes, boolean realTime) {
        this.wishes = wishes;
        this.realTime = realTime;
    }

    /** Those of a method, its class, and the classes around that. */
    static Wishes of(Class<?> testClass, Method method) {
        var places = new ArrayList<AnnotatedElement>();
        places.add(method);
        for (Class<?> type = testClass; type != null; type = type.getEnclosingClass()) {
            places.add(type);
        }
        return new Wishes(places.reversed().stream()
                        .flatMap(place -> AnnotationSupport.findAnnotation(place, OnLoop.class).stream())
                        .toList(),
                places.stream().anyMatch(place -> AnnotationSupport.isAnnotated(place, RealTime.class)));
    }

    static Wishes of(ExtensionContext test) {
        return of(test.getRequiredTestClass(), test.getRequiredTestMethod());
    }

    /** Whether it is marked as one of real time. */
    boolean realTime() {
        return realTime;
    }

    /** Whether the lifecycle methods run on the loop. */
    boolean inLoop() {
        OnLoop.Lifecycle lifecycle = OnLoop.Lifecycle.OUTSIDE;
        for (OnLoop wish : wishes) {
            lifecycle = wish.lifecycle() == OnLoop.Lifecycle.INHERITED ? lifecycle : wish.lifecycle();
        }
        return lifecycle == OnLoop.Lifecycle.IN_LOOP;
    }

    LoopTester.Options optionsFor(ExtensionContext test) {
        LoopTester.Options options = options(Settings.of(test::getConfigurationParameter));
        long index = indexOf(test.getUniqueId());
        String name = nameOf(test) + (index == 0 ? "" : "[" + index + "]");
        return named(options.withSeed(options.seed() + index), name);
    }

    /** What a test is called in errors. */
    static String nameOf(ExtensionContext test) {
        return test.getRequiredTestClass().getName() + "." + test.getRequiredTestMethod().getName();
    }

    /** A run of a test of that name. */
    static LoopTester.Options named(LoopTester.Options options, String name) {
        return options.withLoop(options.loop().withName(name));
    }

    /** Where no annotation says anything. */
    static LoopTester.Options optionsWithout(Settings settings) {
        return new Wishes(List.of(), false).options(settings);
    }

    private LoopTester.Options options(Settings settings) {
        LoopTester.Options options =
                LoopTester.Options.defaults().withShuffle(settings.mode() == Settings.Mode.SHUFFLE);
        for (OnLoop wish : wishes) {
            if (wish.realTimeoutMillis() != 0) {
                options = options.withRealTimeout(Duration.ofMillis(wish.realTimeoutMillis()));
            }
            if (wish.maxStepsPerInstant() != 0) {
                options = options.withMaxStepsPerInstant(wish.maxStepsPerInstant());
            }
            if (wish.engine() != LoopOptions.Engine.AUTO) {
                options = options.withLoop(options.loop().withEngine(wish.engine()));
            }
            if (wish.seed() != 0) {
                options = options.withSeed(wish.seed());
            }
        }
        return options.withSeed(settings.seed(options.seed()));
    }

    /** From 0: which invocation of its method this is, and in the upper half which one of its classes. */
    private static long indexOf(String uniqueId) {
        long index = 0;
        for (Matcher invocation = INVOCATION.matcher(uniqueId); invocation.find(); ) {
            long number = Long.parseLong(invocation.group(2)) - 1;
            index += invocation.group(1).equals("test-template") ? number : number << 32;
        }
        return index;
    }
}
