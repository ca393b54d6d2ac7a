/** Code in which calls escape, or do not, for {@code EscapesTest}. */
@org.jspecify.annotations.NullMarked
package dev.espalier.testing.escapes;
