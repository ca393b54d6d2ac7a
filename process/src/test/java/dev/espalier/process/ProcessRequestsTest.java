package dev.espalier.process;

import static dev.espalier.process.ChildProcessTest.QUIET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.BodyWith;
import dev.espalier.core.CancelledError;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.GroupPolicy;
import dev.espalier.core.Sender;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.process.ProcessRequests.Responder;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Requests and replies between processes, with real child JVMs.
 */
@Timeout(60)
class ProcessRequestsTest {
    private static <T, X extends Throwable> T inGroup(BodyWith<TaskGroup, T, X> body) throws X {
        return Async.run(() -> Async.timeout(Duration.ofSeconds(50),
                () -> TaskGroup.<T, X>call(GroupPolicy.supervisor(), body)));
    }

    @Test
    @DisplayName("E6: many requests are out at once, each gets its own answer")
    void answersFindTheirRequests() {
        ChildOptions options = QUIET;
        List<Integer> lengths = inGroup(group -> {
            // @start region="requests"
            ProcessRequests<String, Integer> requests = ProcessRequests.open(16);
            Responder<String, Integer> responder = requests.responder();
            ChildProcess.start(group, options, () -> responder.serve(word -> word.length())); // captures an end, which moves there
            int five = requests.caller().call("apple");
            // @end
            List<Task<Integer>> more = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                String word = "a".repeat(i);
                more.add(group.start(() -> requests.caller().<RuntimeException>call(word)));
            }
            List<Integer> all = new ArrayList<>(List.of(five));
            more.forEach(each -> all.add(each.await()));
            requests.caller().close();
            return all;
        });
        assertThat(lengths).hasSize(101).startsWith(5, 0, 1, 2).endsWith(98, 99);
    }

    private static int slowly(String word, Sender<String> log) throws IOException {
        try {
            log.send("began " + word);
            if (word.equals("bad")) {
                throw new IOException("rotten");
            }
            Async.sleep(Duration.ofHours(1));
            return 1;
        } catch (CancelledError cancelled) {
            log.trySend("cancelled " + word);
            throw cancelled;
        }
    }

    @Test
    @DisplayName("E6: a failure comes back with its type; a cancelled call cancels what answers it, and nothing else")
    void failureAndCancellationCrossTheBorder() {
        inGroup(group -> {
            ProcessRequests<String, Integer> requests = ProcessRequests.open(4);
            ProcessChannel<String> log = ProcessChannel.open(16);
            Responder<String, Integer> responder = requests.responder();
            Sender<String> out = log.sender();
            ChildProcess.start(group, QUIET, () -> responder.serve(word -> slowly(word, out)));
            assertThat(log.receiver().tryReceive()).isEmpty(); // from now on there is room
            assertThatThrownBy(() -> requests.caller().<IOException>call("bad")).isInstanceOf(IOException.class)
                    .hasMessage("rotten").hasRootCauseInstanceOf(RemoteTaskException.class);
            assertThat(log.receiver().receive()).isEqualTo("began bad");
            Task<Integer> call = group.start(() -> requests.caller().<RuntimeException>call("slow"));
            assertThat(log.receiver().receive()).isEqualTo("began slow");
            call.cancel("not wanted");
            assertThat(log.receiver().receive()).isEqualTo("cancelled slow");
            assertThatThrownBy(() -> requests.caller().<IOException>call("bad")).isInstanceOf(IOException.class);
            requests.caller().close();
            return 0;
        });
    }

    @Test
    @DisplayName("E12: who waits for an answer of a process that dies gets to know why there is none")
    void lossOfTheResponderEndsTheCalls() {
        inGroup(group -> {
            ProcessRequests<Integer, @Nullable Integer> requests = ProcessRequests.open(4);
            Responder<Integer, @Nullable Integer> responder = requests.responder();
            ChildProcess.start(group, QUIET, () -> responder.serve(code -> {
                if (code > 0) {
                    Runtime.getRuntime().halt(code);
                }
                return null;
            }));
            assertThat(requests.caller().<RuntimeException>call(0)).isNull();
            assertThatThrownBy(() -> requests.caller().<RuntimeException>call(9)).isInstanceOf(ChannelClosedException.class)
                    .hasCauseInstanceOf(WorkerLostException.class);
            return 0;
        });
    }
}
