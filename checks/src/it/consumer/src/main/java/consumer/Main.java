package consumer;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import dev.espalier.io.Net;
import dev.espalier.process.PoolOptions;
import dev.espalier.process.ProcessPool;
import dev.espalier.testing.LoopTester;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Uses all four modules and prints one line for each. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws IOException {
        IO.println("named module: " + Main.class.getModule().isNamed());
        IO.println("core: " + Async.run(() -> Async.gather(() -> 1, () -> 2, Integer::sum)));
        IO.println("io: " + Async.run(Main::echo));
        IO.println("process: " + Async.run(Main::squares));
        LoopTester.run(tester -> Async.sleep(Duration.ofDays(1)));
        IO.println("testing: a day passed");
    }

    private static String echo() throws IOException {
        return TaskGroup.call(group -> {
            try (var server = Net.serve(group, 0, peer -> peer.writeLine(peer.readLine()));
                    var client = Net.connect("localhost", server.port())) {
                client.writeLine("hello");
                return client.readLine();
            }
        });
    }

    private static List<Integer> squares() {
        try (var pool = ProcessPool.open(PoolOptions.defaults().withWorkers(1))) {
            return pool.map(List.of(1, 2, 3), n -> n * n);
        }
    }
}
