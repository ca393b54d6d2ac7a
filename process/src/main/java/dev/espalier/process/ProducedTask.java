package dev.espalier.process;

import dev.espalier.core.Awaits;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Channel;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A task that gives many values while it runs.
 */
final class ProducedTask<T> extends PoolTask<@Nullable Void> {
    // Everything here belongs to the loop of the pool.
    /** No more comes than there was room for. */
    private final Channel<T> arrived = Channel.unlimited();
    private final PoolCalls calls;
    private final int capacity;
    private int granted;
    private int received;
    private @Nullable WorkerLink at;
    private @Nullable Throwable unreadable;

    ProducedTask(PoolCalls calls, Lane lane, RemoteProducer<T, ?> producer, byte[] call, int capacity) {
        super(calls.dispatcher(), lane, calls.nextNumber(), producer.getClass(), call);
        this.calls = calls;
        this.capacity = capacity;
        onDone(this::ended);
    }

    /** What it gave would come again. */
    @Override
    int attempts() {
        return 1;
    }

    @Override
    void sent(WorkerLink to, long as, long waited) {
        super.sent(to, as, waited);
        at = to;
        granted = capacity;
    }

    @Override
    @SuppressWarnings("unchecked") // The child ran the producer whose type the compiler has checked.
    void part(Decoder answer) throws ProtocolException {
        if (--granted < 0) {
            throw new ProtocolException(name() + " gave more values than there was room for");
        }
        try {
            Object value = answer.last();
            if (value != null && unreadable == null) {
                arrived.sender().trySend((T) value);
            }
        } catch (EncodingException bad) {
            unreadable = new RemoteTaskException("a value of " + name() + " cannot be read: " + bad, "", bad);
            cancel("a value cannot be read");
        }
    }

    private void taken() {
        WorkerLink to = at;
        if (++received >= (capacity + 1) / 2 && to != null && state() instanceof Pending) {
            granted += received;
            to.room(sequence(), received);
            received = 0;
        }
    }

    private void ended() {
        if (unreadable != null) {
            arrived.sender().fail(unreadable);
        } else if (state() instanceof Succeeded<?>) {
            arrived.sender().close();
        } else {
            arrived.sender().fail(failure());
        }
    }

    /** Hands out what it gives, as a task of a group that ends it when nobody receives any more. */
    Receiver<T> start(TaskGroup group) {
        return Channel.produce(group, 0, this::run);
    }

    @Awaits
    private void run(Sender<? super T> out) {
        calls.submit(this);
        try {
            for (T value : arrived.receiver()) {
                out.send(value);
                taken();
            }
        } catch (ChannelClosedException over) {
            // Its own end, or nobody receives any more.
            calls.end(List.of(this), "nobody receives its values any more");
            out.fail(over.getCause() == null ? over : over.getCause());
        } catch (CancelledError cancelled) {
            calls.end(List.of(this), cancelled.reason().message());
            throw cancelled;
        }
    }
}
