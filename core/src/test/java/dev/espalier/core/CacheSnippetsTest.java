package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The snippet of the Javadoc of the cache. */
class CacheSnippetsTest {
    private int fetched;

    private String fetchUser(int id) {
        fetched++;
        Async.sleep(Duration.ofMillis(1));
        return "user " + id;
    }

    @Test
    void twoTasksThatAskForOneUserFetchItOnce() {
        // @start region="cache"
        List<String> users = Async.run(() -> TaskGroup.call(group -> {
            var limits = CacheLimits.ofSize(10_000).withExpireAfterWrite(Duration.ofMinutes(5));
            SingleFlightCache<Integer, String> cache = SingleFlightCache.open(group, limits, id -> fetchUser(id));
            return Async.gather(() -> cache.get(7), () -> cache.get(7));
        }));
        // @end
        assertThat(users).containsExactly("user 7", "user 7");
        assertThat(fetched).isEqualTo(1);
    }
}
