package dev.espalier.process;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What tasks do in a child under fire. Each first notes in the ledger that it has begun.
 */
final class ChaosWork {
    /** What a task has to do; it runs in a child. */
    enum Kind {
        ECHO, SLEEP, FAIL, BAD_VALUE, LARGE_VALUE, PRINT,
        // These end their child, or do not end by themselves.
        EXHAUST, HALT, STUBBORN;

        boolean endsItsWorker() {
            return this == EXHAUST || this == HALT || this == STUBBORN;
        }
    }

    record Job(long id, Kind kind, String ledger, byte[] payload) {
        /** What comes back if all goes well. */
        long expected() {
            return id * 31 + Arrays.hashCode(payload);
        }
    }

    record Answer(long value, byte[] payload) {
    }

    private ChaosWork() {
    }

    static Object run(Job job) throws Exception {
        note(job);
        switch (job.kind) {
            case SLEEP -> TimeUnit.MILLISECONDS.sleep(job.id % 20);
            case FAIL -> throw new IllegalStateException("job " + job.id);
            case PRINT -> System.out.println("x".repeat(20_000));
            case EXHAUST -> exhaust();
            case HALT -> Runtime.getRuntime().halt(7);
            case STUBBORN -> stay();
            default -> { }
        }
        if (job.kind == Kind.BAD_VALUE) {
            return new Object();
        }
        byte[] payload = job.kind == Kind.LARGE_VALUE ? large(job.id) : job.payload;
        return new Answer(job.expected(), payload);
    }

    static byte[] large(long id) {
        byte[] bytes = new byte[300_000];
        new Random(id).nextBytes(bytes);
        return bytes;
    }

    private static void exhaust() {
        List<byte[]> hoard = new ArrayList<>();
        while (true) {
            hoard.add(new byte[8 << 20]);
        }
    }

    private static void stay() {
        while (true) {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException ignored) {
                Thread.onSpinWait();
            }
        }
    }

    // One short write to a file of this process: a kill leaves all of it or nothing.
    private static void note(Job job) throws IOException {
        Path file = Path.of(job.ledger).resolve(Long.toString(TestPools.pid()));
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            channel.write(ByteBuffer.allocate(Long.BYTES).putLong(job.id).flip());
        }
    }

    /** The jobs that have begun, in any process, as often as they did. */
    static List<Long> begun(Path ledger) throws IOException {
        List<Long> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(ledger)) {
            for (Path file : files.toList()) {
                ByteBuffer notes = ByteBuffer.wrap(Files.readAllBytes(file));
                while (notes.remaining() >= Long.BYTES) {
                    all.add(notes.getLong());
                }
            }
        }
        return all;
    }
}
