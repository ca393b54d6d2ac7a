package dev.espalier.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Marks loop tests of what has to do with the real world, on a method or on a class with its nested ones: their clock starts in
 * {@link VirtualClock.Mode#REAL}. They have the tag {@code real-time}, so that a build can run them apart. {@link Explore} and
 * {@link CancelSweep} refuse them, for what real time decides no seed does.
 *
 * {@snippet class="dev.espalier.testing.RealTimeTest" region="real"}
 */
@SuppressWarnings("exports") // JUnit is optional, and "requires static transitive" would make it mandatory to compile
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Tag("real-time")
public @interface RealTime {}
