package dev.espalier.core.spi;

import org.jspecify.annotations.Nullable;

/**
 * A failure that has no caller it could be thrown to: of a callback, of a hook, of a loser of a race.
 *
 * @param message what failed, in words
 * @param exception the failure
 * @param task the name of the task it belongs to; null if none
 */
public record ErrorReport(String message, Throwable exception, @Nullable String task) {}
