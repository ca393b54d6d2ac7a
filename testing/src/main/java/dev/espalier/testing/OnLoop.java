package dev.espalier.testing;

import dev.espalier.core.LoopOptions;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a JUnit test method on a loop of its own, under virtual time, as {@link LoopTester#run} does. Combines with
 * {@code @Test}, {@code @RepeatedTest} and {@code @ParameterizedTest}; on a class it holds for all its test methods,
 * those of nested classes included. {@link LoopTest} is short for {@code @Test @OnLoop}. Each method, and each
 * repetition of one, has a loop of its own, also where one object of the class serves them all.
 *
 * <p>The method, and the constructor of the class, may take as parameters the {@link LoopTester}; its {@link VirtualClock},
 * also as the {@link java.time.InstantSource} or {@link java.time.Clock} (in UTC) that tested code asks for; its random
 * numbers, as a {@link java.util.random.RandomGenerator}, {@link dev.espalier.core.spi.LoopRandom} or {@link
 * java.util.Random}: the same ones that {@link LoopTester#random} gives; and, where the loop runs, its {@linkplain
 * LoopTester#background background} as a {@link dev.espalier.core.TaskGroup}. Another extension that gives one of these types
 * to the same method is a conflict, as JUnit says then.
 *
 * <p>A JUnit {@code @Timeout} counts real time; it publishes what each task did and cancels the test.
 * Published are also the seed and the virtual time that the test has covered.
 *
 * <p>A {@code @TestFactory} method runs outside the loop. The tests that it makes by {@link DynamicLoopTest#of} have loops of
 * their own, and this annotation holds for them.
 *
 * <p>A value that is left at its default is looked up on the class, then on the classes around it. Two settings win
 * over all that, as configuration parameters of JUnit, as system properties, or, in capitals with underscores, in the
 * environment: {@code espalier.seed} (a number, or {@code random}), and {@code espalier.mode}, which lets steps come in
 * a random order, by the seed, if it is {@code shuffle}.
 */
@SuppressWarnings("exports") // JUnit is optional, and "requires static transitive" would make it mandatory to compile
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@ExtendWith(LoopExtension.class)
public @interface OnLoop {
    /**
     * {@return how long the test may take in real time, in milliseconds; 0: what the class says, else ten seconds}
     */
    long realTimeoutMillis() default 0;

    /**
     * {@return how many ticks of the loop may pass without virtual time moving; 0: what the class says, else 100 000}
     */
    int maxStepsPerInstant() default 0;

    /**
     * {@return how the coroutines of the loop take turns; {@code AUTO}: what the class says, else by probe}
     */
    LoopOptions.Engine engine() default LoopOptions.Engine.AUTO;

    /**
     * {@return decides the random numbers; 0: what the class says, else 0. Repetition <i>n</i> of a method, or its
     * invocation with the arguments number <i>n</i>, gets this plus <i>n</i> − 1}
     */
    long seed() default 0;

    /**
     * {@return where {@code @BeforeEach} and {@code @AfterEach} methods run; {@code INHERITED}: what the class says,
     * else outside}
     */
    Lifecycle lifecycle() default Lifecycle.INHERITED;

    /** Where the methods that prepare a test and clean up after it run, and the constructor of its object. */
    enum Lifecycle {
        /** What the class or the one around it says; {@link #OUTSIDE} if none does. */
        INHERITED,

        /** On JUnit's thread. They cannot await. */
        OUTSIDE,

        /**
         * In the task of the test, one after the other: they can await, and what they start in {@link
         * LoopTester#background()} or in a group that they open lives on until the last {@code @AfterEach} has ended.
         * If it is said on the class, the object is made there too, so its fields can hold a channel; not one that
         * serves all methods of the class.
         * They may take the same parameters as the test. Between two methods time stands still. The limit of
         * real time holds for all of them together.
         *
         * {@snippet class="dev.espalier.testing.JUnitSnippetsTest" region="lifecycle"}
         *
         * <p>A method that JUnit calls ends before the next one begins, so none can bind a {@link ScopedValue} or a
         * context variable for the next. An extension that is registered after this annotation can: its interceptors
         * run in the task too, around each method.
         *
         * <p>If the test hangs, its task is cancelled, and {@code @AfterEach} methods run in it shielded, for one
         * second of virtual time each; not shielded if a group is still open, which they should close first. If the
         * whole run is over, because a background task failed, the limit of real time passed, or the test was
         * interrupted, they run outside.
         */
        IN_LOOP
    }
}
