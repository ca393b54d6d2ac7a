package dev.espalier.core;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Receivers that make something of the values of another one while they are asked, without a task of their own. Closing
 * them closes their source; they end as it ends.
 */
abstract class Pulled<A, R> implements Receiver<R> {
    final Receiver<A> source;

    private Pulled(Receiver<A> source) {
        this.source = source;
    }

    @Override
    public CancelScope.Registration onReady(Runnable action) {
        return source.onReady(action);
    }

    @Override
    public void close() {
        source.close();
    }

    @Override
    public String toString() {
        return source.toString();
    }

    /** What the function makes of each value. */
    static final class Mapped<A, R> extends Pulled<A, R> {
        private final Function<? super A, ? extends R> mapping;

        Mapped(Receiver<A> source, Function<? super A, ? extends R> mapping) {
            super(source);
            this.mapping = mapping;
        }

        @Awaits
        @Override
        public R receive() {
            return mapping.apply(source.receive());
        }

        @Override
        public Optional<R> tryReceive() {
            return source.tryReceive().map(mapping);
        }
    }

    /** The values for which the condition holds. */
    static final class Filtered<A> extends Pulled<A, A> {
        private final Predicate<? super A> condition;

        Filtered(Receiver<A> source, Predicate<? super A> condition) {
            super(source);
            this.condition = condition;
        }

        @Awaits
        @Override
        public A receive() {
            A value = source.receive();
            while (!condition.test(value)) {
                value = source.receive();
            }
            return value;
        }

        @Override
        public Optional<A> tryReceive() {
            Optional<A> value = source.tryReceive();
            while (value.isPresent() && !condition.test(value.get())) {
                value = source.tryReceive();
            }
            return value;
        }
    }

    /** The values, with a pause after each. The wait comes before a value is taken, so that a cancelled one loses none. */
    static final class Throttled<A> extends Pulled<A, A> {
        private final long pause;
        private final AsyncSemaphore turn = AsyncSemaphore.of(1); // of the tasks that receive
        private @Nullable Long next; // when the next value may be taken; by the holder of the turn

        Throttled(Receiver<A> source, Duration pause) {
            super(source);
            this.pause = Nanos.of(pause);
        }

        @Awaits
        @Override
        public A receive() {
            return turn.withPermit(() -> {
                long early = early();
                if (early > 0) {
                    Async.sleep(Duration.ofNanos(early));
                }
                A value = source.receive();
                taken();
                return value;
            });
        }

        @Override
        public Optional<A> tryReceive() {
            if (turn.available() == 0 || early() > 0) {
                return Optional.empty();
            }
            Optional<A> value = source.tryReceive();
            if (value.isPresent()) {
                taken();
            }
            return value;
        }

        @Override
        public CancelScope.Registration onReady(Runnable action) {
            if (early() <= 0) {
                return source.onReady(action);
            }
            EventLoop.Handle timer = EventLoop.current().callLater(Duration.ofNanos(early()), action);
            return timer::cancel;
        }

        private long early() {
            return next == null ? 0 : next - EventLoop.current().now();
        }

        private void taken() {
            next = EventLoop.current().now() + pause;
        }
    }

    /** Pairs of values. One that has come waits for its partner, also over a cancellation. With one source the other is closed. */
    static final class Zipped<A, B, R> extends Pulled<A, R> {
        private final Receiver<B> second;
        private final BiFunction<? super A, ? super B, ? extends R> combine;
        private final AsyncSemaphore turn = AsyncSemaphore.of(1); // of the tasks that receive

        // By the holder of the turn.
        private @Nullable A first; // that waits
        private @Nullable ChannelClosedException end; // of the source that ended first

        Zipped(Receiver<A> source, Receiver<B> second, BiFunction<? super A, ? super B, ? extends R> combine) {
            super(source);
            this.second = second;
            this.combine = combine;
        }

        @Awaits
        @Override
        public R receive() {
            return turn.withPermit(() -> {
                checkNotEnded();
                A mine = first;
                B partner;
                try {
                    if (mine == null) {
                        mine = source.receive();
                        first = mine;
                    }
                    partner = second.receive();
                } catch (ChannelClosedException e) {
                    throw ended(e);
                }
                first = null;
                return combine.apply(mine, partner);
            });
        }

        private void checkNotEnded() {
            if (end != null) {
                throw new ChannelClosedException("a zipped channel has ended: " + end.getMessage(), end.getCause());
            }
        }

        private ChannelClosedException ended(ChannelClosedException e) {
            end = e;
            close(); // nobody will ask the other one any more
            return e;
        }

        @Override
        public Optional<R> tryReceive() {
            if (turn.available() == 0) {
                return Optional.empty();
            }
            checkNotEnded();
            A mine = first;
            Optional<B> partner;
            try {
                mine = mine == null ? source.tryReceive().orElse(null) : mine;
                first = mine;
                partner = mine == null ? Optional.empty() : second.tryReceive();
            } catch (ChannelClosedException e) {
                throw ended(e);
            }
            if (mine == null || partner.isEmpty()) {
                return Optional.empty();
            }
            first = null;
            return Optional.of(combine.apply(mine, partner.get()));
        }

        @Override
        public CancelScope.Registration onReady(Runnable action) {
            return first == null ? source.onReady(action) : second.onReady(action);
        }

        @Override
        public void close() {
            super.close();
            second.close();
        }
    }
}
