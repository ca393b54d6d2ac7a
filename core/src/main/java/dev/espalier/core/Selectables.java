package dev.espalier.core;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The sources of clauses that are not a queue of this library themselves. */
final class Selectables {
    private Selectables() {}

    static Selectable of(Receiver<?> receiver) {
        return receiver instanceof Selectable ours ? ours : new ForeignReceiver(receiver);
    }

    static <A> Selectable of(Sender<A> sender, A value) {
        if (sender instanceof Selectable.OfSends<?>) {
            @SuppressWarnings("unchecked") // the same object
            var ours = (Selectable.OfSends<A>) sender;
            return ours.sending(value);
        }
        throw new IllegalArgumentException("a select cannot wait until " + sender
                + " takes a value, only senders of this library tell; call trySend, or send in a task of its own");
    }

    static Selectable of(Awaitable<?> awaitable) {
        return switch (awaitable) {
            case Task<?> task -> task.outcome();
            case Promise<?> promise -> promise.outcome();
            default -> new ForeignAwaitable(awaitable);
        };
    }

    /** Chosen when nothing is ready; it is never asked. */
    enum Fallback implements Selectable {
        INSTANCE;

        @Override
        public Object tryNow() {
            return NOT_READY;
        }

        @Override
        public void link(Select.Node node) {
            throw new AssertionError("a select with a fallback does not wait");
        }

        @Override
        public void unlink(Select.Node node) {
            throw new AssertionError("a select with a fallback does not wait");
        }

        @Override
        public @Nullable Object served(Select.Node node, @Nullable Object signal) {
            throw new AssertionError("a select with a fallback does not wait");
        }

        @Override
        public String toString() {
            return "nothing";
        }
    }

    /** A timer, which is the node itself. */
    record After(long nanos) implements Selectable {
        @Override
        public Object tryNow() {
            return NOT_READY;
        }

        /** Here and not when it is linked: a select that asks again waits for the same moment. */
        @Override
        public void prepare(Select.Node node) {
            node.when = node.loop().now() + nanos;
        }

        @Override
        public void link(Select.Node node) {
            node.loop().scheduler.timers.add(node, node.when);
        }

        @Override
        public void unlink(Select.Node node) {
            node.loop().scheduler.timers.remove(node);
        }

        @Override
        public @Nullable Object served(Select.Node node, @Nullable Object signal) {
            return null;
        }

        @Override
        public String toString() {
            return "the passing of " + Nanos.text(nanos);
        }
    }

    /** Turns the end of a channel into a value. */
    record OrEnd(Selectable receiver) implements Selectable {
        static final Object END = new Object();

        @Override
        public @Nullable Object tryNow() {
            try {
                return receiver.tryNow();
            } catch (ChannelClosedException e) {
                return endOf(e);
            }
        }

        private static Object endOf(ChannelClosedException closed) {
            if (closed.getCause() != null) {
                throw closed;
            }
            return END;
        }

        @Override
        public void prepare(Select.Node node) {
            receiver.prepare(node);
        }

        @Override
        public void link(Select.Node node) {
            receiver.link(node);
        }

        @Override
        public void unlink(Select.Node node) {
            receiver.unlink(node);
        }

        @Override
        public void unlinked() {
            receiver.unlinked();
        }

        @Override
        public @Nullable Object served(Select.Node node, @Nullable Object signal) {
            try {
                return receiver.served(node, signal);
            } catch (ChannelClosedException e) {
                return endOf(e);
            }
        }

        @Override
        public String toString() {
            return receiver.toString();
        }
    }

    /** A source that is none of ours: it tells only that it may be ready, and then it is asked again. */
    interface Foreign extends Selectable {
        @Override
        default void unlink(Select.Node node) {
            // its registration is closed by the task
        }

        @Override
        default @Nullable Object served(Select.Node node, @Nullable Object signal) {
            throw new AssertionError("a foreign source serves nobody, it is asked again");
        }
    }

    /** A receiver of others. */
    record ForeignReceiver(Receiver<?> receiver) implements Foreign {
        @Override
        public @Nullable Object tryNow() {
            Optional<?> got = receiver.tryReceive();
            return got.isPresent() ? got.get() : NOT_READY;
        }

        @Override
        public void link(Select.Node node) {
            node.closeAtEnd(receiver.onReady(node::askAgain));
        }

        @Override
        public String toString() {
            return receiver.toString();
        }
    }

    /** An awaitable of others. */
    record ForeignAwaitable(Awaitable<?> awaitable) implements Foreign {
        @Override
        public @Nullable Object tryNow() {
            return awaitable.state() instanceof Awaitable.Pending ? NOT_READY : awaitable.result();
        }

        @Override
        public void link(Select.Node node) {
            node.closeAtEnd(awaitable.onDone(node::askAgain));
        }

        @Override
        public String toString() {
            return awaitable.toString();
        }
    }
}
