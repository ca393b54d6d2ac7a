package dev.espalier.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;

/**
 * A JUnit test on a loop, under virtual time: {@code @Test} and {@link OnLoop @OnLoop} in one.
 *
 * <p>With {@code @RepeatedTest} or {@code @ParameterizedTest} use {@code @OnLoop}; this annotation beside them would
 * run the test once more.
 *
 * {@snippet class="dev.espalier.testing.SnippetsTest" region="junit"}
 */
@SuppressWarnings("exports") // JUnit is optional, and "requires static transitive" would make it mandatory to compile
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Test
@OnLoop
public @interface LoopTest {}
