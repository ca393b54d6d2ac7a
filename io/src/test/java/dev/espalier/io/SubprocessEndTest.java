package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** How a child ends, and what ends it: rules P1, P3 and P4. */
class SubprocessEndTest extends WithChildren {
    @Test
    @DisplayName("P1: the end of the child and the end of its output are two events")
    void awaitDoesNotWaitForThePipes() throws IOException {
        Path go = directory.resolve("go");
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, sh("read started; (until [ -e " + go + " ]; do sleep 0.01; done; echo one; "
                    + "until [ -e " + go + "2 ]; do sleep 0.01; done; echo two) & exit 4"));
            child.stdin().writeLine("go on");
            assertThat(child.await()).isEqualTo(4);
            Files.createFile(go);
            assertThat(child.stdout().readLine()).isEqualTo("one");
            Files.createFile(directory.resolve("go2"));
            assertThat(child.stdout().readLine()).as("written long after the end of the child").isEqualTo("two");
            assertThat(child.stdout().readLine()).isNull();
        });
    }

    @Test
    @DisplayName("P1: close after the end of the child does not wait for descendants that keep the pipes")
    void closeDoesNotWaitForPipesOfDescendants() throws IOException {
        Path go = directory.resolve("go");
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, sh("(until [ -e " + go + " ]; do sleep 0.01; done) & exit 0"));
            assertThat(child.await()).isZero();
            child.close();
            assertThatThrownBy(() -> child.stdout().read(1)).isInstanceOf(StreamClosedException.class)
                    .hasMessageContaining("closed on this side");
        });
        Files.createFile(go);
    }

    @Test
    @DisplayName("P3: the pipes are closed first, so a child that is blocked in a full one can end by itself")
    void childBlockedInAFullPipeEndsInOrder() throws IOException {
        Path ended = directory.resolve("ended");
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, sh("trap '' TERM; cat /dev/zero; echo $? > " + ended)
                    .withGrace(Duration.ofMinutes(1)));
            child.stdout().read(1);
            child.close();
            assertThat(child.await()).isZero();
        });
        assertThat(ended).exists();
    }

    @Test
    @DisplayName("P4: cancelled, the child is asked to end and has its grace")
    void cancelledGroupAsksTheChildToEnd() throws IOException {
        Path ended = directory.resolve("ended");
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, sh("trap 'echo x > " + ended + "; exit 0' TERM; echo ready; "
                    + "while :; do sleep 0.01; done").withGrace(Duration.ofMinutes(1)));
            child.stdout().readLine();
            group.cancel("test");
        });
        assertThat(ended).exists();
    }

    @Test
    @DisplayName("P4: a child that does not want to end is killed after the grace, with its descendants")
    void stubbornTreeIsKilled() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, sh("trap '' TERM; (while :; do sleep 0.01; done) & echo ready; "
                    + "while :; do sleep 0.01; done").withGrace(Duration.ofMillis(50)));
            child.stdout().readLine();
            assertThat(ProcessHandle.of(child.pid()).orElseThrow().children()).isNotEmpty();
            group.cancel("test");
            // nothingIsLeft() looks for the tree
        });
    }

    @Test
    @DisplayName("P4: descendants have the grace too, when the child ends first")
    void descendantsHaveTheGraceToo() throws IOException {
        Path ended = directory.resolve("ended");
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, sh("sh -c 'trap \"sleep 0.1; echo x > " + ended
                    + "; exit 0\" TERM; echo ready; while :; do sleep 0.01; done' & wait").withGrace(Duration.ofMinutes(1)));
            child.stdout().readLine();
            child.close();
            assertThat(child.await()).isEqualTo(128 + 15);
        });
        assertThat(ended).exists();
    }

    @Test
    @DisplayName("P4: a cancellation with a grace of its own is not waited out by a longer one, and still leaves nothing")
    void graceOfTheScopeIsTheUpperBound() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(
                    group, sh("trap '' TERM; echo ready; while :; do sleep 0.01; done").withGrace(Duration.ofHours(1)));
            child.stdout().readLine();
            group.scope().cancel("test", Duration.ofMillis(50));
        });
    }

    @Test
    void timeoutEndsTheChild() throws IOException {
        this.<IOException>run(() -> assertThat(Async.moveOnAfter(
                Duration.ofMillis(100), () -> Subprocess.run("sleep", "1000"))).isEmpty());
    }

    @Test
    @DisplayName("P4: wherever a cancellation meets it, a run leaves no child and no pipe")
    void runIsCancelledAnywhere() throws IOException {
        byte[] much = random(300_000);
        int[] ends = new int[2];
        for (int micros = 0; micros < 40_000; micros += 1 + micros / 4) {
            Duration patience = Duration.ofNanos(1000L * micros);
            this.<IOException>run(() -> ends[Async.moveOnAfter(patience, () -> {
                assertThat(Subprocess.run(Command.of("cat"), much, much.length).check().stdout()).isEqualTo(much);
            }) ? 1 : 0]++);
        }
        assertThat(ends[0]).as("cancelled").isPositive();
    }

    @Test
    void terminateAsksOnlyTheChild() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, "sleep", "1000");
            child.terminate();
            assertThat(child.await()).isEqualTo(128 + 15);
            child.terminate();
            child.kill();
            child.close();
            child.close();
        });
    }

    @Test
    void childOfACancelledTaskIsNotStarted() throws IOException {
        Path never = directory.resolve("never");
        inGroup(group -> {
            group.cancel("test");
            Subprocess.start(group, "touch", never.toString());
        });
        assertThat(never).doesNotExist();
    }

    @Test
    void childOfALeftGroupIsEndedAtOnce() throws IOException {
        this.<IOException>run(() -> {
            TaskGroup left = TaskGroup.call(group -> group);
            assertThatIllegalStateException().isThrownBy(() -> Subprocess.start(left, "sleep", "1000"));
        });
    }
}
