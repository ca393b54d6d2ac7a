package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** The snippets of tasks, groups and scopes. */
class ScopeSnippetsTest {

    @Test
    void startNowHasDoneTheFirstStepWhenItReturns() {
        List<String> log = new ArrayList<>();
        // @start region="startNow"
        Async.run(() -> TaskGroup.run(group -> {
            group.startNow(() -> {
                log.add("registered");
                Async.checkpoint();
                log.add("woken");
            });
            log.add("going on");
        }));
        // @end
        assertThat(log).containsExactly("registered", "going on", "woken");
    }

    @Test
    void startReadyReturnsWhatTheChildSays() {
        var log = new ArrayList<String>();
        // @start region="startReady"
        Async.run(() -> TaskGroup.run(group -> {
            int port = group.startReady(ready -> {
                Async.sleep(Duration.ofMillis(1)); // binds, loads, warms up; a failure here is thrown by startReady
                ready.succeed(8080);
                Async.sleepForever(); // serves
            });
            log.add("listens on " + port);
            group.cancel("enough");
        }));
        // @end
        assertThat(log).containsExactly("listens on 8080");
    }

    @Test
    void aQuorumOfTwoReadsTheValuesOfThoseThatEndedWell() {
        // @start region="quorum"
        List<Integer> votes = Async.run(() -> TaskGroup.successes(
                TaskGroup.call(GroupPolicy.quorum(2), group -> List.of(
                        group.start(() -> ask(1)), group.start(() -> ask(2)), group.start(() -> ask(3))))));
        // @end
        assertThat(votes).containsExactly(10, 20);
    }

    private static int ask(int replica) {
        Async.sleep(replica == 3 ? Duration.ofHours(1) : Duration.ofMillis(1)); // the third does not answer
        return 10 * replica;
    }

    /** As a statement of JDBC: its cancel may block. */
    private static final class Statement {
        private static final CountDownLatch EXECUTING = new CountDownLatch(1);
        private final CompletableFuture<String> result = new CompletableFuture<>();

        String execute() {
            EXECUTING.countDown();
            return result.join();
        }

        void cancel() {
            result.complete("cancelled by the database");
        }
    }

    private static void handOut(CancelScope scope) {
        Thread.startVirtualThread(() -> {
            try {
                Statement.EXECUTING.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            scope.cancel("not needed any more");
        });
    }

    @Test
    void onCancelReachesAHandleThatKnowsNoTasks() {
        var answers = new ArrayList<String>();
        // @start region="onCancel"
        Async.run(() -> CancelScope.run(scope -> {
            handOut(scope); // somebody may cancel it
            answers.add(Async.offload(() -> {
                var statement = new Statement();
                try (var _ = scope.onCancel(() -> Thread.startVirtualThread(statement::cancel))) {
                    return statement.execute();
                }
            }));
        }));
        // @end
        assertThat(answers).containsExactly("cancelled by the database");
    }

    @Test
    void splitPartsTheFailuresByType() {
        var log = new ArrayList<String>();
        // @start region="split"
        try {
            Async.run(() -> TaskGroup.run(GroupPolicy.collectAll(), group -> {
                group.start(() -> fail(new IOException("network")));
                group.start(() -> fail(new IllegalStateException("bug")));
            }));
        } catch (GroupException e) {
            GroupException.Split parts = e.split(IOException.class);
            if (parts.matching() != null) {
                log.add("try again: " + parts.matching().leaves());
            }
            if (parts.rest() != null) {
                log.add("give up: " + parts.rest().leaves());
            }
        }
        // @end
        assertThat(log).containsExactly(
                "try again: [java.io.IOException: network]", "give up: [java.lang.IllegalStateException: bug]");
    }

    private static void fail(Exception failure) throws Exception {
        throw failure;
    }

    private record Connection(String to, List<String> log) {
        static Connection open(String to, List<String> log) {
            Async.sleep(Duration.ofMillis(1));
            log.add("open " + to);
            return new Connection(to, log);
        }

        void close() {
            Async.sleep(Duration.ofMillis(1));
            log.add("close " + to);
        }
    }

    @Test
    void aResourceScopeClosesTheLastFirst() {
        var log = new ArrayList<String>();
        // @start region="resources"
        Async.run(() -> ResourceScope.run(Duration.ofSeconds(5), scope -> {
            Connection primary = scope.acquire(() -> Connection.open("primary", log), Connection::close);
            Connection replica = scope.acquire(() -> Connection.open("replica", log), Connection::close);
            scope.onExit(() -> log.add("flush"));
            log.add("copy " + primary.to() + " to " + replica.to());
        }));
        // @end
        assertThat(log).containsExactly(
                "open primary", "open replica", "copy primary to replica", "flush", "close replica", "close primary");
    }

    @Test
    void unshieldIsThePartThatMayBeGivenUp() {
        var log = new ArrayList<String>();
        // @start region="unshield"
        Async.run(() -> CancelScope.run(scope -> Async.shield(Duration.ofSeconds(5), () -> {
            log.add("begun"); // must be followed by an end
            scope.cancel("not needed any more");
            try {
                Async.unshield(() -> Async.sleepForever()); // the long part
            } finally {
                Async.checkpoint(); // shielded again
                log.add("ended");
            }
        })));
        // @end
        assertThat(log).containsExactly("begun", "ended");
    }
}
