package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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

    private static byte[] sha256(String text) throws NoSuchAlgorithmException {
        return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    }
}
