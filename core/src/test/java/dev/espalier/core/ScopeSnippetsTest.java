package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The snippets of tasks, groups and scopes. */
class ScopeSnippetsTest {

    @Test
    void startNowHasDoneTheFirstStepWhenItReturns() {
        List<String> log = new ArrayList<>();
        // @start region="startNow"
        Async.run(() -> TaskGroup.run(group -> {
            group.startNow(() -> {
                log.add("registered");
                Async.checkpoint();
                log.add("woken");
            });
            log.add("going on");
        }));
        // @end
        assertThat(log).containsExactly("registered", "going on", "woken");
    }

    @Test
    void startReadyReturnsWhatTheChildSays() {
        var log = new ArrayList<String>();
        // @start region="startReady"
        Async.run(() -> TaskGroup.run(group -> {
            int port = group.startReady(ready -> {
                Async.sleep(Duration.ofMillis(1)); // binds, loads, warms up; a failure here is thrown by startReady
                ready.succeed(8080);
                Async.sleepForever(); // serves
            });
            log.add("listens on " + port);
            group.cancel("enough");
        }));
        // @end
        assertThat(log).containsExactly("listens on 8080");
    }

    @Test
    void aQuorumOfTwoReadsTheValuesOfThoseThatEndedWell() {
        // @start region="quorum"
        List<Integer> votes = Async.run(() -> TaskGroup.successes(
                TaskGroup.call(GroupPolicy.quorum(2), group -> List.of(
                        group.start(() -> ask(1)), group.start(() -> ask(2)), group.start(() -> ask(3))))));
        // @end
        assertThat(votes).containsExactly(10, 20);
    }

    private static int ask(int replica) {
        Async.sleep(Duration.ofMillis(replica));
        return 10 * replica;
    }
}
