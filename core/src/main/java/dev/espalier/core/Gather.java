package dev.espalier.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bodies side by side, in a group of their own. */
final class Gather {
    private Gather() {}

    static <A extends @Nullable Object, B extends @Nullable Object, R extends @Nullable Object, X extends Throwable> R two(
            Body<A, ?> first, Body<B, ?> second, Async.Combine2<? super A, ? super B, ? extends R, ? extends X> combine)
            throws X {
        return TaskGroup.<R, X>call(group -> {
            Task<A> a = group.start(first);
            Task<B> b = group.start(second);
            return combine.combine(a.await(), b.await());
        });
    }

    static <
                    A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
                    R extends @Nullable Object, X extends Throwable>
            R three(
                    Body<A, ?> first,
                    Body<B, ?> second,
                    Body<C, ?> third,
                    Async.Combine3<? super A, ? super B, ? super C, ? extends R, ? extends X> combine)
                    throws X {
        return TaskGroup.<R, X>call(group -> {
            Task<A> a = group.start(first);
            Task<B> b = group.start(second);
            Task<C> c = group.start(third);
            return combine.combine(a.await(), b.await(), c.await());
        });
    }

    static <
                    A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
                    D extends @Nullable Object, R extends @Nullable Object, X extends Throwable>
            R four(
                    Body<A, ?> first,
                    Body<B, ?> second,
                    Body<C, ?> third,
                    Body<D, ?> fourth,
                    Async.Combine4<? super A, ? super B, ? super C, ? super D, ? extends R, ? extends X> combine)
                    throws X {
        return TaskGroup.<R, X>call(group -> {
            Task<A> a = group.start(first);
            Task<B> b = group.start(second);
            Task<C> c = group.start(third);
            Task<D> d = group.start(fourth);
            return combine.combine(a.await(), b.await(), c.await(), d.await());
        });
    }

    static <
                    A extends @Nullable Object, B extends @Nullable Object, C extends @Nullable Object,
                    D extends @Nullable Object, E extends @Nullable Object, R extends @Nullable Object,
                    X extends Throwable>
            R five(
                    Body<A, ?> first,
                    Body<B, ?> second,
                    Body<C, ?> third,
                    Body<D, ?> fourth,
                    Body<E, ?> fifth,
                    Async.Combine5<? super A, ? super B, ? super C, ? super D, ? super E, ? extends R, ? extends X>
                            combine)
                    throws X {
        return TaskGroup.<R, X>call(group -> {
            Task<A> a = group.start(first);
            Task<B> b = group.start(second);
            Task<C> c = group.start(third);
            Task<D> d = group.start(fourth);
            Task<E> e = group.start(fifth);
            return combine.combine(a.await(), b.await(), c.await(), d.await(), e.await());
        });
    }

    static <T extends @Nullable Object> List<T> all(Collection<? extends Body<? extends T, ?>> bodies) {
        return TaskGroup.call(group -> {
            var tasks = new ArrayList<Task<T>>(bodies.size());
            for (Body<? extends T, ?> body : bodies) {
                tasks.add(group.start(body));
            }
            var values = new ArrayList<T>(tasks.size());
            for (Task<T> task : tasks) {
                values.add(task.await());
            }
            return values;
        });
    }
}
