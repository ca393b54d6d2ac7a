/**
 * An event loop, tasks in structured groups, cancellation by scopes, and what tasks need to talk to each other.
 *
 * <p><b>Null.</b> Nothing takes or returns null unless its type says so.
 *
 * <p><b>Time.</b> Durations are measured on the clock of the loop. A zero or negative time limit has passed: the first await
 * inside it throws. A zero or negative sleep is a {@link dev.espalier.core.Async#checkpoint()}. Nothing wakes before its time;
 * with channels registered a timer may come up to a millisecond late, and without any about a fifth of that.
 *
 * <p><b>Order.</b> One task or callback of a loop runs at a time, and what it does before it gives up its turn happens-before
 * what the next one does. Within a tick, channels come first, then callbacks from other threads, then timers, so that a result
 * that has arrived beats a deadline that is due.
 *
 * <p><b>Exceptions.</b> {@link dev.espalier.core.CancelledError}: I am cancelled. {@link
 * dev.espalier.core.TaskCancelledException}: what I awaited was. {@link dev.espalier.core.TaskFailedException}: what I awaited
 * failed. {@link dev.espalier.core.GroupException}: children failed. {@link dev.espalier.core.DeadlineExceededException}: a time limit
 * passed. A body that throws two unrelated checked types is inferred to throw {@code Exception}: catch one of them inside.
 */
package dev.espalier.core;
