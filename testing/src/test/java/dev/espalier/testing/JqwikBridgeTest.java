package dev.espalier.testing;

import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.espalier.core.Channel;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;

class JqwikBridgeTest { // 7.2
    // @start region="property"
    @Property(tries = 100)
    @AddLifecycleHook(JqwikBridge.class)
    void nothingIsLostInAnyOrder(@ForAll List<Integer> values, @ForAll("seeds") long order) {
        Channel<Integer> channel = Channel.open(1);
        var received = new ArrayList<Integer>();
        TaskGroup.run(group -> {
            group.start(() -> {
                for (int value : values) {
                    channel.sender().send(value);
                }
                channel.sender().close();
            });
            for (int value : channel.receiver()) {
                received.add(value);
            }
        });
        assertThat(received).isEqualTo(values);
    }

    @Provide
    Arbitrary<Long> seeds() {
        return JqwikBridge.seeds();
    }
    // @end

    @Property(tries = 20)
    @AddLifecycleHook(JqwikBridge.class)
    void timeIsVirtual(@ForAll int hours, LoopTester tester, VirtualClock clock) {
        sleep(Duration.ofHours(Math.floorMod(hours, 1000)));
        assertThat(clock).isSameAs(tester.clock());
        assertThat(clock.elapsed()).isEqualTo(Duration.ofHours(Math.floorMod(hours, 1000)));
    }

    /** Run by another test. */
    static class Failing {
        private static final Set<String> ORDERS = new HashSet<>();

        @Property(tries = 100)
        @AddLifecycleHook(JqwikBridge.class)
        void hangs(@ForAll boolean any) {
            Promise.create().await();
        }

        @Property(tries = 50)
        @AddLifecycleHook(JqwikBridge.class)
        void ordersDiffer(@ForAll long seed) {
            var order = new StringBuilder();
            TaskGroup.run(group -> {
                for (String name : List.of("a", "b", "c")) {
                    group.start(() -> order.append(name));
                }
            });
            ORDERS.add(order.toString());
        }
    }

    @Test
    void aHangFailsThePropertyAndSeedsDecideTheOrder() {
        Failing.ORDERS.clear();
        var events = EngineTestKit.engine("jqwik").selectors(selectClass(Failing.class)).execute().testEvents();
        events.assertStatistics(counts -> counts.failed(1).succeeded(1));
        assertThat(events.failed().stream().findFirst().orElseThrow()
                        .getRequiredPayload(TestExecutionResult.class).getThrowable().orElseThrow())
                .isInstanceOf(DeadlockError.class);
        assertThat(Failing.ORDERS).hasSize(6);
    }
}
