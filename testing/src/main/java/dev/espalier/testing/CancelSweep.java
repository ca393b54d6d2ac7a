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
 * A JUnit test whose method is the body of a sweep of cancellations, as {@link LoopTester#sweep} does it. For JUnit it
 * is one test; within it the method runs once for each cut, each time on a loop of its own and on an instance of the
 * test class of its own. The method takes a {@link LoopTester} and calls {@code swept} on it.
 *
 * {@snippet class="dev.espalier.testing.CancelSweepTest" region="junit"}
 *
 * <p>{@code @BeforeEach} and {@code @AfterEach} methods run around each run, outside the loop unless {@link OnLoop} on
 * the class says otherwise. What other extensions give to a parameter is the same in each run, and what they put into
 * fields only the first run has. What a sweep covered is published as a report entry.
 *
 * <p>With {@code espalier.cut}, such as {@code CANCEL:3:PARKED}, as a configuration parameter of JUnit, a system
 * property, or, as {@code ESPALIER_CUT}, in the environment, only that cut is made.
 */
@SuppressWarnings("exports") // JUnit is optional, and "requires static transitive" would make it mandatory to compile
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Test
@ExtendWith(CancelSweepExtension.class)
public @interface CancelSweep {
    /**
     * {@return how cancellations come}
     */
    Sweep.Kind[] kinds() default {
        Sweep.Kind.CANCEL, Sweep.Kind.SCOPE, Sweep.Kind.TIMEOUT, Sweep.Kind.INTERRUPT, Sweep.Kind.FAIL
    };

    /**
     * {@return how much virtual time the target may take to end once it has met its cancellation, in milliseconds}
     */
    long cleanUpMillis() default 0;

    /**
     * {@return whether the target may return a value though it has met its cancellation}
     */
    boolean mayReturn() default false;

    /**
     * {@return the exceptions that the target may throw instead of its cancellation, or by itself}
     */
    Class<? extends Throwable>[] failures() default {};

    /**
     * {@return how long each run may take in real time, in milliseconds; 0: ten seconds}
     */
    long realTimeoutMillis() default 0;

    /**
     * {@return how the coroutines of the loops take turns; {@code AUTO}: by probe}
     */
    LoopOptions.Engine engine() default LoopOptions.Engine.AUTO;
}
