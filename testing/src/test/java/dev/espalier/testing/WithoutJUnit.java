package dev.espalier.testing;

import dev.espalier.core.Async;
import dev.espalier.core.Channel;
import dev.espalier.core.TaskGroup;
import java.time.Duration;
import java.util.concurrent.Callable;

/** A program that knows no JUnit; {@link WithoutJUnitTest} runs it where there is none. */
final class WithoutJUnit implements Callable<String> {
    WithoutJUnit() {}

    @Override
    public String call() {
        var told = new StringBuilder();
        LoopTester.run(t -> {
            Async.sleep(Duration.ofHours(1));
            told.append(t.clock().elapsed());
        });
        Exploration covered = LoopTester.explore(20, t -> TaskGroup.run(group -> {
            Channel<Integer> numbers = Channel.open(1);
            Sequencer order = Sequencer.create();
            group.start(() -> {
                try (var _ = order.at(1)) {
                    numbers.sender().send(1);
                    numbers.sender().close();
                }
            });
            order.at(0).close();
            try (var probe = Probe.of(t, numbers.receiver())) {
                probe.skip(1);
                probe.end();
            }
        }));
        return told.append(covered.runs() > 1 ? ", many runs" : ", one run").toString();
    }
}
