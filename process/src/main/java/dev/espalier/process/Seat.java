package dev.espalier.process;

import org.jspecify.annotations.Nullable;

/**
 * A worker as the {@link Dispatcher} sees it, and the tasks that wait for this very one.
 */
final class Seat {
    final WorkerLink link;
    /** Its number in the pool. */
    final int number;

    // By the dispatcher.
    /** Tasks that no other worker may take. */
    final TaskQueue own = new TaskQueue();
    /** How many buckets of {@link StickyKeys} are bound to it. */
    int keys;
    /** It takes no tasks but its own any more. */
    boolean leaves;
    /** Why it is none any more. */
    @Nullable Loss loss;
    private boolean lastWasOwn;

    Seat(WorkerLink link, int number) {
        this.link = link;
        this.number = number;
    }

    /** Takes the task that it shall run next, its own and those for any worker in turn; null when there is none. */
    @Nullable PoolTask<?> next(TaskQueue shared) {
        PoolTask<?> any = leaves ? null : shared.peek();
        PoolTask<?> mine = own.peek();
        if (mine == null) {
            return any == null ? null : shared.take();
        }
        int order = any == null ? 1 : Integer.compare(mine.options().priority(), any.options().priority());
        lastWasOwn = order > 0 || (order == 0 && !lastWasOwn);
        return lastWasOwn ? own.take() : shared.take();
    }
}
