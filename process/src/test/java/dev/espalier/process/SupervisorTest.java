package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.espalier.core.Async;
import dev.espalier.core.GroupException;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBody;
import dev.espalier.process.Supervisor.Intensity;
import dev.espalier.process.Supervisor.Restart;
import dev.espalier.process.Supervisor.Service;
import dev.espalier.process.Supervisor.Strategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SupervisorTest {
    private static final Intensity FIVE = new Intensity(5, Duration.ofMinutes(1));

    private final List<String> seen = new ArrayList<>();

    private Service serving(String name) {
        return new Service(name, Restart.PERMANENT, () -> {
            seen.add("+" + name);
            try {
                Async.sleepForever();
            } finally {
                seen.add("-" + name);
            }
        });
    }

    /** Fails the first so many times, once the others run. */
    private Service failing(String name, Restart restart, int times) {
        int[] lives = new int[1];
        return new Service(name, restart, () -> {
            seen.add("+" + name);
            Async.checkpoint();
            if (lives[0]++ < times) {
                throw new IllegalArgumentException(name + " is ill");
            }
            Async.sleepForever();
        });
    }

    private static void whenRunning(Strategy strategy, List<Service> services, int events, VoidBody<RuntimeException> body) {
        Async.run(() -> TaskGroup.run(group -> {
            Supervisor supervisor = Supervisor.start(group, strategy, FIVE, services);
            for (int i = 0; i < events; i++) {
                supervisor.events().receive();
            }
            Async.checkpoint();
            body.run();
            supervisor.stop();
        }));
    }

    @Test
    @DisplayName("D10: started in order, stopped in the reverse order")
    void orderOfStartAndStop() {
        whenRunning(Strategy.ONE_FOR_ONE, List.of(serving("a"), serving("b"), serving("c")), 3, () -> { });
        assertThat(seen).containsExactly("+a", "+b", "+c", "-c", "-b", "-a");
    }

    @Test
    @DisplayName("D10: one for one restarts what failed")
    void oneForOne() {
        whenRunning(Strategy.ONE_FOR_ONE, List.of(serving("a"), failing("b", Restart.TRANSIENT, 1), serving("c")), 5, () -> { });
        assertThat(seen).containsExactly("+a", "+b", "+c", "+b", "-c", "-a");
    }

    @Test
    @DisplayName("D10: one for all restarts all, the stopped ones in order")
    void oneForAll() {
        whenRunning(Strategy.ONE_FOR_ALL, List.of(serving("a"), failing("b", Restart.PERMANENT, 1), serving("c")), 9, () -> { });
        assertThat(seen).containsExactly("+a", "+b", "+c", "-c", "-a", "+a", "+b", "+c", "-c", "-a");
    }

    @Test
    @DisplayName("D10: rest for one restarts what was started after it, too")
    void restForOne() {
        whenRunning(Strategy.REST_FOR_ONE, List.of(serving("a"), failing("b", Restart.PERMANENT, 1), serving("c")), 7, () -> { });
        assertThat(seen).containsExactly("+a", "+b", "+c", "-c", "+b", "+c", "-c", "-a");
    }

    @Test
    @DisplayName("D10: a temporary service stays away, a transient one that ends well too")
    void whatIsNotRestarted() {
        Async.run(() -> TaskGroup.run(group -> {
            Supervisor supervisor = Supervisor.start(group, Strategy.ONE_FOR_ONE, FIVE, List.of(
                    failing("a", Restart.TEMPORARY, 1), new Service("b", Restart.TRANSIENT, () -> seen.add("+b"))));
            assertThat(supervisor.events().stream().filter(event -> event.kind() == Supervisor.Kind.ENDED)).hasSize(2);
        }));
        assertThat(seen).containsExactly("+a", "+b");
    }

    @Test
    @DisplayName("D9: more restarts than allowed fail the group, with the failures")
    void givesUp() {
        GroupException failed = catchThrowableOfType(GroupException.class, () -> Async.run(() -> TaskGroup.run(group -> {
            Supervisor.start(group, Strategy.ONE_FOR_ONE, new Intensity(2, Duration.ofMinutes(1)),
                    List.of(serving("a"), failing("b", Restart.PERMANENT, 100)));
            Async.sleepForever();
        })));
        assertThat(failed.leaves().getFirst()).hasMessageContaining("3 times").hasMessageContaining("b");
        assertThat(failed.leaves().getFirst().getSuppressed()).hasSize(3).allMatch(e -> e.getMessage().equals("b is ill"));
        assertThat(seen).containsExactly("+a", "+b", "+b", "+b", "-a");
    }

    private static void dieOnce(String file) throws Exception {
        if (java.nio.file.Files.deleteIfExists(java.nio.file.Path.of(file))) {
            Runtime.getRuntime().halt(3);
        }
        Async.sleepForever();
    }

    @Test
    @DisplayName("D10: a child JVM that dies is replaced")
    void childrenAreServices() throws Exception {
        String file = java.nio.file.Files.createTempFile("espalier", "once").toString();
        ChildOptions options = ChildProcessTest.QUIET;
        Async.run(() -> TaskGroup.run(group -> {
            // @start region="supervisor"
            Service service = new Service("scanner", Restart.PERMANENT,
                    () -> TaskGroup.run(own -> ChildProcess.start(own, options, () -> dieOnce(file)).await()));
            Supervisor supervisor = Supervisor.start(group, Strategy.ONE_FOR_ONE, new Intensity(3, Duration.ofSeconds(30)),
                    List.of(service));
            // @end
            var kinds = new ArrayList<Supervisor.Kind>();
            for (int i = 0; i < 3; i++) {
                kinds.add(supervisor.events().receive().kind());
            }
            assertThat(kinds).containsExactly(Supervisor.Kind.STARTED, Supervisor.Kind.ENDED, Supervisor.Kind.STARTED);
            supervisor.stop();
        }));
    }
}
