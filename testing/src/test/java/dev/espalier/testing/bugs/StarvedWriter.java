package dev.espalier.testing.bugs;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import dev.espalier.testing.LoopTester;
import java.util.ArrayDeque;
import java.util.Deque;

/** Readers do not wait for a writer that waits: with two of them out of step, there is always one inside. */
final class StarvedWriter {
    static final Bug BUG = new Bug("starved writer", 1, StarvedWriter::run);
    private static final int ROUNDS = 8;

    private final boolean writersFirst;
    private final Deque<Promise<Integer>> waitingReaders = new ArrayDeque<>();
    private Promise<Integer> waitingWriter; // null: none
    private int readers;
    private boolean writing;
    private int overtook; // reads that began while the writer waited

    private StarvedWriter(boolean writersFirst) {
        this.writersFirst = writersFirst;
    }

    private static void run(LoopTester tester, boolean repaired) {
        var lock = new StarvedWriter(repaired);
        TaskGroup.run(group -> {
            for (int i = 0; i < 2; i++) {
                group.start("reader" + i, () -> {
                    for (int round = 0; round < ROUNDS; round++) {
                        lock.read();
                        checkpoint(); // does something else
                    }
                });
            }
            group.start("writer", lock::write);
        });
        assertThat(lock.overtook).as("reads that overtook the writer").isLessThan(ROUNDS);
    }

    private void read() {
        if (writing || (writersFirst && waitingWriter != null)) {
            Promise<Integer> place = Promise.create();
            waitingReaders.add(place);
            place.await(); // counted by who lets it in
        } else {
            readers++;
            overtook += waitingWriter == null ? 0 : 1;
        }
        checkpoint(); // reads
        checkpoint();
        if (--readers == 0 && waitingWriter != null) {
            writing = true;
            waitingWriter.succeed(0);
            waitingWriter = null;
        }
    }

    private void write() {
        if (readers > 0) {
            waitingWriter = Promise.create();
            waitingWriter.await();
        }
        writing = false;
        readers += waitingReaders.size();
        waitingReaders.forEach(place -> place.succeed(0));
        waitingReaders.clear();
    }
}
