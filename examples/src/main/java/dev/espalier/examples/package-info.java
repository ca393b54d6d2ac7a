/** Small programs, in the order in which one meets their subjects. Each has a {@code main} and prints what happens. */
@NullMarked
package dev.espalier.examples;

import org.jspecify.annotations.NullMarked;
