/**
 * Small programs with a bug that the usual order of steps does not show, and the same programs repaired: what the kit
 * must find, and where it must be silent.
 */
@NullMarked
package dev.espalier.testing.bugs;

import org.jspecify.annotations.NullMarked;
