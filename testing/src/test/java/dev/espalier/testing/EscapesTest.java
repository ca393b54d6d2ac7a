package dev.espalier.testing;

import static dev.espalier.core.Async.checkpoint;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.espalier.core.TaskGroup;
import dev.espalier.testing.escapes.Fair;
import dev.espalier.testing.escapes.Lottery;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class EscapesTest {
    @Test
    @DisplayName("testing S29: code that takes time and random numbers from the JDK is found by its class files")
    void calls() {
        // @start region="escapes"
        Escapes.check(Fair.class); // no call of Fair, and of what it uses in its package, escapes the schedule

        List<Escapes.Call> calls = Escapes.of(Lottery.class);
        assertThat(calls).extracting(Escapes.Call::call)
                .contains("java.util.UUID.randomUUID()", "java.time.Instant.now()", "java.lang.Math.random()");
        // @end
        assertThat(calls).extracting(Escapes.Call::call).containsExactlyInAnyOrder(
                "java.util.UUID.randomUUID()", "java.time.Instant.now()", "java.lang.Math.random()", "new java.util.Random()",
                "java.util.List.parallelStream()", "java.lang.Thread.ofVirtual()", "java.lang.Thread.sleep(long)");
    }

    @Test
    @DisplayName("testing S29: each call is told with its line and what to do instead")
    void eachIsToldWithItsLine() {
        assertThatThrownBy(() -> Escapes.check(Lottery.class))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("7 calls escape the schedule")
                .hasMessageContaining("java.lang.Math.random() at dev.espalier.testing.escapes.Lottery.lambda$draw$0(Lottery.java:16): "
                        + "no seed decides this number; take it from EventLoop.random()")
                .hasMessageContaining("Drum.java:10")
                .hasMessageContaining("Lottery.<init>(Lottery.java:11)");
    }

    @Test
    @DisplayName("testing S29: what is mentioned is followed within its package and below, not into the kit or libraries")
    void whatIsMentionedIsFollowed() {
        assertThat(Escapes.of(Lottery.class)).extracting(call -> call.where().getFileName()).contains("Drum.java");
        assertThat(Escapes.of(EscapesTest.class)).extracting(call -> call.where().getClassName())
                .allMatch(name -> name.startsWith("dev.espalier.testing.escapes."));
    }

    @Test
    @DisplayName("testing S29: a class without a file is refused")
    void aClassWithoutAFileIsRefused() {
        Runnable made = () -> {};
        assertThatThrownBy(() -> Escapes.of(made.getClass())).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no class file");
        assertThatThrownBy(() -> Escapes.of(int[].class)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(Escapes::of).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no class was given");
    }
}
