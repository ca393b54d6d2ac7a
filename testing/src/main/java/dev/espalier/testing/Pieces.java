package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.ContextVar;
import dev.espalier.core.VoidBody;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A body that comes in pieces, handed in one after the other by a thread outside: the constructor, the lifecycle
 * methods and the method of one JUnit test. All run in the task of the body, so in one scope. Between two of them that
 * task waits for something outside the loop; so time stands still, and nobody speaks of a deadlock.
 *
 * <p>The run is waited for by a thread of its own, the keeper. A piece that fails leaves the run alive, for those that
 * clean up. If the run hangs in a piece, the body is cancelled and that piece fails; what cleans up afterwards is
 * shielded. Once the run is over, it runs outside.
 */
final class Pieces {
    /** While time stands still it never passes. */
    private static final Duration LONG = Duration.ofDays(1);

    private final LoopTester tester;
    private final Duration cleanup;
    private final Thread keeper;
    private final CompletableFuture<Optional<Throwable>> over = new CompletableFuture<>(); // of the run, by the keeper

    /** What was thrown to the outside. By one thread after the other, or by one that JUnit's timeout has left behind. */
    private final List<Throwable> told = new CopyOnWriteArrayList<>();

    /** Replaced by the body before it ends a piece, so before the thread outside hands in another. */
    private volatile CompletableFuture<Optional<Piece>> next = new CompletableFuture<>();

    // By the holder of the turn, and by the driving thread while nobody holds it.
    private @Nullable CancelScope root;
    private @Nullable Piece current;
    private @Nullable Throwable verdict; // why the body was cancelled
    private @Nullable Throwable first; // failure of a piece

    /** One of the pieces. */
    private static final class Piece {
        private final ContextVar.Context context = ContextVar.Context.capture();
        private final VoidBody<?> body;
        private final CompletableFuture<Optional<Throwable>> end = new CompletableFuture<>();
        private volatile boolean begun; // by the body, read by the thread outside

        private Piece(VoidBody<?> body) {
            this.body = body;
        }
    }

    Pieces(LoopTester tester, Duration cleanup) {
        this.tester = tester;
        this.cleanup = cleanup;
        this.keeper = Thread.ofVirtual().name("espalier-test-keeper").unstarted(this::keep);
    }

    void start() {
        Watchdog.checkOutsideLoops();
        keeper.start();
    }

    private void keep() {
        try {
            tester.execute(_ -> body());
            over.complete(Optional.empty());
        } catch (Throwable e) {
            over.complete(Optional.of(e));
        }
    }

    // ---- the thread outside

    /**
     * Runs a piece in the task of the body, and waits for it.
     *
     * @param always it cleans up, so it runs outside if the run is over
     */
    void run(boolean always, VoidBody<?> body) throws Throwable {
        var piece = new Piece(body);
        next.complete(Optional.of(piece));
        await(piece.end);
        if (piece.end.isDone()) {
            tell(piece.end.join());
        } else if (piece.begun || !always) {
            tell(over.join());
        } else {
            body.run();
        }
    }

    /** Ends the body, and waits for the end of the run. Throws what has not been thrown yet. */
    void close() throws Exception {
        next.complete(Optional.empty());
        await(over);
        Throwable failure = over.join().orElse(null);
        if (told.stream().noneMatch(known -> known == failure)) {
            try {
                tell(over.join());
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError("the test threw neither an Exception nor an Error", e);
            }
        }
    }

    private void tell(Optional<Throwable> failure) throws Throwable {
        if (failure.isPresent()) {
            told.add(failure.get());
            throw failure.get();
        }
    }

    /** Until that or the run is over. An interrupt goes to the keeper, who gives the run up. */
    private void await(CompletableFuture<?> end) {
        CompletableFuture<?> news = CompletableFuture.anyOf(end, over);
        boolean interrupted = false;
        while (!news.isDone()) {
            try {
                news.get();
            } catch (InterruptedException e) {
                interrupted = true;
                keeper.interrupt();
            } catch (ExecutionException e) {
                throw new CompletionException("nobody fails these futures", e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- the body

    @Awaits
    private void body() throws Throwable {
        root = CancelScope.current();
        for (Optional<Piece> piece = take(); piece.isPresent(); piece = take()) {
            perform(piece.get());
        }
        if (first != null) {
            throw first; // so the run knows what explains the rest
        }
    }

    @Awaits
    private Optional<Piece> take() {
        CompletableFuture<Optional<Piece>> coming = next;
        Optional<Piece> piece =
                verdict == null ? Async.await(coming) : Async.shield(LONG, () -> Async.await(coming));
        next = new CompletableFuture<>();
        return piece;
    }

    @Awaits
    private void perform(Piece piece) {
        // A group that was left open must be closed in its own scope, and a shield would be another one.
        boolean late = verdict != null;
        boolean shielded = late && CancelScope.current() == root;
        Throwable thrown = null;
        piece.begun = true;
        current = piece;
        try {
            VoidBody<?> body = () -> piece.context.run(piece.body);
            if (shielded) {
                Async.shield(cleanup, body);
            } else {
                body.run();
            }
        } catch (Throwable e) {
            thrown = e;
        }
        current = null;
        if (thrown instanceof CancelledError cancelled && verdict == null) {
            throw cancelled; // the run is over, and says why
        }
        Throwable failure = late ? thrown : Failures.first(Arrays.asList(verdict, thrown));
        first = first == null ? failure : first;
        piece.end.complete(Optional.ofNullable(failure));
    }

    /** Lets the piece that is under way fail, instead of the run; false if there is none, or at the second time. */
    boolean giveUp(Throwable why) {
        if (current == null || verdict != null) {
            return false;
        }
        verdict = why;
        return true;
    }
}
