package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.AsyncSemaphore;
import dev.espalier.core.Awaits;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.GroupPolicy;
import dev.espalier.core.Promise;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.Serializable;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Requests from one process to another and the replies to them: many at once, each with an outcome of its own.
 *
 * {@snippet class="dev.espalier.process.ProcessRequestsTest" region="requests"}
 *
 * <p>One of the two ends moves to the child whose body captures it, as the ends of a {@link ProcessChannel} do; both may, to two
 * children. Requests and replies travel as copies.
 *
 * <p><b>Threads.</b> The ends belong to the loop of their process.
 *
 * @param <Q> the requests
 * @param <A> the answers
 */
public final class ProcessRequests<Q extends @Nullable Object, A extends @Nullable Object> {
    private static final Duration MOST_TO_TELL = Duration.ofSeconds(10);

    private enum How { ANSWERED, FAILED, CANCELLED }

    /** What goes to the responder: a request, or that the one with this number is not wanted any more. */
    private record Request(long number, boolean cancels, @Nullable Object value) {
    }

    /** What comes back: an answer, or a failure with its text. */
    private record Reply(long number, How how, @Nullable Object value, String text) {
    }

    private final Caller<Q, A> caller;
    private final Responder<Q, A> responder;

    private ProcessRequests(Caller<Q, A> caller, Responder<Q, A> responder) {
        this.caller = caller;
        this.responder = responder;
    }

    /**
     * Opens both ends on the current loop.
     *
     * @param <Q> the requests
     * @param <A> the answers
     * @param atOnce how many requests may be out at once, 1 to 65 536; who calls more often waits
     * @return the two ends, of which one is to be captured by the body of a child
     * @throws IllegalStateException outside a loop
     */
    public static <Q extends @Nullable Object, A extends @Nullable Object> ProcessRequests<Q, A> open(int atOnce) {
        PoolOptions.check(atOnce >= 1 && atOnce <= 1 << 16, "atOnce", atOnce, "1 to 65536");
        // A request may be followed by its cancellation.
        ProcessChannel<Request> requests = ProcessChannel.open(2 * atOnce);
        ProcessChannel<Reply> replies = ProcessChannel.open(atOnce);
        return new ProcessRequests<>(new Caller<>(atOnce, requests.sender, replies.receiver),
                new Responder<>(requests.receiver, replies.sender));
    }

    /**
     * {@return the end that asks}
     */
    public Caller<Q, A> caller() {
        return caller;
    }

    /**
     * {@return the end that answers}
     */
    public Responder<Q, A> responder() {
        return responder;
    }

    /**
     * Answers one request. Whatever it throws is the failure of that request.
     *
     * @param <Q> the requests
     * @param <A> the answers
     */
    @FunctionalInterface
    public interface Handler<Q extends @Nullable Object, A extends @Nullable Object> {
        /**
         * Runs as a task of its own.
         *
         * @param request the request, a copy
         * @return the answer
         * @throws Exception the failure, which travels back
         */
        A answer(Q request) throws Exception;
    }

    /**
     * The end that asks.
     *
     * @param <Q> the requests
     * @param <A> the answers
     */
    public static final class Caller<Q extends @Nullable Object, A extends @Nullable Object>
            implements Serializable, AutoCloseable {
        private static final long serialVersionUID = 1L;

        private final int atOnce;
        private final ProcessSender<Request> requests;
        private final ProcessReceiver<Reply> replies;
        private transient @Nullable Calls<A> calls; // by the holder of the turn; made at the first call

        private Caller(int atOnce, ProcessSender<Request> requests, ProcessReceiver<Reply> replies) {
            this.atOnce = atOnce;
            this.requests = requests;
            this.replies = replies;
        }

        /**
         * Asks, and waits for the answer.
         *
         * <p><b>Cancellation.</b> Cancelled before the request went out, nothing was asked. Cancelled later, the task that
         * answers is cancelled, and this waits until that is told, 10 s at most, but not for its end.
         *
         * @param <X> what the answer may fail with
         * @param request the request
         * @return the answer
         * @throws X as the handler does, with its stack there as the innermost cause
         * @throws RemoteTaskException if that failure cannot travel, or the handler was cancelled there
         * @throws IllegalArgumentException if the request cannot travel
         * @throws ChannelClosedException if the other process has ended or answers no more; with the reason
         */
        @Awaits
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the handler may throw anything
        public <X extends Throwable> A call(Q request) throws X {
            Calls<A> open = calls == null ? new Calls<>(atOnce, replies) : calls;
            calls = open;
            return open.places.<A, X>withPermit(() -> {
                try {
                    return open.await(requests, request);
                } catch (Throwable failure) {
                    throw (X) failure;
                }
            });
        }

        /** No more requests come; the responder ends when it has answered those that are out. */
        @Override
        public void close() {
            requests.close();
        }

        @Override
        public String toString() {
            return "Caller[" + requests + (calls == null ? "" : ", " + calls.waiting.size() + " wait for an answer") + "]";
        }
    }

    /** The calls of one caller that are out. */
    private static final class Calls<A extends @Nullable Object> {
        // By the holder of the loop's turn.
        final AsyncSemaphore places;
        final Map<Long, Promise<A>> waiting = new HashMap<>();
        private final Receiver<Reply> replies;
        private long made;
        private CancelScope.@Nullable Registration registration;

        Calls(int atOnce, Receiver<Reply> replies) {
            this.places = AsyncSemaphore.of(atOnce);
            this.replies = replies;
        }

        @Awaits
        A await(Sender<Request> requests, @Nullable Object request) throws Throwable {
            long number = ++made;
            requests.send(new Request(number, false, request));
            Promise<A> reply = Promise.create("the answer to request " + number);
            waiting.put(number, reply);
            listen();
            try {
                return reply.await(Throwable.class);
            } catch (CancelledError cancelled) {
                if (waiting.remove(number) != null) {
                    revoke(requests, number);
                }
                throw cancelled;
            }
        }

        /** Also when those before it, which nobody waits for any more, have not yet been read. */
        @Awaits
        private static void revoke(Sender<Request> requests, long number) {
            try {
                Async.shield(MOST_TO_TELL, () -> requests.send(new Request(number, true, null)));
            } catch (ChannelClosedException over) {
                // Nobody answers it.
            }
        }

        private void listen() {
            if (registration == null) {
                registration = replies.onReady(this::take);
            }
        }

        private void take() {
            registration = null;
            try {
                for (Optional<Reply> next = replies.tryReceive(); next.isPresent(); next = replies.tryReceive()) {
                    took(next.get());
                }
            } catch (ChannelClosedException over) {
                Map<Long, Promise<A>> left = Map.copyOf(waiting);
                waiting.clear();
                left.values().forEach(each -> each.tryFail(new ChannelClosedException(
                        "nobody answers any more: " + over.getMessage(), over.getCause())));
                return;
            }
            if (!waiting.isEmpty()) {
                listen();
            }
        }

        @SuppressWarnings({"unchecked", "NullAway"}) // the responder's compiler has checked the type
        private void took(Reply reply) {
            Promise<A> waits = waiting.remove(reply.number());
            if (waits == null) {
                return; // cancelled here
            }
            switch (reply.how()) {
                case ANSWERED -> waits.trySucceed((A) reply.value());
                case FAILED -> waits.tryFail(Failures.there(reply.value(), "the other process", reply.text()));
                case CANCELLED -> waits.tryFail(new RemoteTaskException("the handler was cancelled: " + reply.text(), ""));
            }
        }
    }

    /**
     * The end that answers.
     *
     * @param <Q> the requests
     * @param <A> the answers
     */
    public static final class Responder<Q extends @Nullable Object, A extends @Nullable Object> implements Serializable {
        private static final long serialVersionUID = 1L;

        private final ProcessReceiver<Request> requests;
        private final ProcessSender<Reply> replies;

        private Responder(ProcessReceiver<Request> requests, ProcessSender<Reply> replies) {
            this.requests = requests;
            this.replies = replies;
        }

        /**
         * Answers requests, each in a task of its own, until the caller is closed.
         *
         * <p><b>Cancellation.</b> Cancels those that are being answered, which the caller gets to know.
         *
         * @param handler answers one
         * @throws ChannelClosedException if the process that asks is lost; with that as cause
         */
        @Awaits
        @SuppressWarnings({"unchecked", "NullAway"}) // the caller's compiler has checked the type
        public void serve(Handler<? super Q, ? extends A> handler) {
            TaskGroup.run(GroupPolicy.supervisor(), group -> {
                Map<Long, Task<?>> running = new HashMap<>();
                for (Request request : requests) {
                    Task<?> task = running.get(request.number());
                    if (!request.cancels()) {
                        running.put(request.number(), group.start("request " + request.number(), () -> {
                            try {
                                answer(request.number(), handler, (Q) request.value());
                            } finally {
                                running.remove(request.number());
                            }
                        }));
                    } else if (task != null) {
                        task.cancel("the request was cancelled");
                    }
                }
            });
            replies.close();
        }

        @Awaits
        @SuppressWarnings("IllegalCatch") // whatever a handler throws is an answer
        private void answer(long number, Handler<? super Q, ? extends A> handler, Q request) {
            try {
                tell(new Reply(number, How.ANSWERED, handler.answer(request), ""));
            } catch (CancelledError cancelled) {
                tell(new Reply(number, How.CANCELLED, null, cancelled.reason().message()));
                throw cancelled;
            } catch (Throwable failure) {
                String text = Failures.text(failure);
                try {
                    tell(new Reply(number, How.FAILED, failure, text));
                } catch (IllegalArgumentException cannotTravel) {
                    tell(new Reply(number, How.FAILED, null, text));
                }
            }
        }

        /** An answer is told also by one who is cancelled meanwhile. */
        @Awaits
        private void tell(Reply reply) {
            Async.shield(MOST_TO_TELL, () -> replies.send(reply));
        }

        @Override
        public String toString() {
            return "Responder[" + requests + "]";
        }
    }

    @Override
    public String toString() {
        return "ProcessRequests[" + caller + ", " + responder + "]";
    }
}
