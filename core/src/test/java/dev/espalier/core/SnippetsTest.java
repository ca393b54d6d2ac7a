package dev.espalier.core;

import static dev.espalier.core.Async.gather;
import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Async.timeout;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The snippets of the Javadoc. */
class SnippetsTest {
    private record Page(String user, int orders) {}

    @Test
    void gatherCombinesTwoResultsWithinATimeLimit() {
        // @start region="gather"
        Page page = Async.run(() -> timeout(Duration.ofSeconds(2), () ->
                gather(() -> fetchUser(7), () -> countOrders(7), Page::new)));
        // @end
        assertThat(page).isEqualTo(new Page("user 7", 70));
    }

    @Test
    void groupRunsItsChildrenConcurrently() {
        // @start region="group"
        Page page = Async.run(() -> TaskGroup.call(group -> {
            Task<String> user = group.start(() -> fetchUser(7));
            Task<Integer> orders = group.start(() -> countOrders(7));
            return new Page(user.await(), orders.await());
        }));
        // @end
        assertThat(page).isEqualTo(new Page("user 7", 70));
    }

    private static String fetchUser(int id) {
        sleep(Duration.ofMillis(1));
        return "user " + id;
    }

    private static int countOrders(int id) {
        sleep(Duration.ofMillis(1));
        return 10 * id;
    }
}
