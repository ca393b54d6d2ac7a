package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static dev.espalier.process.TestPools.TWO;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Calls through rings, and the same without them.
 */
@Timeout(120)
class RingPoolTest {
    @TempDir
    Path folder;

    @AfterEach
    void ringsAgain() {
        System.clearProperty("espalier.rings");
    }

    private static byte[] bytes(int seed, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) seed);
        if (length > 0) {
            bytes[length - 1] = (byte) length;
        }
        return bytes;
    }

    private static int length(Random random) {
        return random.nextInt(20) == 0 ? random.nextInt(700_000) : random.nextInt(100);
    }

    @ParameterizedTest(name = "rings: {0}")
    @ValueSource(strings = {"on", "off"})
    @DisplayName("C3, C8: values of any size come back as they went, in any mixture, with rings and without")
    void valuesOfAnySizeComeBack(String rings) {
        System.setProperty("espalier.rings", rings);
        TestPools.run(TWO, pool -> {
            Random random = new Random(1);
            List<RemoteTask<byte[]>> tasks = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                byte[] argument = bytes(i, length(random));
                int seed = i;
                int result = length(random);
                tasks.add(pool.submit(() -> {
                    if (!Arrays.equals(argument, bytes(seed, argument.length))) {
                        throw new IllegalStateException("the argument was changed on its way");
                    }
                    return bytes(seed + 1, result);
                }));
            }
            Random again = new Random(1);
            for (int i = 0; i < 400; i++) {
                length(again);
                assertThat(tasks.get(i).await()).isEqualTo(bytes(i + 1, length(again)));
            }
        });
    }

    @Test
    @DisplayName("C3: a payload of many rings goes through one, and others are not held up for long")
    void aLargePayloadGoesThroughASmallRing() {
        TestPools.run(ONE.withHeapBytes(512L << 20), pool -> {
            byte[] large = bytes(7, 20 << 20);
            assertThat(pool.<byte[], RuntimeException>call(() -> large)).isEqualTo(large);
        });
    }

    @Test
    @DisplayName("C7: both sides sleep and wake each other, after any silence")
    void callsAfterSilenceAreAnswered() {
        TestPools.run(ONE, pool -> {
            for (int i = 0; i < 300; i++) {
                int number = i;
                assertThat(pool.<Integer, RuntimeException>call(() -> number + 1)).isEqualTo(i + 1);
                if (i % 3 == 0) {
                    Async.sleep(Duration.ofNanos(i * 10_000L));
                }
            }
        });
    }

    @Test
    @DisplayName("C7: a stopped child harms nobody, and goes on where it was")
    void aStoppedChildHarmsNobody() {
        TestPools.run(TWO, pool -> {
            long stopped = pool.<Long, RuntimeException>call(TestPools::pid);
            TestPools.signal("STOP", stopped);
            List<RemoteTask<Long>> tasks = new ArrayList<>();
            try {
                for (int i = 0; i < 50; i++) {
                    tasks.add(pool.submit(TestPools::pid));
                }
                TestPools.until(() ->
                        tasks.stream().filter(task -> task.state() instanceof RemoteTask.Succeeded<Long>).count() >= 40);
            } finally {
                TestPools.signal("CONT", stopped);
            }
            for (RemoteTask<Long> task : tasks) {
                task.await();
            }
        });
    }

    @Test
    @DisplayName("C8: where the file cannot be made there are no rings, and no failure")
    void noRoomIsNoFailure() throws IOException {
        Path file = folder.resolve("rings");
        Files.createDirectories(file.resolve("in the way"));
        assertThat(ChildStart.rings(file)).isNull();
        WorkerRings rings = ChildStart.rings(folder.resolve("others"));
        assertThat(rings).isNotNull();
        rings.close();
    }
}
