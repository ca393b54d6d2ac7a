package dev.espalier.core;

import static dev.espalier.core.Async.sleepForever;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class DebugModeTest {
    @Test
    void debugModeIsOffUnlessAskedFor() {
        assertThat(LoopOptions.defaults().debug()).isEqualTo(Boolean.getBoolean("espalier.debug"));
        assertThat(LoopOptions.defaults().withDebug(true).debug()).isTrue();
    }

    @BothEngines
    void optionsSwitchItOn(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options().withDebug(true))) {
            assertThat(loop.isDebug()).isTrue();
        }
    }

    @BothEngines
    void tasksRememberTheirStartOnlyInDebugMode(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            EventLoop.current().setDebug(false);
            group.start("unknown", () -> sleepForever());
            EventLoop.current().setDebug(true);
            group.start("known", () -> sleepForever());
            assertThat(group.children().get(0).startedAt()).isEmpty();
            assertThat(group.children().get(1).startedAt())
                    .anySatisfy(frame -> assertThat(frame.getClassName()).contains("DebugModeTest"));
            group.cancel("done");
        }));
    }

    @BothEngines
    void anyThreadSwitchesIt(LoopFixture loops) {
        try (EventLoop loop = loops.open(loops.options())) {
            CompletableFuture.runAsync(() -> loop.setDebug(true)).join();
            assertThat(loop.isDebug()).isTrue();
            loop.setDebug(false);
            assertThat(loop.isDebug()).isFalse();
        }
    }

    @Test
    void budgetOfNothingIsRefused() {
        assertThatThrownBy(() -> LoopOptions.defaults().withOperationBudget(-1))
                .hasMessageContaining("operationBudget must not be negative: -1");
    }
}
