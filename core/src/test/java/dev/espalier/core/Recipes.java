package dev.espalier.core;

import java.util.List;

/**
 * Recipes of one area. A class of this package whose name ends in {@code Recipes} and that implements this is found
 * by {@link CancelSweepTest}.
 */
interface Recipes {
    List<Recipe> recipes();
}
