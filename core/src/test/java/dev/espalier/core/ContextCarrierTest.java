package dev.espalier.core;

import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.ContextCarrier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

class ContextCarrierTest {
    /** Stands in for the context of a logging library. */
    private static final ThreadLocal<@Nullable String> MDC = new ThreadLocal<>();

    private static final ScopedValue<String> TENANT = ScopedValue.newInstance();
    private static final ScopedValue<String> OTHER = ScopedValue.newInstance();
    private static final ContextVar<String> USER = ContextVar.named("user");

    private record Mdc(@Nullable String value) implements ContextCarrier.Captured {
        @Override
        public <T extends @Nullable Object, X extends Throwable> T around(Body<? extends T, ? extends X> body)
                throws X {
            String before = MDC.get();
            MDC.set(value);
            try {
                return body.run();
            } finally {
                MDC.set(before);
            }
        }
    }

    private static <X extends Throwable> void run(LoopFixture loops, VoidBody<? extends X> body) throws X {
        try (EventLoop loop = loops.open(carrying(loops))) {
            loop.run(body);
        }
    }

    private static LoopOptions carrying(LoopFixture loops) {
        return loops.options()
                .withContextCarriers(List.of(() -> new Mdc(MDC.get()), ContextCarrier.ofScopedValues(TENANT, OTHER)));
    }

    private static String seen() {
        return MDC.get() + " " + TENANT.orElse("none") + " " + USER.find().orElse("none");
    }

    private static <X extends Throwable> void inAll(String value, VoidBody<X> body) throws X {
        String before = MDC.get();
        MDC.set(value);
        try {
            ScopedValue.where(TENANT, value).<@Nullable Object, X>call(() -> {
                USER.<X>with(value, body);
                return null;
            });
        } finally {
            MDC.set(before);
        }
    }

    @BothEngines
    void tasksSeeWhatTheirStarterHadAndKeepItOverAwaits(LoopFixture loops) {
        run(loops, () -> TaskGroup.run(group -> {
            var children = new ArrayList<Task<String>>();
            for (String name : List.of("ann", "bob")) {
                inAll(name, () -> children.add(group.start(() -> {
                    String before = seen();
                    Async.sleep(seconds(1));
                    assertThat(seen()).isEqualTo(before);
                    return before;
                })));
            }
            children.add(group.start(ContextCarrierTest::seen));
            assertThat(children.stream().map(Task::await).toList())
                    .containsExactly("ann ann ann", "bob bob bob", "null none none");
        }));
    }

    @BothEngines
    void callbacksTimersAndHooksSeeWhatTheirRegistrarHad(LoopFixture loops) {
        run(loops, () -> {
            EventLoop loop = EventLoop.current();
            var seen = new ArrayList<String>();
            CancelScope.run(scope -> {
                inAll("ann", () -> {
                    loop.callSoon(() -> seen.add("soon " + seen()));
                    loop.callLater(seconds(1), () -> seen.add("later " + seen()));
                    scope.onCancel(() -> seen.add("hook " + seen()));
                });
                inAll("bob", () -> scope.cancel("now"));
            });
            Async.sleep(seconds(2));
            assertThat(seen).containsExactly("soon ann ann ann", "hook ann ann ann", "later ann ann ann");
        });
    }

    @BothEngines
    void offloadThreadsSeeItAndKeepNothing(LoopFixture loops) {
        loops.time.expectForeignThreads();
        run(loops, () -> {
            inAll("ann", () -> assertThat(Async.<String, RuntimeException>offload(ContextCarrierTest::seen))
                    .isEqualTo("ann ann ann"));
            assertThat(Async.<String, RuntimeException>offload(ContextCarrierTest::seen)).isEqualTo("null none none");
        });
    }

    @BothEngines
    void theMainTaskAndSubmittedBodiesSeeWhatTheCallingThreadHad(LoopFixture loops) {
        try (EventLoop loop = loops.open(carrying(loops))) {
            inAll("ann", () -> {
                var submitted = loop.submit(ContextCarrierTest::seen);
                assertThat(loop.run(() -> {
                    settle();
                    return seen();
                })).isEqualTo("ann ann ann");
                assertThat(submitted.join()).isEqualTo("ann ann ann");
            });
        }
    }

    @BothEngines
    void aScopedValueThatIsNotNamedIsNotInherited(LoopFixture loops) {
        try (EventLoop loop = loops.open(
                loops.options().withContextCarriers(List.of(ContextCarrier.ofScopedValues(OTHER))))) {
            loop.run(() -> ScopedValue.where(TENANT, "ann").where(OTHER, "x").run(() -> TaskGroup.run(group -> {
                Task<String> child = group.start(() -> TENANT.orElse("none") + " " + OTHER.orElse("none"));
                assertThat(child.await()).isEqualTo("none x");
            })));
        }
    }

    @BothEngines
    void aCarrierThatFailsToCaptureFailsTheCallAndStartsNothing(LoopFixture loops) {
        var broken = new ArrayList<String>();
        ContextCarrier carrier = () -> {
            if (!broken.isEmpty()) {
                throw new IllegalStateException(broken.getFirst());
            }
            return new Mdc(null);
        };
        try (EventLoop loop = loops.open(loops.options().withContextCarriers(List.of(carrier)))) {
            loop.run(() -> TaskGroup.run(group -> {
                broken.add("no trace");
                assertThatThrownBy(() -> group.start(() -> 1)).hasMessage("no trace");
                assertThatThrownBy(() -> loop.callSoon(broken::clear)).hasMessage("no trace");
                assertThatThrownBy(() -> Async.offload(broken::clear)).hasMessage("no trace");
                broken.clear();
                assertThat(group.children()).isEmpty();
            }));
            broken.add("no trace");
            assertThatThrownBy(() -> loop.run(() -> 1)).hasMessage("no trace");
            broken.clear();
            assertThat(loop.<Integer, RuntimeException>run(() -> 1)).isEqualTo(1);
            assertThat(loop.statistics().external()).isZero();
        }
    }

    @BothEngines
    void theFirstCarrierIsTheOutermost(LoopFixture loops) {
        var order = new ArrayList<String>();
        try (EventLoop loop = loops.open(
                loops.options().withContextCarriers(List.of(telling("first", order), telling("second", order))))) {
            loop.run(() -> order.add("body"));
        }
        assertThat(order).containsExactly("enter first", "enter second", "body", "leave second", "leave first");
    }

    private static ContextCarrier telling(String name, List<String> order) {
        return () -> new ContextCarrier.Captured() {
            @Override
            public <T extends @Nullable Object, X extends Throwable> T around(Body<? extends T, ? extends X> body)
                    throws X {
                order.add("enter " + name);
                try {
                    return body.run();
                } finally {
                    order.add("leave " + name);
                }
            }
        };
    }
}
