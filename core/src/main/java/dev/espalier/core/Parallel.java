package dev.espalier.core;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One body for many items, a limited number at a time. The input is read by one task, as capacity frees. */
final class Parallel {
    private Parallel() {}

    static <A extends @Nullable Object, T extends @Nullable Object> List<T> map(
            int limit, Iterable<? extends A> items, BodyWith<? super A, ? extends T, ?> body) {
        var tasks = new ArrayList<Task<T>>();
        var free = permits(limit);
        TaskGroup.run(group -> {
            for (Iterator<? extends A> input = items.iterator(); hasNext(input, free); ) {
                A item = input.next();
                tasks.add(group.start(() -> holding(free, () -> body.run(item))));
            }
        });
        var values = new ArrayList<T>(tasks.size());
        for (Task<T> task : tasks) {
            values.add(task.result());
        }
        return values;
    }

    static <A extends @Nullable Object> void forEach(
            int limit, Iterable<? extends A> items, VoidBodyWith<? super A, ?> body) {
        var free = permits(limit);
        TaskGroup.run(group -> {
            for (Iterator<? extends A> input = items.iterator(); hasNext(input, free); ) {
                A item = input.next();
                group.start(() -> holding(free, () -> {
                    body.run(item);
                    return item;
                }));
            }
        });
    }

    private static AsyncSemaphore permits(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("at least 1 item must be worked on at a time, not " + limit);
        }
        return AsyncSemaphore.of(limit);
    }

    /** A failure keeps its permit: it will cancel the group, and nothing more is to begin before that. */
    private static <T extends @Nullable Object, X extends Throwable> T holding(
            AsyncSemaphore free, Body<? extends T, ? extends X> body) throws X {
        T value;
        try {
            value = body.run();
        } catch (CancelledError e) {
            free.release();
            throw e;
        }
        free.release();
        return value;
    }

    /** Only when there is room for one more is the input asked, which may await. */
    private static boolean hasNext(Iterator<?> input, AsyncSemaphore free) {
        free.acquire();
        return input.hasNext();
    }
}
