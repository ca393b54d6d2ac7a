package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.TaskGroup;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The snippets of the Javadoc. */
class SnippetsTest {
    private record Page(byte[] hash, List<Integer> lengths) {}

    @Test
    void poolRunsABodyAndMapsAFunction() throws NoSuchAlgorithmException {
        Page page = Async.run(() -> compute("espalier", List.of("an", "espalier", "tree")));
        assertThat(page.hash()).isEqualTo(sha256("espalier"));
        assertThat(page.lengths()).containsExactly(2, 8, 4);
    }

    private static Page compute(String text, List<String> words) throws NoSuchAlgorithmException {
        // @start region="pool"
        try (ProcessPool pool = ProcessPool.open(PoolOptions.defaults())) {
            byte[] hash = pool.call(() -> sha256(text)); // throws what sha256 throws
            List<Integer> lengths = pool.map(words, String::length);
            return new Page(hash, lengths);
        }
        // @end
    }

    @Test
    void outcomesTellEachArgumentsEnd() {
        List<String> failed = new ArrayList<>();
        Async.run(() -> TaskGroup.run(group -> {
            try (ProcessPool pool = ProcessPool.open(PoolOptions.defaults().withWorkers(1))) {
                // @start region="outcomes"
                for (var outcome : pool.outcomes(group, MapOptions.defaults(), List.of("1", "x", "3"), Integer::parseInt)) {
                    switch (outcome.state()) {
                        case Awaitable.Failed<Integer>(var failure) -> failed.add(outcome.argument() + ": " + failure);
                        default -> assertThat(outcome.argument()).isIn("1", "3");
                    }
                }
                // @end
            }
        }));
        assertThat(failed).singleElement().asString().startsWith("x: java.lang.NumberFormatException");
    }

    @Test
    void dumpIsTextForPeople() {
        Async.run(() -> {
            try (ProcessPool pool = ProcessPool.open(PoolOptions.defaults().withWorkers(1))) {
                // @start region="dump"
                String state = pool.dump(); // who runs what, where and since when
                // @end
                assertThat(state).contains("1 of 1 workers are ready");
            }
        });
    }

    private static byte[] sha256(String text) throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    }
}
