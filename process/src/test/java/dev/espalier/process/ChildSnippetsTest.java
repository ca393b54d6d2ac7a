package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The snippets of the Javadoc of children. */
@Timeout(60)
class ChildSnippetsTest {
    private static long sumBelow(long limit) {
        return LongStream.range(0, limit).sum();
    }

    @Test
    void childIsATask() {
        ChildOptions options = ChildProcessTest.QUIET;
        long sum = Async.run(() -> TaskGroup.call(group -> {
            // @start region="child"
            ChildProcess<Long> child = ChildProcess.start(group, options, () -> sumBelow(1_000_000));
            return child.await();
            // @end
        }));
        assertThat(sum).isEqualTo(499_999_500_000L);
    }
}
