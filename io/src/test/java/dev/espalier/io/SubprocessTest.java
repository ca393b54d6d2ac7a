package dev.espalier.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a child is given, and what comes of it. */
class SubprocessTest extends WithChildren {
    // ---- F11: to the end

    @Test
    void childIsRunToItsEnd() throws IOException {
        this.<IOException>run(() -> {
            Subprocess.Completed done = Subprocess.run("sh", "-c", "echo grüß; echo bad >&2; exit 3");
            assertThat(done.status()).isEqualTo(3);
            assertThat(done.text()).isEqualTo("grüß\n");
            assertThat(done.errorText()).isEqualTo("bad\n");
            assertThat(done.arguments()).startsWith("sh", "-c");
        });
    }

    @Test
    @DisplayName("P2: all three pipes are served at once, so full ones block nobody")
    void muchGoesThroughBothWays() throws IOException {
        byte[] much = random(5_000_000);
        this.<IOException>run(() -> {
            Subprocess.Completed done = Subprocess.run(sh("tee /dev/stderr"), much, much.length);
            assertThat(done.stdout()).isEqualTo(much);
            assertThat(done.stderr()).isEqualTo(much);
        });
    }

    @Test
    @DisplayName("P2: a child that does not read its input is no failure")
    void inputThatIsNotWantedIsIgnored() throws IOException {
        this.<IOException>run(() -> assertThat(Subprocess.run(sh("exec <&-; echo done"), random(1_000_000), 100).text())
                .isEqualTo("done\n"));
    }

    @Test
    @DisplayName("P2: output is bounded; beyond it the child is ended")
    void endlessOutputIsRefused() throws IOException {
        this.<IOException>run(() -> assertThatThrownBy(() -> Subprocess.run(sh("yes"), new byte[0], 10_000))
                .isInstanceOf(ReadLimitException.class)
                .hasMessageContaining("standard output of sh")
                .hasMessageContaining("10000"));
    }

    @Test
    @DisplayName("P2: cancelled while it collects, what was collected stays readable and the child goes on")
    void cancelledCommunicationLosesNothing() throws IOException {
        Path go = directory.resolve("go");
        Path seen = directory.resolve("seen");
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, sh("head -c 100000 /dev/zero; echo x > " + seen + "; until [ -e " + go
                    + " ]; do sleep 0.01; done; echo end"));
            assertThat(Async.moveOnAfter(Duration.ofHours(1), () -> TaskGroup.<IOException>run(inner -> {
                inner.start(() -> {
                    while (!Files.exists(seen)) {
                        Async.sleep(Duration.ofMillis(1));
                    }
                    inner.cancel("test");
                });
                child.communicate(new byte[0], 1_000_000);
            }))).isTrue();
            Files.createFile(go);
            byte[] all = child.stdout().readAll(1_000_000);
            assertThat(all).hasSize(100_004);
            assertThat(new String(Arrays.copyOfRange(all, 100_000, 100_004), UTF_8)).isEqualTo("end\n");
            assertThat(child.await()).isZero();
        });
    }

    @Test
    void checkNamesCommandStatusAndTheEndOfItsComplaints() throws IOException {
        this.<IOException>run(() -> {
            assertThat(Subprocess.run("true").check().status()).isZero();
            assertThatThrownBy(() -> Subprocess.run(sh("seq 1000 >&2; exit 7"), new byte[0], 10_000).check())
                    .isInstanceOfSatisfying(Subprocess.FailedException.class, e -> assertThat(e.status()).isEqualTo(7))
                    .hasMessageContaining("[sh, -c, seq 1000")
                    .hasMessageContaining("status 7")
                    .hasMessageEndingWith("\n999\n1000")
                    .hasMessageNotContaining("\n100\n");
            assertThatThrownBy(() -> Subprocess.run("false").check()).hasMessageEndingWith("status 1, and said nothing");
            assertThatThrownBy(() -> Subprocess.run("sh", "-c", "echo out; exit 1").check()).hasMessageEndingWith("ends: out");
        });
    }

    // ---- F11: as streams

    @Test
    void childIsTalkedTo() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, "cat");
            assertThat(child.status()).isEmpty();
            assertThat(child).hasToString("child " + child.pid() + " 'cat'");
            for (String line : List.of("one", "two")) {
                child.stdin().writeLine(line);
                assertThat(child.stdout().readLine()).isEqualTo(line);
            }
            child.stdin().writeEnd();
            assertThat(child.stdout().readLine()).isNull();
            assertThat(child.await()).isZero();
            assertThat(child.status()).hasValue(0);
        });
    }

    @Test
    void javaChildIsRun() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        this.<IOException>run(() -> assertThat(Subprocess.run(java, "-version").check().errorText()).contains("version"));
    }

    @Test
    void cancelledReadLosesNothing() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, "cat");
            for (int i = 0; i < 20; i++) {
                assertThat(Async.moveOnAfter(Duration.ofMillis(1), () -> child.stdout().readExactly(21))).isEmpty();
                child.stdin().write("a");
            }
            assertThat(new String(child.stdout().readExactly(20), UTF_8)).isEqualTo("a".repeat(20));
            child.close();
        });
    }

    @Test
    @DisplayName("Back-pressure: what nobody reads stays with the child")
    void readAheadIsBounded() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, "dd", "if=/dev/zero", "bs=4096"); // a write counts when it has returned
            Thread reader = Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("espalier-pipe standard output of dd"))
                    .findFirst()
                    .orElseThrow();
            long before = 0;
            for (int still = 0; still < 20;) { // looks in a row
                Async.sleep(Duration.ofMillis(2));
                long written = written(child);
                assertThat(written).isLessThanOrEqualTo(2 * ByteRing.CAPACITY + (256 << 10));
                boolean blocked = written >= ByteRing.CAPACITY && written == before // it may not have begun
                        && reader.getState() == Thread.State.WAITING; // in a read of the pipe it would be runnable
                still = blocked ? still + 1 : 0;
                before = written;
            }
            child.close();
        });
    }

    /** How much it has written, in bytes, as the system counts it. */
    private static long written(Subprocess child) throws IOException {
        Path counters = Path.of("/proc", Long.toString(child.pid()), "io");
        assumeTrue(Files.isReadable(counters));
        return Files.readAllLines(counters).stream()
                .filter(line -> line.startsWith("wchar: "))
                .mapToLong(line -> Long.parseLong(line.substring(7)))
                .sum();
    }

    @Test
    void writerWaitsForAChildThatDoesNotRead() throws IOException {
        byte[] much = random(1_000_000);
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, sh("read line; cat"));
            assertThat(Async.moveOnAfter(Duration.ofMillis(50), () -> child.stdout().read(1))).isEmpty();
            child.stdin().writeLine("go");
            var written = group.start(() -> {
                child.stdin().write(much);
                child.stdin().writeEnd();
            });
            assertThat(child.stdout().readExactly(much.length)).isEqualTo(much);
            written.await();
            assertThat(child.await()).isZero();
        });
    }

    @Test
    void flushWaitsForThePipeAndCancelledWriteTellsHowFarItGot() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, Command.of("sleep", "1000").withGrace(Duration.ZERO));
            child.stdin().write("small");
            child.stdin().flush(); // the pipe of the system takes it, though nobody reads
            assertThat(Async.moveOnAfter(Duration.ofMillis(50), () -> child.stdin().write(random(1_000_000)))).isFalse();
            assertThatThrownBy(() -> child.stdin().write("x"))
                    .isInstanceOf(StreamClosedException.class)
                    .hasMessageContaining("failed before")
                    .hasMessageContaining("of 1000000 bytes");
            child.close();
        });
    }

    @Test
    void childThatClosedItsInputIsTold() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, sh("exec <&-; echo closed; exec sleep 1000").withGrace(Duration.ZERO));
            child.stdout().readLine();
            assertThatThrownBy(() -> {
                child.stdin().write("x");
                child.stdin().flush();
            }).isInstanceOf(StreamClosedException.class)
                    .hasMessageContaining("standard input of sh was closed by the child")
                    .hasMessageContaining("1 bytes");
            assertThatThrownBy(() -> child.stdin().write("y")).isInstanceOf(StreamClosedException.class);
            child.close();
        });
    }

    @Test
    void writerThatWaitsHearsOfTheEndOfTheChild() throws IOException {
        inGroup(group -> {
            Subprocess child = Subprocess.start(group, "sleep", "1000");
            group.start(child::kill); // when the write waits
            assertThatThrownBy(() -> child.stdin().write(random(1_000_000))).isInstanceOf(StreamClosedException.class);
            assertThat(child.await()).isEqualTo(128 + 9);
            assertThatThrownBy(() -> child.stdin().write("x")).isInstanceOf(StreamClosedException.class);
        });
    }

    @Test
    void groupWaitsForTheChildAndManyAtOnceAreServed() throws IOException {
        Path log = directory.resolve("log");
        inGroup(group -> {
            for (int i = 0; i < 20; i++) {
                Subprocess.start(group, sh("echo x >> " + log));
            }
        });
        assertThat(log).hasContent("x\n".repeat(20));
    }

    // ---- the command

    @Test
    void missingProgramIsNamed() throws IOException {
        inGroup(group -> {
            assertThatThrownBy(() -> Subprocess.start(group, "no-such-program"))
                    .isInstanceOf(IOException.class).hasMessageContaining("no-such-program");
            assertThatThrownBy(() -> Subprocess.start(group, Command.of("true").withDirectory(directory.resolve("nowhere"))))
                    .isInstanceOf(IOException.class).hasMessageContaining("nowhere");
            assertThatIllegalArgumentException().isThrownBy(() -> Subprocess.start(group)).withMessageContaining("program");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Command.of("true").withGrace(Duration.ofMillis(-1))).withMessageContaining("grace");
        });
    }

    @Test
    void directoryAndEnvironmentAreTheCommands() throws IOException {
        Command command = sh("pwd; echo $ADDED; echo ${PATH-none}")
                .withDirectory(directory.toRealPath())
                .withVariable("ADDED", "there")
                .withoutVariable("PATH");
        // dash has a PATH of its own if it gets none, so the environment itself is looked at
        Command bare = Command.of("/usr/bin/env").withoutVariable("PATH").withVariable("A", "b");
        this.<IOException>run(() -> {
            assertThat(Subprocess.run(command, new byte[0], 1000).text()).startsWith(directory.toRealPath() + "\nthere\n");
            assertThat(Subprocess.run(bare, new byte[0], 100_000).text().lines())
                    .contains("A=b").noneMatch(line -> line.startsWith("PATH="));
        });
    }

    @Test
    void streamsGoWhereTheCommandSays() throws IOException {
        Path in = Files.writeString(directory.resolve("in"), "from file");
        Path out = directory.resolve("out");
        this.<IOException>run(() -> {
            Command files = sh("cat; echo bad >&2").withStdin(Redirect.from(in.toFile()))
                    .withStdout(Redirect.to(out.toFile())).withStderr(Redirect.DISCARD);
            Subprocess.Completed done = Subprocess.run(files, new byte[0], 100);
            assertThat(done.stdout()).isEmpty();
            assertThat(done.stderr()).isEmpty();
            assertThat(out).hasContent("from file");
            assertThat(Subprocess.run(sh("cat; echo a; echo b >&2; echo c").withStdin(Redirect.DISCARD).withMergedErrors(),
                    new byte[0], 100).text()).isEqualTo("a\nb\nc\n");
            TaskGroup.<IOException>run(group -> {
                Subprocess child = Subprocess.start(group, files);
                assertThatIllegalStateException().isThrownBy(child::stdout).withMessageContaining("not piped")
                        .withMessageContaining(out.toString());
                assertThatIllegalStateException().isThrownBy(child::stdin);
                assertThatIllegalStateException().isThrownBy(child::stderr);
            });
        });
    }

    @Test
    @DisplayName("P5: pipes are bounded in number, with an error that says so")
    void pipesBeyondTheLimitAreRefused() throws IOException {
        PipeThread.reserve(PipeThread.LIMIT - 2, "the test");
        try {
            inGroup(group -> {
                assertThatThrownBy(() -> Subprocess.start(group, "true"))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("Command[true]").hasMessageContaining("1022 of at most 1024 pipes");
                assertThat(Subprocess.start(group, Command.of("true").withStderr(Redirect.DISCARD)).await()).isZero();
            });
        } finally {
            PipeThread.giveBack(PipeThread.LIMIT - 2);
        }
    }
}
