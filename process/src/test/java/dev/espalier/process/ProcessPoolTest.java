package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessPoolTest {
    private static final PoolOptions ONE = PoolOptions.defaults().withWorkers(1).withHeapBytes(64 << 20);

    private static long pid() {
        return ProcessHandle.current().pid();
    }

    @Test
    void callRunsInAnotherProcess() {
        Async.run(() -> {
            try (var pool = ProcessPool.open(ONE)) {
                long there = pool.call(ProcessPoolTest::pid);
                assertThat(there).isNotEqualTo(pid());
            }
        });
    }

    @Test
    void checkedExceptionsComeOutTyped() {
        Async.run(() -> {
            try (var pool = ProcessPool.open(ONE)) {
                assertThatThrownBy(() -> pool.call(() -> Files.readString(Path.of("/no/such/file"))))
                        .isInstanceOf(IOException.class);
            }
        });
    }
}
