package dev.espalier.core;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the cancel sweep calls one awaiting method, as {@link CancelSweepTest} explains.
 *
 * @param target the signature, as {@link #signature} writes it
 * @param situation tells several recipes of one method apart; may be empty
 * @param traits what the method promises
 * @param build makes the situation
 */
record Recipe(String target, String situation, Set<Trait> traits, VoidBodyWith<Situation, ?> build) {
    /** What the sweep may ask of a method beyond what it asks of all. */
    enum Trait {
        /**
         * The last wake-up hands over what was waited for: a cancellation after it, even in the same tick, must not
         * lose that.
         */
        CARRIES,
        /**
         * A cancellation that reaches the call while it waits, or before, may still let it return: shields and
         * closes.
         */
        MAY_COMPLETE,
        /** Cancelled, it may need further wake-ups before it throws: a condition takes its lock again. */
        CLEANS_UP,
        /** The situation needs channels of the operating system, so it runs in real time. */
        REAL_TIME,
        /** Not swept; the situation says why. */
        EXEMPT
    }

    /** A method whose wake-up carries what was waited for. */
    static Recipe carrying(String target, VoidBodyWith<Situation, ?> build) {
        return new Recipe(target, "", EnumSet.of(Trait.CARRIES), build);
    }

    /** A method whose wake-up carries nothing (it may check for cancellation again), or comes from outside the loop. */
    static Recipe valueless(String target, VoidBodyWith<Situation, ?> build) {
        return new Recipe(target, "", EnumSet.noneOf(Trait.class), build);
    }

    /** A method that cannot be swept. */
    static Recipe exempt(String target, String why) {
        return new Recipe(target, why, EnumSet.of(Trait.EXEMPT), at -> {});
    }

    Recipe in(String newSituation) {
        return new Recipe(target, newSituation, traits, build);
    }

    Recipe mayComplete() {
        return with(Trait.MAY_COMPLETE);
    }

    Recipe cleansUp() {
        return with(Trait.CLEANS_UP);
    }

    Recipe inRealTime() {
        return with(Trait.REAL_TIME);
    }

    private Recipe with(Trait trait) {
        Set<Trait> more = EnumSet.of(trait);
        more.addAll(traits);
        return new Recipe(target, situation, more, build);
    }

    boolean is(Trait trait) {
        return traits.contains(trait);
    }

    /**
     * The name of a method in recipes: {@code AsyncSemaphore.acquire(int)}, {@code Async.race(Body...)}; types are
     * erased.
     */
    static String signature(Method method) {
        String parameters =
                Arrays.stream(method.getParameterTypes()).map(Class::getSimpleName).collect(Collectors.joining(", "));
        if (method.isVarArgs()) {
            parameters = parameters.substring(0, parameters.length() - 2) + "...";
        }
        Class<?> type = method.getDeclaringClass();
        String owner = type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
        return owner + "." + method.getName() + "(" + parameters + ")";
    }

    @Override
    public String toString() {
        return target + (situation.isEmpty() ? "" : ", " + situation);
    }

    /**
     * How a call ended, for the checks of its recipe.
     *
     * @param returned whether the call returned; then it must have had its full effect, else none
     * @param cutShort whether a cancellation ended its waiting
     * @param wakes how many of the recipe's wake-ups were run, also after a cancellation
     * @param value what it returned
     */
    record Ending(boolean returned, boolean cutShort, int wakes, Object value) {}
}
