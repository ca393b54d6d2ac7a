package dev.espalier.core;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Scheduler;
import dev.espalier.core.spi.CacheStatistics;
import dev.espalier.core.spi.ErrorReport;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A cache that loads what it does not have, each key once at a time: tasks that ask for a key under way wait for the
 * one load.
 *
 * <p>A load belongs to nobody who waits for it. It runs as a background child of the cache's group, with the context
 * variables of the place where the cache was opened, outside of all time limits of those who wait. A waiter that is
 * cancelled only leaves; when the last one has left, the load is cancelled. A failure reaches all who wait and is not
 * kept: the next one to ask loads again.
 *
 * {@snippet class="dev.espalier.core.CacheSnippetsTest" region="cache"}
 *
 * <p>It can be used until its group is left. Built on Caffeine, with the loop's clock and timers.
 *
 * <p><b>Threads.</b> It belongs to the loop of its group.
 *
 * @param <K> the keys, with {@code equals} and {@code hashCode}
 * @param <V> the values, not null
 */
public final class SingleFlightCache<K, V> {
    private final EventLoop loop;
    private final TaskGroup group;
    private final BodyWith<? super K, ? extends V, ?> loader;
    private final ContextVar.Context context = ContextVar.Context.capture();
    private final Cache<K, Kept<V>> values;
    private final long refreshNanos;

    // By the holder of the turn.
    private final Map<K, Load> loading = new HashMap<>(); // those whose value will be kept
    private long hits;
    private long misses;
    private long joined;
    private long loads;
    private long failures;
    private long cancellations;
    private long loadNanos;
    private long evictions;

    private record Kept<V>(V value, long writtenAt) {}

    private SingleFlightCache(TaskGroup group, CacheLimits limits, BodyWith<? super K, ? extends V, ?> loader) {
        this.loop = group.scope().loop;
        this.group = group;
        this.loader = loader;
        this.refreshNanos = limits.refreshAfterWrite() == null ? Nanos.MAX : Nanos.of(limits.refreshAfterWrite());
        // Its upkeep runs on the turn of the task that caused it: nothing else ever touches it, and its order is always
        // the same.
        Caffeine<Object, Object> builder = Caffeine.newBuilder()
                .maximumSize(limits.maximumSize())
                .ticker(loop::now)
                .executor(Runnable::run)
                .scheduler(new Expiry());
        if (limits.expireAfterWrite() != null) {
            builder.expireAfterWrite(limits.expireAfterWrite());
        }
        if (limits.expireAfterAccess() != null) {
            builder.expireAfterAccess(limits.expireAfterAccess());
        }
        this.values = builder.<K, Kept<V>>evictionListener((_, _, _) -> evictions++).build();
    }

    /**
     * Opens a cache.
     *
     * @param <K> the keys
     * @param <V> the values
     * @param group where its loads and timers live; when the group ends, loads are cancelled
     * @param limits what it keeps
     * @param loader loads the value of a key, not null; it may await
     * @return the cache
     */
    public static <K, V> SingleFlightCache<K, V> open(
            TaskGroup group, CacheLimits limits, BodyWith<? super K, ? extends V, ?> loader) {
        group.scope().loop.checkTurn(group);
        return new SingleFlightCache<>(group, limits, loader);
    }

    // ---- reading

    /**
     * Returns the value of a key, and loads it first if need be.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the caller stops waiting. If it was the last one to wait for
     * this load, the load is cancelled; it may still be unwinding when this method throws.
     *
     * @param key the key
     * @return its value
     * @throws TaskFailedException if the load failed; the failure is the cause
     * @throws TaskCancelledException if the load was cancelled by the end of its group
     * @throws IllegalStateException if the group has been left, or if a load of this key asks for the key
     */
    @Awaits
    public V get(K key) {
        Kept<V> kept = read(key);
        if (kept != null) {
            return kept.value;
        }
        Load load = join(key);
        try {
            return load.end.await();
        } finally {
            load.leave();
        }
    }

    /**
     * Returns the value of a key, and loads it first if need be; a failure of the given type comes out as itself.
     *
     * <p><b>Cancellation.</b> As {@link #get(Object)}.
     *
     * @param <X> the type
     * @param key the key
     * @param failure the type of failure to throw unwrapped
     * @return its value
     * @throws X if the load failed with one of those
     * @throws TaskFailedException if the load failed otherwise
     * @throws TaskCancelledException if the load was cancelled by the end of its group
     * @throws IllegalStateException if the group has been left, or if a load of this key asks for the key
     */
    @Awaits
    public <X extends Throwable> V get(K key, Class<X> failure) throws X {
        Kept<V> kept = read(key);
        if (kept != null) {
            return kept.value;
        }
        Load load = join(key);
        try {
            return load.end.await(failure);
        } finally {
            load.leave();
        }
    }

    /**
     * {@return the value of a key if it is kept; nothing is loaded, but an old value is refreshed}
     *
     * @param key the key
     * @throws IllegalStateException if the group has been left
     */
    public Optional<V> tryGet(K key) {
        checkOpen();
        Kept<V> kept = values.getIfPresent(key);
        if (kept == null) {
            return Optional.empty();
        }
        hit(key, kept);
        return Optional.of(kept.value);
    }

    private @Nullable Kept<V> read(K key) {
        checkOpen();
        Task.running().passPoint();
        Kept<V> kept = values.getIfPresent(key);
        if (kept == null) {
            misses++;
        } else {
            hit(key, kept);
        }
        return kept;
    }

    private void hit(K key, Kept<V> kept) {
        hits++;
        if (loop.now() - kept.writtenAt >= refreshNanos && !loading.containsKey(key)) {
            begin(key, true);
        }
    }

    private Load join(K key) {
        Load load = loading.get(key);
        if (load == null) {
            load = begin(key, false);
        } else {
            load.checkNotInside(Task.running());
            joined++;
        }
        load.waiters++;
        return load;
    }

    private Load begin(K key, boolean refresh) {
        var load = new Load(key, refresh);
        load.task = context.<Task<Void>, RuntimeException>bound(
                () -> group.startBackground("load of " + key, load::run));
        loading.put(key, load);
        return load;
    }

    // ---- writing

    /**
     * Keeps a value. A load of the key under way goes on for those who wait for it, and its value is not kept.
     *
     * @param key the key
     * @param value the value
     * @throws IllegalStateException if the group has been left
     */
    public void put(K key, V value) {
        checkOpen();
        Objects.requireNonNull(value, "a cache keeps no null; use an Optional");
        loading.remove(key);
        values.put(key, new Kept<>(value, loop.now()));
    }

    /**
     * Drops the value of a key. A load of the key under way goes on for those who wait for it, and its value is not
     * kept.
     *
     * @param key the key
     * @throws IllegalStateException if the group has been left
     */
    public void invalidate(K key) {
        checkOpen();
        loading.remove(key);
        values.invalidate(key);
    }

    /**
     * Drops all values; as {@link #invalidate} for each key.
     *
     * @throws IllegalStateException if the group has been left
     */
    public void invalidateAll() {
        checkOpen();
        loading.clear();
        values.invalidateAll();
    }

    /**
     * {@return counts}
     */
    public CacheStatistics statistics() {
        checkOpen();
        values.cleanUp();
        return new CacheStatistics(hits, misses, joined, loads, failures, cancellations, loadNanos, evictions,
                values.estimatedSize(), loading.size());
    }

    private void checkOpen() {
        loop.checkTurn(this);
        if (group.isLeft()) {
            throw new IllegalStateException("a cache was used after its group was left: " + this
                    + "; open it in a group that lives longer");
        }
    }

    @Override
    public String toString() {
        return "SingleFlightCache[" + values.estimatedSize() + " kept, loading " + loading.keySet() + "]";
    }

    /** One load and those who wait for it. By the holder of the turn. */
    private final class Load {
        private final K key;
        private final boolean refresh;
        private final Promise<V> end;
        private @Nullable Task<Void> task; // null while it is being started
        private int waiters;
        private boolean ended;

        private Load(K key, boolean refresh) {
            this.key = key;
            this.refresh = refresh;
            this.end = Promise.create("load of " + key);
        }

        private void run() {
            long begun = loop.now();
            try {
                V value = Objects.requireNonNull(loader.run(key), () -> "the loader returned null for " + key);
                loads++;
                loadNanos += loop.now() - begun;
                if (ended()) {
                    values.put(key, new Kept<>(value, loop.now()));
                }
                end.succeed(value);
            } catch (CancelledError e) {
                cancellations++;
                ended();
                end.tryCancel(e.reason().toString());
                throw e;
            } catch (Throwable e) {
                failures++;
                ended();
                fail(e);
            }
        }

        /** Whether the value is to be kept: nothing was put or invalidated since, and not all waiters have left. */
        private boolean ended() {
            ended = true;
            return loading.remove(key, this);
        }

        private void fail(Throwable failure) {
            if (waiters > 0) {
                end.fail(failure);
            } else {
                String what = refresh
                        ? "a refresh of '" + key + "' failed; its old value stays"
                        : "a cancelled load of '" + key + "' failed";
                loop.report(new ErrorReport(ErrorReport.Kind.TASK, what, failure, Task.running().name()));
            }
            if (failure instanceof VirtualMachineError fatal) {
                throw fatal;
            }
        }

        private void leave() {
            if (--waiters == 0 && !ended && !refresh && task != null) {
                loading.remove(key, this); // who asks from now on must not get what is being cancelled
                task.cancel("nobody waits for it any more");
            }
        }

        private void checkNotInside(Task<?> caller) {
            for (ScopeNode node = caller; node != null; node = node.parent) {
                if (node == task) {
                    throw new IllegalStateException("the load of '" + key
                            + "' asks the cache for the same key: it would wait for itself for ever");
                }
            }
        }
    }

    /**
     * Lets values go at their time, and not only when the cache is used next: a timer is a background child of the
     * group.
     */
    private final class Expiry implements Scheduler {
        @Override
        public Future<?> schedule(Executor executor, Runnable command, long delay, TimeUnit unit) {
            var fired = new CompletableFuture<Boolean>();
            Task<Void> timer = group.startBackground("expiry of cached values", () -> {
                Async.sleep(Duration.of(delay, unit.toChronoUnit()));
                if (fired.complete(true)) {
                    executor.execute(command);
                }
            });
            fired.whenComplete((_, _) -> {
                if (fired.isCancelled()) {
                    timer.cancel("set anew");
                }
            });
            return fired;
        }
    }
}
