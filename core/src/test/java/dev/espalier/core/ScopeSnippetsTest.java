package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

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
}
