package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Receiver;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tasks that give many values. One pool for all of it.
 */
@Timeout(60)
class ProduceTest {
    record Line(int number, String text) {
    }

    @TempDir
    private Path folder;

    private static void lines(int count, RemoteProducer.Emitter<Line> out) throws InterruptedException {
        for (int i = 1; i <= count; i++) {
            out.emit(new Line(i, "line " + i));
        }
    }

    private static void failsAfter(int count, RemoteProducer.Emitter<Line> out)
            throws InterruptedException, IOException {
        lines(count, out);
        throw new IOException("torn after " + count);
    }

    private static void diesAfter(int count, RemoteProducer.Emitter<Line> out) throws InterruptedException {
        lines(count, out);
        Runtime.getRuntime().halt(7);
    }

    /** Says in a file how many it could give until it was told to end, which it tries to ignore once. */
    private static void givesForEver(String file, RemoteProducer.Emitter<Line> out)
            throws IOException, InterruptedException {
        int given = 0;
        try {
            while (true) {
                out.emit(new Line(given, ""));
                given++;
            }
        } catch (InterruptedException told) {
            try {
                out.emit(new Line(-1, "once more"));
                given = -1;
            } catch (InterruptedException again) {
                Files.writeString(Path.of(file + ".tmp"), Integer.toString(given));
                Files.move(Path.of(file + ".tmp"), Path.of(file));
            }
        }
    }

    private static void givesWhatCannotTravel(RemoteProducer.Emitter<Object> out) throws InterruptedException {
        try {
            out.emit(new Object());
        } catch (IllegalArgumentException unfit) {
            out.emit("it said: " + unfit.getMessage());
        }
    }

    private static void triesOnAnotherThread(RemoteProducer.Emitter<String> out) throws InterruptedException {
        BlockingQueue<String> said = new LinkedBlockingQueue<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                out.emit("from another thread");
                said.add("sent");
            } catch (InterruptedException | IllegalStateException refused) {
                said.add(refused.getMessage());
            }
        });
        out.emit(said.take());
    }

    private static List<Integer> numbersUntilTheEnd(Receiver<Line> lines, List<Throwable> failures) {
        List<Integer> seen = new ArrayList<>();
        try {
            lines.forEach(line -> seen.add(line.number()));
        } catch (ChannelClosedException end) {
            failures.add(end.getCause());
        }
        return seen;
    }

    @Test
    @DisplayName("1C14: a task gives many values, with back-pressure; cancellation, failure and loss cross the border")
    void valuesComeOneAfterTheOther() throws IOException {
        TestPools.run(ONE, pool -> {
            TaskGroup.run(group -> {
                allComeInOrder(pool, group);
                failureComesBehindTheValues(pool, group);
                whatCannotTravelIsToldToTheProducer(pool, group);
                assertThat(pool.produce(group, 1, ProduceTest::triesOnAnotherThread).stream()).singleElement().asString()
                        .startsWith("only the thread that runs the producer may emit");
                lossComesBehindTheValues(pool, group);
            });
            closingTheReceiverEndsTheProducer(pool);
            theEndOfTheGroupEndsTheProducer(pool);
        });
    }

    private void allComeInOrder(ProcessPool pool, TaskGroup group) {
        int sum = 0;
        int count = 1000;
        // @start region="produce"
        Receiver<Line> lines = pool.produce(group, 16, out -> lines(count, out)); // which calls out.emit(...)
        for (Line line : lines) {
            sum += line.number();
        }
        // @end
        assertThat(sum).isEqualTo(count * (count + 1) / 2);
        assertThat(pool.<Line>produce(group, 1, out -> lines(3, out)).stream())
                .containsExactly(new Line(1, "line 1"), new Line(2, "line 2"), new Line(3, "line 3"));
    }

    private void failureComesBehindTheValues(ProcessPool pool, TaskGroup group) {
        List<Throwable> failures = new ArrayList<>();
        assertThat(numbersUntilTheEnd(pool.produce(group, 2, out -> failsAfter(5, out)), failures))
                .containsExactly(1, 2, 3, 4, 5);
        assertThat(failures).singleElement().isInstanceOfSatisfying(IOException.class,
                failure -> assertThat(failure).hasMessage("torn after 5"));
    }

    private void whatCannotTravelIsToldToTheProducer(ProcessPool pool, TaskGroup group) {
        assertThat(pool.produce(group, 1, ProduceTest::givesWhatCannotTravel).stream()).singleElement().asString()
                .contains("it said: the value cannot be sent to the parent: ");
        Object unfit = new Object();
        assertThatThrownBy(() -> pool.<Integer>produce(group, 1, out -> out.emit(unfit.hashCode())))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.<Integer>produce(group, 0, out -> out.emit(1)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("capacity is 0");
    }

    private void lossComesBehindTheValues(ProcessPool pool, TaskGroup group) {
        List<Throwable> failures = new ArrayList<>();
        Receiver<Line> lines = pool.with(TaskOptions.defaults().withAttempts(3))
                .produce(group, 4, out -> diesAfter(9, out));
        assertThat(numbersUntilTheEnd(lines, failures)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(failures).singleElement().isInstanceOf(WorkerLostException.class);
    }

    private void closingTheReceiverEndsTheProducer(ProcessPool pool) throws IOException {
        String file = folder.resolve("closed").toString();
        TaskGroup.run(group -> {
            Receiver<Line> lines = pool.produce(group, 8, out -> givesForEver(file, out));
            for (int i = 0; i < 20; i++) {
                assertThat(lines.receive().number()).isEqualTo(i);
            }
            lines.close();
        });
        // 20 were received, one may be in the hand of the task that feeds the receiver, and room comes in halves.
        assertThat(Integer.parseInt(Files.readString(Path.of(file)))).isBetween(20, 20 + 1 + 8);
        assertThat(pool.statistics().sent()).isZero();
    }

    private void theEndOfTheGroupEndsTheProducer(ProcessPool pool) throws IOException {
        String file = folder.resolve("cancelled").toString();
        TaskGroup.run(group -> {
            Receiver<Line> lines = pool.produce(group, 4, out -> givesForEver(file, out));
            assertThat(lines.receive().number()).isZero();
            group.cancel("enough");
        });
        assertThat(Files.readString(Path.of(file))).isNotEqualTo("-1");
        assertThat(pool.call(() -> 1)).isEqualTo(1);
    }
}
