package dev.espalier.process;

import dev.espalier.core.Awaitable;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls of one function for some arguments in a row: they travel together and run one after the other in one child, and
 * each has an outcome of its own.
 */
final class Chunk<A extends @Nullable Object, T extends @Nullable Object> extends PoolTask<@Nullable Void> {
    // Items run in their order, so those with an outcome are always the first ones. What comes back with items left,
    // because a worker died or was asked to share, is cut and sent again without those that have an outcome. An item
    // that had begun when its worker died fails alone; where items may be tried again it goes back first, without the others.

    /** Stands where a value would be. */
    private record Problem(Awaitable.State<?> state) {
    }

    // Everything here belongs to the loop of the pool.
    private final PoolStream<A, T> stream;
    /** The number of the first item in its stream, from 1. */
    private final long offset;
    /** Empty where nobody asks for them. */
    private final List<A> arguments;
    private @Nullable Object[] outcomes;
    /** How many items there are; others may take away the last ones. */
    private int size;
    private int done;
    private int read;
    /** The item at which {@link #call()} begins. */
    private int first;
    /** True when it comes back with more than one item and half of them shall go elsewhere. */
    private boolean halve;
    /** The same for all but the first, with which a worker died. */
    private boolean isolate;
    /** True when an item failed after the chunk was cancelled: nobody can tell whether it would have failed. */
    private boolean interrupted;

    /** The neighbours in the order of the stream, which writes and reads them. */
    @Nullable Chunk<A, T> previous;
    @Nullable Chunk<A, T> next;
    /** True while it is among those that can be read; by the stream. */
    private boolean listed;

    Chunk(PoolStream<A, T> stream, long offset, byte[] call, int size, List<A> arguments) {
        super(stream.dispatcher(), stream.lane(), stream.nextNumber(), stream.function(), call);
        this.stream = stream;
        this.offset = offset;
        this.size = size;
        this.arguments = arguments;
        this.outcomes = new @Nullable Object[size];
    }

    int size() {
        return size;
    }

    @Override
    int calls() {
        return size - first;
    }

    boolean isListed() {
        return listed;
    }

    void listed(boolean now) {
        listed = now;
    }

    /** No item is without an outcome, and all were read. */
    boolean isConsumed() {
        return read == size;
    }

    // ---- the reader

    boolean hasUnread() {
        return read < done;
    }

    int read() {
        return read;
    }

    /** Takes the next outcome, which there is. */
    @SuppressWarnings({"unchecked", "NullAway"}) // The child ran the function whose type the compiler has checked.
    <X extends Throwable> T nextValue() throws X {
        Object outcome = outcomes[read];
        if (outcome instanceof Problem) {
            throw ProcessPool.<X>here(failureOf(nextState()));
        }
        outcomes[read++] = null;
        return (T) outcome;
    }

    /** Takes the next outcome, which there is. */
    @SuppressWarnings({"unchecked", "NullAway"}) // As above.
    Awaitable.State<T> nextState() {
        Object outcome = outcomes[read];
        outcomes[read++] = null;
        return outcome instanceof Problem(var state) ? (Awaitable.State<T>) state
                : new Awaitable.Succeeded<>((T) outcome);
    }

    /** The argument of the outcome that is taken next. */
    A nextArgument() {
        return arguments.get(read);
    }

    Throwable failureOf(Awaitable.State<T> state) {
        return state instanceof Awaitable.Failed<T>(var failure) ? failure : failure();
    }

    // ---- answers

    @Override
    void part(Decoder answer) {
        long nanos = answer.getFixedInt();
        int before = done;
        take(answer);
        stream.measured(done - before, nanos);
        stream.arrived(this);
    }

    @Override
    void answered(Decoder answer) {
        part(answer);
        if (done == size) {
            finish();
        } else if (interrupted) {
            cancelled("was interrupted");
        } else if (isOverLimit()) {
            // It had not come to its item: reading the function took so long.
            failed(limitFailure(null));
        } else {
            dispatcher().returned(this);
        }
    }

    private void take(Decoder answer) {
        Decoder item = new Decoder(answer.symbols());
        while (!answer.atEnd() && !interrupted) {
            int length = answer.getFixedInt();
            int sort = answer.getByte();
            int from = answer.take(length);
            if (done == size) {
                throw new EncodingException("there are more outcomes than items");
            }
            if (sort == ManyCalls.FAILURE && cancelReason() != null) {
                interrupted = true;
            } else {
                add(outcome(sort, item.over(answer.array(), from, from + length)));
            }
        }
    }

    private @Nullable Object outcome(int sort, Decoder in) {
        try {
            return sort == ManyCalls.VALUE ? in.last() : problem(itemFailure(Failures.read(in, itemName())));
        } catch (EncodingException bad) {
            return problem(new RemoteTaskException("the outcome of " + itemName() + " cannot be read: " + bad, "",
                    bad));
        }
    }

    private Throwable itemFailure(Throwable failure) {
        return isOverLimit() ? limitFailure(failure) : failure;
    }

    private static Problem problem(Throwable failure) {
        return new Problem(new Awaitable.Failed<>(failure));
    }

    /** What the first item without an outcome is called. */
    private String itemName() {
        return "item " + (offset + done) + " of " + name();
    }

    private void add(@Nullable Object outcome) {
        outcomes[done++] = outcome;
        forgetLosses();
    }

    private void finish() {
        succeeded(null);
        stream.ended(this);
    }

    // ---- what goes wrong

    /** An argument could not be written. */
    void unfit(Throwable failure) {
        add(problem(failure));
        finish();
    }

    @Override
    void failed(Throwable failure) {
        fill(new Problem(new Awaitable.Failed<>(failure)));
        super.failed(failure);
        stream.ended(this);
    }

    @Override
    void cancelled(String how) {
        super.cancelled(how);
        fill(new Problem(state()));
        stream.ended(this);
    }

    private void fill(Problem problem) {
        Arrays.fill(outcomes, done, size, problem);
        done = size;
    }

    @Override
    boolean lost(Loss loss, boolean suspect) {
        if (cancelReason() != null || isOverLimit()) {
            return super.lost(loss, suspect);
        }
        int before = done;
        if (loss.hasStarted(this)) {
            lostWhileRunning(loss);
        } else if (suspect) {
            lostBeforeRunning(loss);
        }
        if (done > before) {
            stream.arrived(this);
        }
        if (done == size) {
            finish();
        } else {
            dispatcher().returned(this);
        }
        return done > before;
    }

    private void lostWhileRunning(Loss loss) {
        ItemMemory.Rest rest = loss.link().rest(this);
        int known = done - first - rest.from();
        for (int i = known; i < 0 && done < size; i++) {
            // It has ended, and its outcome is lost.
            if (lostItem(loss)) {
                return;
            }
        }
        takeRest(rest, known, loss.link().decoder(rest.outcomes()));
        if (rest.begun() >= done - first && done < size) {
            lostItem(loss);
        } else if (rest.begun() < 0) {
            lostWithoutItem(loss);
        }
    }

    /** It died of reading the function, or of something else. */
    private void lostWithoutItem(Loss loss) {
        WorkerLostException failure = met(loss, name(), false);
        if (failure != null) {
            fill(problem(failure));
        }
    }

    private void takeRest(ItemMemory.Rest rest, int known, Decoder in) {
        for (int i = 0; i < rest.items(); i++) {
            int length = in.getFixedInt();
            int sort = in.getByte();
            int from = in.take(length);
            if (i >= known && done < size) {
                add(outcome(sort, new Decoder(in.symbols()).over(in.array(), from, from + length)));
            }
        }
    }

    /** The first item without an outcome was lost with its worker; gives whether it may be tried again. */
    private boolean lostItem(Loss loss) {
        WorkerLostException failure = met(loss, itemName(), true);
        if (failure != null) {
            add(problem(failure));
        }
        isolate = failure == null;
        return isolate;
    }

    // When so many children died of taking it, one of the items may be too much for them: the halves are tried alone.
    private void lostBeforeRunning(Loss loss) {
        WorkerLostException failure = met(loss, itemName(), false);
        if (failure == null) {
            return;
        }
        if (size - done > 1) {
            halve = true;
        } else {
            add(problem(failure));
        }
    }

    // ---- coming back

    @Override
    boolean isDivisible() {
        return size - done > 1;
    }

    @Override
    void returned() {
        halve |= isRecalled();
        super.returned();
        if (isWaiting()) {
            if (isolate && size - done > 1) {
                giveAway(done + 1);
            } else if (halve && size - done > 1) {
                giveAway(done + (size - done + 1) / 2);
            }
            halve = false;
            isolate = false;
            call(ManyCalls.cut(call(), stream.head(), done - first, size - first));
            first = done;
        }
    }

    private void giveAway(int from) {
        byte[] call = ManyCalls.cut(call(), stream.head(), from - first, size - first);
        List<A> theirs = arguments.isEmpty() ? arguments : arguments.subList(from, size);
        Chunk<A, T> rest = new Chunk<>(stream, offset + from, call, size - from, theirs);
        if (!isolate) {
            rest.suspectedLike(this);
        }
        outcomes = Arrays.copyOf(outcomes, from);
        size = from;
        stream.insert(this, rest);
        dispatcher().enqueueFirst(rest);
    }
}
