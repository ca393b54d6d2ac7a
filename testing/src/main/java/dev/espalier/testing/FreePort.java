package dev.espalier.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * On an {@code int} parameter of a JUnit test method or of a lifecycle method: a TCP port of the loopback address that was
 * free a moment ago. Two parameters of one method get two ports.
 *
 * <p>A server of your own asks for port 0, and the system gives it a free one with no gap between looking and taking. This
 * is for programs that must be told a number.
 */
@SuppressWarnings("exports") // JUnit is optional, and "requires static transitive" would make it mandatory to compile
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.PARAMETER)
@ExtendWith(FreePortResolver.class)
public @interface FreePort {}
