package dev.espalier.process;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Permits in the process that keeps them: who has some and who waits, in this process and in its children.
 */
final class PermitHome implements Permits {
    // First come, first served: while somebody waits, nobody passes. The lock is held for a few instructions, in which no code of
    // others runs; answers are given behind it.
    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final Map<Long, PermitHome> ALL = new ConcurrentHashMap<>();

    /** Who asks, and under which number; the peer is null for this process. */
    private record Asker(@Nullable PermitPeer peer, long request) {
    }

    private record Waiting(Asker asker, int count, CompletableFuture<Answer> answer) {
    }

    private record Due(CompletableFuture<Answer> answer, Answer how) {
    }

    private final long number = NUMBERS.incrementAndGet();
    private final int total;
    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock.
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private final Map<Asker, Integer> held = new HashMap<>();
    private int free;
    /** Somebody was lost who held some; the next holder gets to know. */
    private boolean loss;
    private boolean closed;

    private PermitHome(int total) {
        this.total = total;
        this.free = total;
    }

    static PermitHome of(int total) {
        PermitHome made = new PermitHome(total);
        ALL.put(made.number, made);
        return made;
    }

    static @Nullable PermitHome numbered(long number) {
        return ALL.get(number);
    }

    /** A child is dead and buried. */
    static void left(PermitPeer peer) {
        ALL.values().forEach(each -> each.leftBy(peer));
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public long owner() {
        return ProcessHandle.current().pid();
    }

    @Override
    public void acquire(long request, int count, CompletableFuture<Answer> answer) {
        acquire(null, request, count, answer);
    }

    @Override
    public void release(long request, boolean withLoss) {
        release(null, request, withLoss);
    }

    void acquire(@Nullable PermitPeer peer, long request, int count, CompletableFuture<Answer> answer) {
        List<Due> due;
        lock.lock();
        try {
            queue.add(new Waiting(new Asker(peer, request), Math.clamp(count, 1, total), answer));
            due = serve();
        } finally {
            lock.unlock();
        }
        tell(due);
    }

    void release(@Nullable PermitPeer peer, long request, boolean withLoss) {
        Asker asker = new Asker(peer, request);
        List<Due> due;
        lock.lock();
        try {
            free(asker, withLoss);
            queue.removeIf(each -> each.asker.equals(asker));
            due = serve();
        } finally {
            lock.unlock();
        }
        tell(due);
    }

    private void leftBy(PermitPeer peer) {
        List<Due> due;
        lock.lock();
        try {
            queue.removeIf(each -> each.asker.peer == peer);
            for (Asker each : List.copyOf(held.keySet())) {
                if (each.peer == peer) {
                    free(each, true);
                }
            }
            due = serve();
        } finally {
            lock.unlock();
        }
        tell(due);
    }

    /** Whoever waits gets to know; whoever has some may give them back. */
    @Override
    public void close() {
        List<Due> due;
        lock.lock();
        try {
            closed = true;
            due = serve();
        } finally {
            lock.unlock();
        }
        ALL.remove(number);
        tell(due);
    }

    private void free(Asker asker, boolean withLoss) {
        Integer count = held.remove(asker);
        if (count != null) {
            free += count;
            loss |= withLoss;
        }
    }

    private List<Due> serve() {
        List<Due> due = new ArrayList<>(1);
        for (Iterator<Waiting> each = queue.iterator(); each.hasNext();) {
            Waiting next = each.next();
            if (closed) {
                due.add(new Due(next.answer, Answer.CLOSED));
            } else if (next.count <= free) {
                free -= next.count;
                held.put(next.asker, next.count);
                due.add(new Due(next.answer, loss ? Answer.AFTER_LOSS : Answer.GRANTED));
                loss = false;
            } else {
                break;
            }
            each.remove();
        }
        return due;
    }

    private static void tell(List<Due> due) {
        due.forEach(each -> each.answer.complete(each.how));
    }

    @Override
    public String toString() {
        lock.lock();
        try {
            return number + ", " + (closed ? "closed" : free + " of " + total + " free, held by " + holders() + ", "
                    + queue.size() + " wait");
        } finally {
            lock.unlock();
        }
    }

    private List<String> holders() {
        return held.keySet().stream().map(each -> each.peer == null ? "this process" : each.peer.toString()).sorted().toList();
    }
}
