package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

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

    @BothEngines
    void abandon(LoopFixture loops) {
        loops.runInRealTime(() -> {
            // @start region="abandon"
            Optional<String> host = Async.moveOnAfter(Duration.ofMillis(20), () ->
                    Async.offloadAbandoning(() -> lookUp("10.0.0.7"))); // cannot be interrupted, and may take minutes
            // @end
            assertThat(host).isEmpty();
        });
    }

    private static String lookUp(String address) {
        try {
            new CountDownLatch(1).await();
            return address;
        } catch (InterruptedException e) {
            return "the loop was closed";
        }
    }

    @BothEngines
    void portal(LoopFixture loops) {
        var got = new ArrayList<String>();
        loops.runInRealTime(() -> {
            Channel<String> lines = Channel.open(16);
            // @start region="portal"
            TaskGroup.run(group -> {
                Portal portal = Portal.open(group);
                Thread.ofPlatform().start(() -> { // a thread of some library
                    for (String line : List.of("first", "second")) {
                        portal.call(() -> lines.sender().send(line)); // blocks while the channel is full
                    }
                    portal.call(() -> lines.sender().close());
                });
                for (String line : lines.receiver()) {
                    got.add(line);
                }
            });
            // @end
        });
        assertThat(got).containsExactly("first", "second");
    }

    @BothEngines
    void signals(LoopFixture loops) {
        var told = new ArrayList<String>();
        loops.runInRealTime(() -> {
            TaskGroup.run(group -> group.start(() -> {
                EventLoop.current().callSoon(() -> SignalHook.raise("TERM"));
                // @start region="signals"
                try (Receiver<String> signals = Signals.open("TERM", "INT")) {
                    for (String signal : signals) {
                        told.add(signal);
                        group.cancel("the system sent " + signal);
                        break;
                    }
                }
                // @end
            }));
        });
        assertThat(told).containsExactly("TERM");
    }
}
