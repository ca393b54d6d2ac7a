package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.CancelledError;
import dev.espalier.core.EventLoop;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Permits that tasks of several processes take in turn, as one of these processes sees them: the one that keeps them, or another.
 */
sealed interface Permits permits PermitHome, RemotePermits {
    /** How a request ended. */
    enum Answer {
        /** It has its permits. */
        GRANTED,
        /** The same; somebody who held some has ended without giving them back. */
        AFTER_LOSS,
        /** They were closed. */
        CLOSED
    }

    AtomicLong REQUESTS = new AtomicLong();

    /** Asks for permits; the answer comes in any thread. */
    void acquire(long request, int count, CompletableFuture<Answer> answer);

    /** A request is over, whether it waits or has its permits; with a loss, the next holder gets to know. */
    void release(long request, boolean loss);

    /** Ends them; does nothing where they are not kept. */
    default void close() {
    }

    /** The process that keeps them. */
    long owner();

    long number();

    /** What was taken, until it is given back. */
    final class Grant implements AutoCloseable {
        final boolean afterLoss;
        private final Permits from;
        private final long request;
        private final AtomicBoolean over = new AtomicBoolean();

        Grant(Permits from, long request, boolean afterLoss) {
            this.from = from;
            this.request = request;
            this.afterLoss = afterLoss;
        }

        @Override
        public void close() {
            if (over.compareAndSet(false, true)) {
                from.release(request, false);
            }
        }

        boolean isOver() {
            return over.get();
        }

        /** Whoever took it has ended. */
        void lose() {
            if (over.compareAndSet(false, true)) {
                from.release(request, true);
            }
        }
    }

    /** Waits for permits; on a loop the task does, elsewhere the thread. */
    @Awaits
    static Grant take(Permits from, int count, Object what) {
        long request = REQUESTS.incrementAndGet();
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        from.acquire(request, count, answer);
        Answer how;
        try {
            how = EventLoop.currentIfAny() == null ? block(answer, what) : Async.await(answer);
        } catch (CancelledError | RuntimeException cancelled) {
            from.release(request, false);
            throw cancelled;
        }
        if (how == Answer.CLOSED) {
            throw new IllegalStateException(what + " is closed");
        }
        Grant grant = new Grant(from, request, how == Answer.AFTER_LOSS);
        TaskGrants.add(grant);
        return grant;
    }

    private static Answer block(CompletableFuture<Answer> answer, Object what) {
        try {
            return answer.get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            CancellationException cancelled = new CancellationException("interrupted while waiting for " + what);
            cancelled.initCause(interrupted);
            throw cancelled;
        } catch (ExecutionException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
