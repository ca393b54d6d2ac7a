package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is written to a ring is read from it, once and in order, and what is no record is refused.
 */
class RingTest {
    private static final int CAPACITY = 256 * 1024;

    @TempDir
    Path folder;

    private static Ring ring() {
        return Ring.over(Arena.ofAuto().allocate(Ring.size(CAPACITY), 8));
    }

    /** As a reader knows it: kind, id, whether more follows, and a hash of the payload. */
    private static String text(FrameKind kind, boolean more, long id, byte[] payload) {
        return kind + " " + more + " " + id + " " + payload.length + " " + Arrays.hashCode(payload);
    }

    private static byte[] payload(long id, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) id);
        return bytes;
    }

    private static RingReader.Sink into(ArrayDeque<String> seen) {
        return (kind, more, id, memory, from, length) -> seen.add(text(kind, more, id,
                memory.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE)));
    }

    // ---- a model: a queue, of which the reader sees what is published

    @Provide
    Arbitrary<List<Integer>> steps() {
        // Not negative: a frame of so many bytes. -1: publish. Less: read so many.
        return Arbitraries.frequencyOf(
                Tuple.of(4, Arbitraries.integers().between(0, 40)),
                Tuple.of(4, Arbitraries.integers().between(0, Frames.MAX_CHUNK)),
                Tuple.of(3, Arbitraries.just(-1)),
                Tuple.of(3, Arbitraries.integers().between(-6, -2))).list().ofMaxSize(200);
    }

    @Property(tries = 100)
    void itIsAQueueOfWhatWasPublished(@ForAll("steps") List<Integer> steps) throws IOException {
        Ring ring = ring();
        RingWriter writer = ring.writer();
        RingReader reader = ring.reader();
        ArrayDeque<String> written = new ArrayDeque<>();
        ArrayDeque<String> visible = new ArrayDeque<>();
        ArrayDeque<String> seen = new ArrayDeque<>();
        long id = 0;
        for (int step : steps) {
            if (step >= 0) {
                boolean room = writer.hasRoom(step);
                byte[] payload = payload(++id, step);
                boolean taken = writer.offer(FrameKind.TASK, (id & 1) == 0, id, payload, 0, step);
                assertThat(taken).isEqualTo(room);
                if (taken) {
                    written.add(text(FrameKind.TASK, (id & 1) == 0, id, payload));
                }
            } else if (step == -1) {
                writer.publish();
                visible.addAll(written);
                written.clear();
            } else {
                for (int i = step; i < -1; i++) {
                    assertThat(reader.hasNews()).isEqualTo(!visible.isEmpty());
                    assertThat(reader.poll(into(seen))).isEqualTo(!visible.isEmpty());
                    assertThat(seen.poll()).isEqualTo(visible.poll());
                }
            }
        }
    }

    @Test
    void anEmptyRingHasRoomForAnyFrameWhereverItStands() throws IOException {
        Ring ring = ring();
        RingWriter writer = ring.writer();
        RingReader reader = ring.reader();
        ArrayDeque<String> seen = new ArrayDeque<>();
        for (int i = 0; i < 3 * CAPACITY / 24; i++) {
            assertThat(writer.hasRoom(Frames.MAX_CHUNK)).isTrue();
            assertThat(writer.offer(FrameKind.TASK, false, i, new byte[8], 0, i % 9)).isTrue();
            writer.publish();
            assertThat(reader.poll(into(seen))).isTrue();
        }
    }

    @Test
    void aFullRingTakesNothingUntilSomethingIsRead() throws IOException {
        Ring ring = ring();
        RingWriter writer = ring.writer();
        byte[] chunk = new byte[Frames.MAX_CHUNK];
        int taken = 0;
        while (writer.offer(FrameKind.TASK, true, 1, chunk, 0, chunk.length)) {
            taken++;
        }
        assertThat(taken).isEqualTo(3);
        assertThat(writer.hasRoom(Frames.MAX_CHUNK)).isFalse();
        writer.publish();
        RingReader reader = ring.reader();
        ArrayDeque<String> seen = new ArrayDeque<>();
        while (reader.poll(into(seen))) {
            taken--;
        }
        assertThat(taken).isZero();
        assertThat(writer.hasRoom(Frames.MAX_CHUNK)).isTrue();
    }

    @Test
    void aSleeperIsRungForOnce() throws IOException {
        Ring ring = ring();
        RingWriter writer = ring.writer();
        RingReader reader = ring.reader();
        writer.offer(FrameKind.TASK, false, 1, new byte[0], 0, 0);
        assertThat(writer.publish()).isFalse();
        reader.parked(true);
        assertThat(reader.isParked()).isTrue();
        assertThat(writer.publish()).isTrue();
        assertThat(writer.publish()).isFalse();
        assertThat(reader.isParked()).isFalse();
        assertThat(reader.mustTellOfRoom()).isFalse();
        writer.wantRoom(true);
        assertThat(reader.mustTellOfRoom()).isTrue();
        assertThat(reader.mustTellOfRoom()).isFalse();
    }

    // ---- a peer that is not to be trusted

    private static void refused(long tail, long head, String message) {
        MemorySegment memory = Arena.ofAuto().allocate(Ring.size(CAPACITY), 8);
        memory.set(ValueLayout.JAVA_LONG, 128, tail);
        memory.set(ValueLayout.JAVA_LONG, 512, head);
        RingReader reader = Ring.over(memory).reader();
        assertThatThrownBy(() -> reader.poll((_, _, _, _, _, _) -> {
            throw new AssertionError("a frame was seen");
        })).isInstanceOf(ProtocolException.class).hasMessageContaining(message);
    }

    @Test
    void whatIsNoRecordIsRefused() {
        refused(-8, 0, "claims to hold -8");
        refused(CAPACITY + 8, 0, "claims to hold");
        refused(12, 0, "claims to hold 12");
        refused(8, 0, "no frame");
        refused(16, Frames.head(FrameKind.TASK, false, 1), "more than the ring holds");
        refused(CAPACITY, Frames.head(FrameKind.TASK, false, Frames.MAX_CHUNK + 1), "payload bytes");
        refused(CAPACITY, -2, "unknown flags");
        refused(CAPACITY, 0x77_0000_0000L, "unknown kind");
        refused(CAPACITY, 0xFFFF_FFFFL, "no frame");
    }

    @Property(tries = 500)
    void noWordInItsPlaceMakesAReaderLeaveTheRing(@ForAll long head, @ForAll long tail, @ForAll long start) {
        MemorySegment memory = Arena.ofAuto().allocate(Ring.size(CAPACITY), 8);
        memory.set(ValueLayout.JAVA_LONG, 0, start);
        memory.set(ValueLayout.JAVA_LONG, 128, tail);
        for (long at = 512; at < memory.byteSize(); at += 8) {
            memory.set(ValueLayout.JAVA_LONG, at, head);
        }
        if ((start & 7) != 0) {
            return; // our own word, which nobody else writes
        }
        RingReader reader = Ring.over(memory).reader();
        for (int i = 0; i < 10; i++) {
            try {
                reader.poll((_, _, _, of, from, length) -> of.asSlice(from, length));
            } catch (ProtocolException refused) {
                return;
            } catch (IOException gone) {
                throw new AssertionError(gone);
            }
        }
    }

    @Test
    void aWriterRefusesAReaderThatIsAheadOfIt() {
        MemorySegment memory = Arena.ofAuto().allocate(Ring.size(CAPACITY), 8);
        RingWriter writer = Ring.over(memory).writer();
        memory.set(ValueLayout.JAVA_LONG, 0, 64);
        assertThatThrownBy(() -> {
            while (writer.offer(FrameKind.TASK, false, 1, new byte[Frames.MAX_CHUNK], 0, Frames.MAX_CHUNK)) {
                writer.publish();
                memory.set(ValueLayout.JAVA_LONG, 0, 1L << 40);
            }
        }).isInstanceOf(ProtocolException.class);
    }

    @Test
    void sizesThatMakeNoRingAreRefused() {
        assertThatThrownBy(() -> Ring.over(Arena.ofAuto().allocate(Ring.size(CAPACITY) + 8, 8)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("power of two");
        assertThatThrownBy(() -> Ring.over(Arena.ofAuto().allocate(Ring.size(64 * 1024), 8)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    // ---- files

    @Test
    void theFileIsZeroAndHasNoNameOnceItWasTaken() throws IOException {
        Path file = folder.resolve("ring");
        try (Arena here = Arena.ofShared(); Arena there = Arena.ofShared()) {
            RingWriter writer = Ring.over(MappedFile.create(file, Ring.size(CAPACITY), here)).writer();
            RingReader reader = Ring.over(MappedFile.take(file, Ring.size(CAPACITY), there)).reader();
            assertThat(file).doesNotExist();
            assertThat(reader.hasNews()).isFalse();
            writer.offer(FrameKind.TASK, false, 7, new byte[] {1, 2, 3}, 1, 2);
            writer.publish();
            ArrayDeque<String> seen = new ArrayDeque<>();
            reader.poll(into(seen));
            assertThat(seen).containsExactly(text(FrameKind.TASK, false, 7, new byte[] {2, 3}));
        }
    }

    @Test
    void aFileThatIsTooShortIsNotTaken() throws IOException {
        Path file = folder.resolve("ring");
        try (Arena arena = Arena.ofShared()) {
            MappedFile.create(file, 4096, arena);
            assertThatThrownBy(() -> MappedFile.take(file, Ring.size(CAPACITY), arena))
                    .isInstanceOf(IOException.class).hasMessageContaining("4096 bytes where");
            assertThat(file).doesNotExist();
        }
    }

    // ---- two threads that sleep and wake each other

    @Test
    @DisplayName("3.31: no wake-up is lost, however the two sides meet")
    @Timeout(60)
    void twoThreadsLoseNeitherARecordNorAWakeUp() throws Exception {
        int records = 40_000;
        Ring ring = ring();
        Thread reading = Thread.currentThread();
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread writing = Thread.ofPlatform().start(() -> {
            try {
                write(ring.writer(), records, reading);
                done.complete(null);
            } catch (Throwable failed) {
                done.completeExceptionally(failed);
            } finally {
                LockSupport.unpark(reading); // who may have taken the last record before this was done
            }
        });
        RingReader reader = ring.reader();
        long[] expected = {0};
        while (expected[0] < records) {
            boolean some = false;
            while (reader.poll((_, _, id, memory, from, length) -> {
                assertThat(id).isEqualTo(expected[0]++);
                for (int i = 0; i < length; i += 97) {
                    assertThat(memory.get(ValueLayout.JAVA_BYTE, from + i)).isEqualTo((byte) id);
                }
            })) {
                some = true;
            }
            if (some && reader.mustTellOfRoom()) {
                LockSupport.unpark(writing);
            }
            reader.parked(true);
            VarHandle.fullFence();
            if (!reader.hasNews() && !done.isDone()) {
                LockSupport.park();
            }
            reader.parked(false);
        }
        done.get();
    }

    private static void write(RingWriter writer, int records, Thread reader) throws IOException {
        Random random = new Random(1);
        byte[] bytes = new byte[Frames.MAX_CHUNK];
        for (int i = 0; i < records; i++) {
            int length = random.nextInt(50) == 0 ? random.nextInt(Frames.MAX_CHUNK + 1) : random.nextInt(200);
            Arrays.fill(bytes, 0, length, (byte) i);
            while (!writer.offer(FrameKind.TASK, false, i, bytes, 0, length)) {
                wake(writer, reader);
                writer.wantRoom(true); // for each sleep: a bell takes it, and may come while there is still too little room
                VarHandle.fullFence();
                if (!writer.hasRoom(Frames.MAX_CHUNK)) {
                    LockSupport.park();
                }
                writer.wantRoom(false);
            }
            if (random.nextInt(8) == 0) {
                wake(writer, reader);
            }
        }
        wake(writer, reader);
    }

    private static void wake(RingWriter writer, Thread reader) throws IOException {
        if (writer.publish()) {
            LockSupport.unpark(reader);
        }
    }
}
