package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What cannot travel, and what is thrown.
 */
@Timeout(60)
class RemoteFailureTest {
    record Order(String name, List<Object> parts) {
    }

    static final class CannotBeRead extends Exception {
        private static final long serialVersionUID = 1L;
        @SuppressWarnings("serial") // on purpose: it cannot be serialised
        private final Thread thread = Thread.currentThread();

        CannotBeRead() {
            super("with a thread inside");
        }

        @Override
        public String toString() {
            return "CannotBeRead of " + thread;
        }
    }

    @Test
    @DisplayName("3.7: an argument that cannot travel is an error of the submitter, with the path to it")
    void badArgument() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() ->
                pool.submit((Order order) -> order.name(), new Order("a", List.of(1, Map.of("key", new Object())))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("argument.parts[1][key]").hasMessageContaining("java.lang.Object"));
    }

    @Test
    @DisplayName("3.7: a captured value that cannot travel is named with the place of the lambda")
    void badCapture() {
        Thread thread = Thread.currentThread();
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.submit(() -> thread.getName()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("captured value 1").hasMessageContaining("RemoteFailureTest")
                        .hasMessageContaining("java.lang.Thread"));
    }

    /** Neither serialisable nor a record. */
    private String field = "a";

    @Test
    @DisplayName("G1: a captured `this` is named as what it is, with the way out")
    void capturedThis() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.submit(() -> field + "b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at this of lambda$").hasMessageContaining("in " + getClass().getName())
                .hasMessageContaining("copy what it needs into a local variable"));
    }

    /** Serialisable itself, but not what it holds. */
    static final class Job implements java.io.Serializable {
        private static final long serialVersionUID = 1L;
        @SuppressWarnings("serial") // on purpose: the list holds what cannot travel
        private final java.util.Collection<Object> parts;

        Job(Object part) {
            parts = new java.util.concurrent.ConcurrentLinkedQueue<>(List.of(1, part));
        }

        void submitTo(ProcessPool pool) {
            pool.submit(() -> parts.size());
        }
    }

    @Test
    @DisplayName("G1: what cannot travel is found inside of a captured `this` and named by its fields")
    void fieldPath() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> new Job(new Thread()).submitTo(pool))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("its .parts[1]: an object of java.lang.Thread"));
    }

    @Test
    @DisplayName("3.7: a value whose own code fails while it is written or read fails its task alone")
    void badCodeOfTheValue() {
        record Angry(int number) {
            Angry {
                if (number < 0) {
                    throw new AssertionError("negative");
                }
            }

            @Override
            public int number() {
                if (number == 0) {
                    throw new AssertionError("zero");
                }
                return -number;
            }
        }

        TestPools.run(ONE, pool -> {
            assertThatThrownBy(() -> pool.call(() -> new Angry(0))).isInstanceOf(RemoteTaskException.class)
                    .hasMessageContaining("zero");
            assertThatThrownBy(() -> pool.call(() -> new Angry(1))).isInstanceOf(RemoteTaskException.class)
                    .hasMessageContaining("negative");
            assertThatThrownBy(() -> pool.call((Angry angry) -> angry.hashCode(), new Angry(1)))
                    .isInstanceOf(RemoteTaskException.class).hasMessageContaining("negative");
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        });
    }

    @Test
    @DisplayName("3.7: a value that cannot travel back fails its task alone")
    void badResult() {
        TestPools.run(ONE, pool -> {
            assertThatThrownBy(() -> pool.call(() -> List.of(new Object()))).isInstanceOf(RemoteTaskException.class)
                    .hasMessageContaining("[0]").hasMessageContaining("java.lang.Object");
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        });
    }

    @Test
    @DisplayName("3.7: an exception that cannot travel back is described")
    void badException() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.call(() -> {
            throw new CannotBeRead();
        })).isInstanceOf(RemoteTaskException.class).hasMessageContaining("CannotBeRead")
                .satisfies(failure -> assertThat(((RemoteTaskException) failure).remoteStack())
                        .contains("badException")));
    }

    @Test
    @DisplayName("3.8: errors travel like exceptions")
    void errorsTravel() {
        TestPools.run(ONE, pool -> {
            assertThatThrownBy(() -> pool.call(() -> {
                throw new AssertionError("no");
            })).isInstanceOf(AssertionError.class).hasMessage("no");
            assertThatThrownBy(() -> pool.call(() -> overflow(0))).isInstanceOf(StackOverflowError.class);
            assertThat(pool.<Integer, RuntimeException>call(() -> 1)).isEqualTo(1);
        });
    }

    private static int overflow(int depth) {
        return overflow(depth + 1) + 1;
    }

    @Test
    void causesAndSuppressedExceptionsAreKept() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.call(() -> {
            var failure = new IllegalStateException("a", new IllegalArgumentException("b"));
            failure.addSuppressed(new RuntimeException("c"));
            throw failure;
        })).hasMessage("a").hasCauseInstanceOf(IllegalArgumentException.class)
                .satisfies(failure -> assertThat(failure.getSuppressed())
                        .singleElement().extracting(Throwable::getMessage).isEqualTo("c")));
    }

    @Test
    @DisplayName("G3: a class that the filter rejects does not come in")
    void filterRejects() {
        var strict = ONE.withSerialFilter("java.base/*;dev.espalier.**;!*");
        TestPools.run(strict, pool -> assertThatThrownBy(() ->
                pool.call((org.junit.jupiter.api.TestInstance.Lifecycle value) -> value.name(),
                        org.junit.jupiter.api.TestInstance.Lifecycle.PER_CLASS))
                .isInstanceOf(RemoteTaskException.class).hasMessageContaining("rejected by the filter"));
    }

    @Test
    @DisplayName("3.19: a pool inside a child is refused")
    void noPoolInAChild() {
        TestPools.run(ONE, pool -> assertThatThrownBy(() -> pool.call(() -> {
            dev.espalier.core.Async.run(() -> ProcessPool.open(PoolOptions.defaults()).close());
        })).isInstanceOf(IllegalStateException.class).hasMessageContaining("child of a pool"));
    }
}
