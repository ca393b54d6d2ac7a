package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.spi.ContextCarrier;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The snippets of the Javadoc of context variables and carriers. */
class ContextSnippetsTest {

    // @start region="var"
    private static final ContextVar<String> USER = ContextVar.named("user");

    private static String greet() {
        return "Hello, " + USER.get();
    }

    @Test
    void whatIsStartedTakesTheValueAlong() {
        String greeting = Async.run(() -> USER.with("Ann", () ->
                TaskGroup.call(group -> group.start(() -> greet()).await())));
        assertThat(greeting).isEqualTo("Hello, Ann");
    }
    // @end

    private static final class Mdc {
        private static final ThreadLocal<@Nullable String> VALUE = new ThreadLocal<>();

        private static @Nullable String get() {
            return VALUE.get();
        }

        private static void set(@Nullable String value) {
            VALUE.set(value);
        }
    }

    // @start region="carrier"
    record LogContext(@Nullable String captured) implements ContextCarrier.Captured {
        static final ContextCarrier CARRIER = () -> new LogContext(Mdc.get());

        @Override
        public <T extends @Nullable Object, X extends Throwable> T around(Body<? extends T, ? extends X> body)
                throws X {
            String before = Mdc.get();
            Mdc.set(captured);
            try {
                return body.run();
            } finally {
                Mdc.set(before);
            }
        }
    }
    // @end

    @Test
    void aLogContextIsCarried() {
        try (var loop = EventLoop.create(LoopOptions.defaults().withContextCarriers(List.of(LogContext.CARRIER)))) {
            Mdc.set("request 7");
            assertThat(loop.<@Nullable String, RuntimeException>run(Mdc::get)).isEqualTo("request 7");
        } finally {
            Mdc.set(null);
        }
    }

    // @start region="scoped"
    private static final ScopedValue<String> TENANT = ScopedValue.newInstance();

    @Test
    void childrenSeeTheScopedValuesThatWereNamed() {
        var options = LoopOptions.defaults().withContextCarriers(List.of(ContextCarrier.ofScopedValues(TENANT)));
        try (var loop = EventLoop.create(options)) {
            String seen = ScopedValue.where(TENANT, "acme").call(() ->
                    loop.run(() -> TaskGroup.call(group -> group.start(() -> TENANT.get()).await())));
            assertThat(seen).isEqualTo("acme");
        }
    }
    // @end

    // @start region="local"
    private static final EventLoop.Local<AtomicInteger> REQUESTS = EventLoop.Local.named("requests");

    @Test
    void eachLoopCountsForItself() {
        for (int i = 0; i < 2; i++) {
            int count = Async.run(() -> REQUESTS.computeIfAbsent(AtomicInteger::new).incrementAndGet());
            assertThat(count).isEqualTo(1);
        }
    }
    // @end
}
