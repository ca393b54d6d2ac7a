package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The snippets of loops, futures and threads. */
class LoopSnippetsTest {

    @BothEngines
    void coalescing(LoopFixture loops) {
        var lines = new ConcurrentLinkedQueue<String>();
        var seen = new ArrayList<String>();
        try (EventLoop loop = loops.open(loops.options())) {
            // @start region="coalescing"
            Runnable look = loop.coalescing(() -> {
                for (String line = lines.poll(); line != null; line = lines.poll()) {
                    seen.add(line);
                }
            });
            lines.add("first"); // by any thread
            look.run();
            lines.add("second");
            look.run(); // nothing more to send: the look is on its way
            // @end
            loop.run(Waits::settle);
        }
        assertThat(seen).containsExactly("first", "second");
    }

    @BothEngines
    void onDone(LoopFixture loops) {
        var told = new ArrayList<String>();
        loops.run(() -> {
            Promise<String> answer = Promise.create("the answer");
            // @start region="onDone"
            answer.onDone(() -> {
                switch (answer.state()) {
                    case Awaitable.Succeeded<String>(var value) -> told.add("got " + value);
                    case Awaitable.Failed<String>(var failure) -> told.add("failed: " + failure);
                    case Awaitable.Cancelled<String>(var reason) -> told.add("cancelled: " + reason);
                    case Awaitable.Pending<String> _ -> throw new AssertionError("it has ended");
                }
            });
            // @end
            answer.succeed("42");
            Waits.settle();
        });
        assertThat(told).containsExactly("got 42");
    }
}
