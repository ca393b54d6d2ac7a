package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The cancel sweep: every public method marked {@link Awaits} is cancelled at each of its awaits, and must have had
 * no effect or its full effect.
 *
 * <p>The methods are found in the classes of the package. Each needs a {@link Recipe}, or this test fails with its
 * signature. A method that implements one of a public interface is swept through the interface's; it may have a
 * recipe of its own.
 *
 * <p><b>A recipe for a new method.</b> Put it into the list of a class of the package that implements {@link
 * Recipes} and whose name ends in {@code Recipes}; it is found by that name.
 *
 * <pre>{@code
 * carrying("AsyncSemaphore.acquire(int)", at -> {
 *     var semaphore = at.share(AsyncSemaphore.of(0));                     // no waiter may be left in it
 *     at.call(() -> semaphore.acquire(2));                                // runs in a task of its own
 *     at.wake(() -> semaphore.release(2));                                // when it waits and nothing else can go on
 *     at.check(end -> assertThat(semaphore.available())                   // no effect, or the full one
 *             .isEqualTo(2 * end.wakes() - (end.returned() ? 2 : 0)));
 * })
 * }</pre>
 *
 * <ul>
 *   <li>{@link Recipe#carrying}: the last wake-up hands over what was waited for, so that a cancellation after
 *       it must let the call return (S4). {@link Recipe#valueless}: all others.
 *   <li>{@link Recipe#mayComplete}: cancelled, it may still return (a shield, a close). {@link Recipe#cleansUp}:
 *       cancelled, it may wait for further wake-ups before it throws.
 *   <li>A call that awaits several times gets several wake-ups, in order. When they are used up, time passes.
 *   <li>{@link Recipe#in} names a situation: one method may have several recipes.
 *   <li>A wake-up may also come when the call was cancelled in the same tick before it, so {@code end.wakes()}
 *       counts those that were run; what they put in must be there for somebody else.
 *   <li>The recipe's code runs in the driving task, which may itself hold what the call waits for; other parties
 *       are started by {@link Situation#helper}.
 * </ul>
 *
 * <p>What is asked of every call, beside its own checks: cancelled before it or while it waits, it throws {@link
 * CancelledError} with the right reason, and the scope that was cancelled absorbs it. Cancelled later, the next
 * await throws. Nothing is left: no task, timer, wait, ready item, waiter or report. {@link Sweep} makes the runs:
 * without cancellation; before the call; in every tick of the call; in the tick of each wake-up before and after it;
 * by the task, a scope, a deadline, an interrupt; in order and in seeded orders. A failure names the run and how to
 * repeat it. {@code -Despalier.sweep.only=acquire} runs the recipes whose method contains that text, {@code
 * -Despalier.sweep.orders=200} tries that many fresh seeds.
 */
class CancelSweepTest {
    private static final List<LoopOptions.Engine> ENGINES = List.of(LoopOptions.Engine.CARRIER,
            LoopOptions.Engine.HANDOFF);

    @Test
    void everyAwaitingMethodHasARecipeAndEveryRecipeAMethod() {
        Set<String> named = recipes().stream().map(Recipe::target).collect(Collectors.toCollection(TreeSet::new));
        List<Method> methods = awaiting();
        Set<String> all = methods.stream().map(Recipe::signature).collect(Collectors.toCollection(TreeSet::new));
        Set<String> missing = methods.stream()
                .filter(method -> !isSweptThroughAnInterface(method))
                .map(Recipe::signature)
                .collect(Collectors.toCollection(TreeSet::new));
        missing.removeAll(named);
        named.removeAll(all);
        assertThat(missing)
                .as("public methods with @Awaits that the cancel sweep has no recipe for. Write one, in ten "
                        + "lines, into a class that implements Recipes, such as CoreRecipes; the comment of "
                        + "CancelSweepTest shows how")
                .isEmpty();
        assertThat(named).as("recipes for methods that do not exist, or are not public, or carry no @Awaits").isEmpty();
        assertThat(all).as("awaiting methods found").contains("Async.sleep(Duration)", "Receiver.receive()");
    }

    @Test
    void recipesOfOneMethodAreToldApart() {
        assertThat(recipes().stream().map(Recipe::toString)).doesNotHaveDuplicates();
    }

    @TestFactory
    Stream<DynamicContainer> sweep() {
        String only = System.getProperty("espalier.sweep.only", "");
        List<Recipe> chosen = recipes().stream()
                .filter(recipe -> recipe.target().contains(only) && !recipe.is(Recipe.Trait.EXEMPT))
                .toList();
        return ENGINES.stream().map(engine -> DynamicContainer.dynamicContainer(
                engine.name().toLowerCase(Locale.ROOT),
                chosen.stream().map(recipe -> DynamicTest.dynamicTest(
                        recipe.toString(), () -> assertThat(Sweep.sweep(recipe, engine)).isGreaterThan(4)))));
    }

    // ---- finding

    private static List<Recipe> recipes() {
        var recipes = new ArrayList<Recipe>();
        for (Class<?> type : classesBeside(CancelSweepTest.class)) {
            if (Recipes.class.isAssignableFrom(type) && type != Recipes.class && type.getName().endsWith("Recipes")) {
                recipes.addAll(make(type).recipes());
            }
        }
        return recipes;
    }

    private static Recipes make(Class<?> type) {
        try {
            return (Recipes) type.getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(type + " needs a constructor without parameters", e);
        }
    }

    private static List<Method> awaiting() {
        return classesBeside(Awaits.class).stream()
                .filter(CancelSweepTest::isPublic)
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isBridge())
                .filter(method -> method.isAnnotationPresent(Awaits.class))
                .toList();
    }

    private static boolean isPublic(Class<?> type) {
        Class<?> around = type.getEnclosingClass();
        return Modifier.isPublic(type.getModifiers()) && (around == null || isPublic(around));
    }

    private static boolean isSweptThroughAnInterface(Method method) {
        return !Modifier.isStatic(method.getModifiers())
                && Arrays.stream(method.getDeclaringClass().getInterfaces())
                        .filter(type -> type.getPackage() == Awaits.class.getPackage() && isPublic(type))
                        .flatMap(type -> Arrays.stream(type.getMethods()))
                        .anyMatch(other -> other.isAnnotationPresent(Awaits.class)
                                && other.getName().equals(method.getName())
                                && Arrays.equals(other.getParameterTypes(), method.getParameterTypes()));
    }

    /** The classes of the package in the directory of one of them. */
    static List<Class<?>> classesBeside(Class<?> one) {
        String file = one.getSimpleName() + ".class";
        try (Stream<Path> files = Files.list(Path.of(one.getResource(file).toURI()).getParent())) {
            return files.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.startsWith("package-info"))
                    .map(name -> one.getPackageName() + "." + name.substring(0, name.length() - ".class".length()))
                    .sorted()
                    .<Class<?>>map(CancelSweepTest::load)
                    .toList();
        } catch (java.io.IOException | URISyntaxException e) {
            throw new AssertionError("the classes beside " + one, e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, CancelSweepTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
