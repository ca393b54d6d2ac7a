package dev.espalier.core;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method that can give up the turn of the running task: a suspension point, and therefore a cancellation point.
 *
 * <p>Between two calls of such methods no other task of the loop runs. Nothing without this annotation suspends.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.CONSTRUCTOR})
public @interface Awaits {}
