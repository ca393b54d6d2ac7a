package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.core.spi.ErrorReport;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/**
 * Ten thousand connections on one loop, a third of which misbehave; the clients are another process. {@code -Despalier.soak.seconds=n}
 * makes it longer, and {@code -Psoak} takes ten minutes.
 */
class SoakTest {
    private static final int SECONDS = Integer.getInteger("espalier.soak.seconds", 10);
    private static final Duration LIMIT = Duration.ofSeconds(SECONDS + 240);
    private static final int CONNECTIONS = 10_000;

    /** Of the connections, that are there all the time: those that are reset and come again are a twelfth. */
    private static final double MANY = 0.9;

    /** Descriptors of a process beside its connections. */
    private static final int OTHERS = 500;

    /** What a collection finds in use, in MiB: more for what the collector and the JIT do meanwhile. */
    private static final long MORE = 24;

    /** What a reset does to a handler; kept are only other reports. */
    private static final Pattern EXPECTED = Pattern.compile(".*(reset|broken pipe).*", Pattern.CASE_INSENSITIVE);

    private final List<ErrorReport> reports = new CopyOnWriteArrayList<>();
    private final byte[] much = new byte[256 << 10];

    /** As many as the system lets a process have. */
    private static int connections() throws IOException {
        String limit = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max open files"))
                .map(line -> line.split(" {2,}")[1])
                .findFirst()
                .orElseThrow();
        return limit.equals("unlimited") ? CONNECTIONS : (int) Math.min(CONNECTIONS, Long.parseLong(limit) - OTHERS);
    }

    private void handle(SocketStream stream) throws IOException {
        for (String line = stream.readLine(); line != null; line = stream.readLine()) {
            switch (line) {
                case "much" -> stream.write(much);
                case "stay" -> {
                    assertThat(stream.atEnd()).isTrue();
                    Async.sleepForever(); // half open, until the server ends
                }
                default -> stream.writeLine(line);
            }
        }
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES) // for the long form; the run has its own limit
    @DisplayName("memory and descriptors stay flat under many connections, a third of which misbehave, and none that behaves suffers")
    void memoryAndDescriptorsStayFlat(TestReporter reporter) throws IOException {
        Descriptors.assumeKnown();
        int count = connections();
        serve(SoakTest::once); // opens what is opened once
        int before = Descriptors.ofConnections();
        serve(group -> soak(group, count, reporter));
        assertThat(reports).isEmpty();
        Descriptors.assertAsBefore(before);
    }

    private void serve(VoidBodyWith<TaskGroup, IOException> body) throws IOException {
        try (EventLoop loop = EventLoop.create(LoopOptions.defaults().withErrorSink(this::report))) {
            loop.<IOException>run(() -> Async.<IOException>timeout(LIMIT, () -> TaskGroup.<IOException>run(body)));
        }
    }

    private void report(ErrorReport report) {
        if (!EXPECTED.matcher("" + report.exception().getMessage()).matches()) {
            reports.add(report);
        }
    }

    private static void once(TaskGroup group) throws IOException {
        try (Server server = Net.serve(group, OnBothEngines.LOOPBACK, OnBothEngines::echoUntilReset)) {
            Net.connect(server.address()).abort();
        }
    }

    private void soak(TaskGroup group, int count, TestReporter reporter) throws IOException {
        Server server = Net.serve(group, OnBothEngines.LOOPBACK, this::handle);
        try (Subprocess clients = start(group, server, count)) {
            assertThat(clients.stdout().readLine()).isEqualTo("connected");
            while (server.statistics().active() < count * MANY) { // those that found the queue full come once more, some seconds later
                Async.sleep(Duration.ofMillis(50));
            }
            clients.stdin().writeLine("go");
            Usage first = Usage.now(server);
            Usage last = first;
            while (clients.status().isEmpty() && server.statistics().active() > count * MANY) {
                last = Usage.now(server);
                Async.sleep(Duration.ofSeconds(1)); // a collection holds up everybody
            }
            reporter.publishEntry("soak", count + " of " + CONNECTIONS + " connections, first " + first + ", last " + last);
            assertThat(last.megabytes()).as("in use").isLessThanOrEqualTo(first.megabytes() + MORE);
            assertThat(last.descriptors()).isLessThanOrEqualTo(first.descriptors() + count / 5); // resets that come again
            String[] counts = String.valueOf(clients.stdout().readLine()).split(" ");
            assertThat(Long.parseLong(counts[0])).as("echoes").isGreaterThan(count);
            assertThat(Long.parseLong(counts[1])).as("faults").isGreaterThan(count / 4);
            reporter.publishEntry("soak", counts[0] + " echoes, " + counts[1] + " faults, " + server.statistics());
        }
        server.drain(Duration.ofSeconds(1));
        assertThat(server.statistics().active()).isZero();
    }

    private static Subprocess start(TaskGroup group, Server server, int count) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return Subprocess.start(group, Command.of(java, "--add-opens", "java.base/java.lang=ALL-UNNAMED", "-cp",
                        System.getProperty("java.class.path"), SoakClients.class.getName(), "127.0.0.1", "" + server.port(),
                        "" + count, "" + SECONDS)
                .withStderr(ProcessBuilder.Redirect.INHERIT)
                .withGrace(Duration.ZERO));
    }

    /**
     * What the process uses.
     *
     * @param active connections
     * @param megabytes of the heap after a collection
     * @param descriptors of sockets and the like
     */
    private record Usage(int active, long megabytes, int descriptors) {
        static Usage now(Server server) {
            int active = server.statistics().active();
            return Async.offload(() -> {
                System.gc();
                long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
                return new Usage(active, used >> 20, Descriptors.ofConnections());
            });
        }
    }
}
