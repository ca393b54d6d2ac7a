package dev.espalier.process;

import java.util.Objects;

/**
 * The child's side of a task that gives many values.
 */
final class ChildEmitter<T> implements RemoteProducer.Emitter<T> {
    private final ChildTasks tasks;
    private final long task;
    private final Thread owner = Thread.currentThread();
    /** For how many values there is room in the parent; taken by the owner, given by the main thread, under the monitor. */
    private int room;
    private boolean over; // the owner's

    ChildEmitter(ChildTasks tasks, long task, int room) {
        this.tasks = tasks;
        this.task = task;
        this.room = room;
    }

    @Override
    public void emit(T value) throws InterruptedException {
        Objects.requireNonNull(value, "a stream carries no null");
        if (Thread.currentThread() != owner || over) {
            throw new IllegalStateException(over ? "the producer has ended, and its emitter with it"
                    : "only the thread that runs the producer may emit, not " + Thread.currentThread().getName());
        }
        // A cancellation is a level: a producer that has swallowed it meets it again.
        if (Thread.interrupted() || tasks.isCancelled(task)) {
            throw new InterruptedException("the task was cancelled");
        }
        takeRoom();
        try {
            tasks.emit(task, value);
        } catch (EncodingException bad) {
            giveRoom(task, 1);
            throw new IllegalArgumentException("the value cannot be sent to the parent: " + bad.getMessage(), bad);
        }
    }

    private synchronized void takeRoom() throws InterruptedException {
        while (room <= 0) {
            wait();
        }
        room--;
    }

    /** Called by the main thread; room for a task that has ended is of no use to another. */
    synchronized void giveRoom(long to, int more) {
        if (to == task) {
            room += more;
            notifyAll();
        }
    }

    void end() {
        over = true;
    }
}
