package dev.espalier.core;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value that belongs to the running code and to what it starts, without being passed along: a user, a request, a
 * locale.
 *
 * <p>A value is bound for the time of a body. Whatever is started inside that body takes it along: tasks of any group,
 * callbacks and timers, hooks and done-callbacks, offloaded bodies, and bodies submitted to other loops. Each gets the
 * values of the moment at which it is started or registered, not of the moment at which it runs, and binding another
 * value there never reaches back.
 *
 * {@snippet class="dev.espalier.core.ContextSnippetsTest" region="var"}
 *
 * <p>The context comes from the code that starts a task; its cancellation comes from the group it is started in.
 *
 * <p><b>Threads.</b> Any, also outside of loops. A thread that code starts by means of the JDK gets nothing; take a
 * {@link Context} along for it.
 *
 * @param <T> the value
 */
public final class ContextVar<T> {
    /** The context of a thread that runs no task or callback: of an offload thread, or of a thread outside of loops. */
    private static final ScopedValue<Context> ELSEWHERE = ScopedValue.newInstance();

    private final String name;
    private final @Nullable T standard;

    private ContextVar(String name, @Nullable T standard) {
        this.name = name;
        this.standard = standard;
    }

    /**
     * {@return a variable that has no value until one is bound}
     *
     * @param <T> the value
     * @param name its name in error messages
     */
    public static <T> ContextVar<T> named(String name) {
        return new ContextVar<>(name, null);
    }

    /**
     * {@return a variable that has a value also where none is bound}
     *
     * @param <T> the value
     * @param name its name in error messages
     * @param standard the value where none is bound
     */
    public static <T> ContextVar<T> withDefault(String name, T standard) {
        return new ContextVar<>(name, standard);
    }

    /**
     * {@return the value bound here, else the default}
     *
     * @throws IllegalStateException if there is neither
     */
    public T get() {
        return find().orElseThrow(() -> new IllegalStateException("context variable '" + name
                + "' has no value here and no default; bind one with ContextVar.with around the code that needs it, or "
                + "around what starts that code"));
    }

    /**
     * {@return the value bound here, else the default, else empty}
     */
    @SuppressWarnings("unchecked") // only `with` binds values to this variable
    public Optional<T> find() {
        Binding bound = Binding.of(this, Context.capture().bindings);
        return Optional.ofNullable(bound == null ? standard : (T) bound.value);
    }

    /**
     * Runs a body with a value.
     *
     * <p><b>Cancellation.</b> None of its own; the value is unbound however the body ends.
     *
     * @param <R> the value of the body
     * @param <X> what the body throws
     * @param value what {@link #get} returns in the body
     * @param body the body
     * @return the value of the body
     * @throws X as the body does
     */
    @Awaits
    public <R extends @Nullable Object, X extends Throwable> R with(T value, Body<? extends R, ? extends X> body)
            throws X {
        return Context.capture().and(this, value).<R, X>run(body);
    }

    /**
     * Runs a body with a value; as {@link #with(Object, Body)}.
     *
     * @param <X> what the body throws
     * @param value what {@link #get} returns in the body
     * @param body the body
     * @throws X as the body does
     */
    @Awaits
    public <X extends Throwable> void with(T value, VoidBody<? extends X> body) throws X {
        Context.capture().and(this, value).<X>run(body);
    }

    @Override
    public String toString() {
        return "ContextVar[" + name + "]";
    }

    /**
     * The values of all context variables at one moment, to run or start code with them elsewhere. Immutable.
     *
     * <p><b>Threads.</b> Any.
     */
    public static final class Context {
        static final Context EMPTY = new Context(null);

        private final @Nullable Binding bindings;

        private Context(@Nullable Binding bindings) {
            this.bindings = bindings;
        }

        /**
         * {@return the values that are bound here and now}
         */
        public static Context capture() {
            Coroutine here = Coroutine.current();
            return here == null ? ELSEWHERE.orElse(EMPTY) : here.context;
        }

        boolean isEmpty() {
            return bindings == null;
        }

        private Context and(ContextVar<?> variable, Object value) {
            return new Context(new Binding(variable, value, Binding.without(variable, bindings)));
        }

        /**
         * Runs a body with these values and no others. Started in it, a task or callback gets them:
         * {@code context.run(() -> group.start(body))}.
         *
         * <p><b>Cancellation.</b> None of its own.
         *
         * @param <T> the value
         * @param <X> what the body throws
         * @param body the body
         * @return its value
         * @throws X as the body does
         */
        @Awaits
        public <T extends @Nullable Object, X extends Throwable> T run(Body<? extends T, ? extends X> body) throws X {
            return this.<T, X>bound(body);
        }

        /** Awaits only if the body does. */
        <T extends @Nullable Object, X extends Throwable> T bound(Body<? extends T, ? extends X> body) throws X {
            Coroutine here = Coroutine.current();
            if (here == null) {
                return ScopedValue.where(ELSEWHERE, this).<T, X>call(body::run);
            }
            Context before = here.context;
            here.context = this;
            try {
                return body.run();
            } finally {
                here.context = before;
            }
        }

        /**
         * Runs a body with these values and no others; as {@link #run(Body)}.
         *
         * @param <X> what the body throws
         * @param body the body
         * @throws X as the body does
         */
        @Awaits
        public <X extends Throwable> void run(VoidBody<? extends X> body) throws X {
            this.<@Nullable Object, X>run(() -> {
                body.run();
                return null;
            });
        }

        /**
         * Starts a child with these values and no others, in place of those bound here.
         *
         * @param <T> the value
         * @param group where it lives
         * @param body what it runs
         * @return the child
         * @throws IllegalStateException if the group has been left
         */
        public <T extends @Nullable Object> Task<T> start(TaskGroup group, Body<? extends T, ?> body) {
            return this.<Task<T>, RuntimeException>bound(() -> group.start(body));
        }

        /**
         * Starts a child with these values and no others; as {@link #start(TaskGroup, Body)}.
         *
         * @param group where it lives
         * @param body what it runs
         * @return the child
         * @throws IllegalStateException if the group has been left
         */
        public Task<Void> start(TaskGroup group, VoidBody<?> body) {
            return this.<Task<Void>, RuntimeException>bound(() -> group.start(body));
        }

        @Override
        public String toString() {
            var text = new StringBuilder("Context[");
            for (Binding b = bindings; b != null; b = b.rest) {
                text.append(b == bindings ? "" : ", ").append(b.variable.name).append('=').append(b.value);
            }
            return text.append(']').toString();
        }
    }

    /**
     * One bound value and, shared with other contexts, the rest of them. A variable occurs once: a task that starts its
     * successor with a new value, and so on for ever, must not drag along all earlier values.
     */
    private record Binding(ContextVar<?> variable, Object value, @Nullable Binding rest) {
        static @Nullable Binding of(ContextVar<?> variable, @Nullable Binding from) {
            Binding found = from;
            while (found != null && found.variable != variable) {
                found = found.rest;
            }
            return found;
        }

        static @Nullable Binding without(ContextVar<?> variable, @Nullable Binding from) {
            if (of(variable, from) == null) {
                return from;
            }
            Binding left = null; // the order carries no meaning
            for (Binding b = from; b != null; b = b.rest) {
                if (b.variable != variable) {
                    left = new Binding(b.variable, b.value, left);
                }
            }
            return left;
        }
    }
}
