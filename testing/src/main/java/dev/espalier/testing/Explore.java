package dev.espalier.testing;

import dev.espalier.core.LoopOptions;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A JUnit test that is run in many orders of its steps, as {@link LoopTester#explore} does: one test in JUnit's eyes, which
 * searches inside.
 *
 * {@snippet class="dev.espalier.testing.ExploreAnnotationTest" region="annotation"}
 *
 * <p>Each run has a loop of its own and an instance of the test class of its own; {@code @BeforeEach} and {@code @AfterEach}
 * methods run around each, outside the loop. Where the class or the method says so by {@link OnLoop#lifecycle()}, they and the
 * constructor run in it. The method may take the parameters that {@link OnLoop} names; what other extensions give to
 * a parameter is the same in each run, and what they put into fields only the first run has, or none if that is in the loop.
 *
 * <p>A failure is written as a tape into the folder {@code target/espalier} (or {@code build/espalier}, where there is a folder
 * {@code build} and none {@code target}), and is the first thing that is tried when the test is run again.
 *
 * <p>These settings win over the values here, as configuration parameters of JUnit, system properties, or, in capitals with
 * underscores, in the environment: {@code espalier.seed} (a number, or {@code random}), {@code espalier.runs}, {@code
 * espalier.budget} (milliseconds, or a time like {@code PT5M}), {@code espalier.replay} (the path of a tape, which is then all
 * that is run), {@code espalier.tapes} (the folder), {@code espalier.fork} ({@code true}: a failure is also replayed in a fresh
 * JVM, on the class path), {@code espalier.output} ({@code all}: what each run prints is shown, and not only what the failing one
 * does). With {@code espalier.mode} set to {@code usual} there is one run, in the usual order.
 */
@SuppressWarnings("exports") // JUnit is optional, and "requires static transitive" would make it mandatory to compile
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Test
@ExtendWith(ExploreExtension.class)
public @interface Explore {
    /**
     * {@return how many runs at most, from 1}
     */
    int runs() default 200;

    /**
     * {@return how long to go on in real time, in milliseconds, from 1}
     */
    long budgetMillis() default 2000;

    /**
     * {@return decides everything random}
     */
    long seed() default 0;

    /**
     * {@return what chooses the schedules: a class with a constructor without parameters; this interface itself: the portfolio}
     */
    Class<? extends Strategy> strategy() default Strategy.class;

    /**
     * {@return whether the search goes on after a failure, for those of other classes or at other lines}
     */
    boolean everyFailure() default false;

    /**
     * {@return how long one run may take in real time, in milliseconds; 0: ten seconds}
     */
    long realTimeoutMillis() default 0;

    /**
     * {@return how the coroutines of the loops take turns}
     */
    LoopOptions.Engine engine() default LoopOptions.Engine.AUTO;
}
