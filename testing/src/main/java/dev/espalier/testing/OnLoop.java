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
 * those of nested classes included. {@link LoopTest} is short for {@code @Test @OnLoop}.
 *
 * <p>The method may take the {@link LoopTester} and its {@link VirtualClock} as parameters. Lifecycle methods run
 * outside the loop, on JUnit's thread. A JUnit {@code @Timeout} counts real time; it cancels the test and reports what
 * each task did.
 *
 * <p>A value that is left at its default is looked up on the class, then on the classes around it.
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
}
