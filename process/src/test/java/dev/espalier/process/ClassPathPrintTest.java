package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * B12: parent and child have the same JDK and the same classes, or there is no child.
 */
@Timeout(60)
class ClassPathPrintTest {
    @TempDir
    private Path folder;

    private Path jar(String name) throws IOException {
        return Files.writeString(folder.resolve(name), "classes of " + name);
    }

    private String difference(List<Path> paths, Change change) throws IOException {
        List<String> entries = paths.stream().map(Path::toString).toList();
        long[] before = ClassPathPrint.of(entries);
        change.make();
        return ClassPathPrint.difference(entries, before, ClassPathPrint.of(entries));
    }

    private interface Change {
        void make() throws IOException;
    }

    @Test
    void exchangedFileIsNamed() throws IOException {
        Path changed = jar("b.jar");
        assertThat(difference(List.of(jar("a.jar"), changed), () -> Files.writeString(changed, "newer classes")))
                .startsWith(changed.toString()).contains("has changed");
        assertThat(difference(List.of(changed), () -> Files.setLastModifiedTime(changed, FileTime.fromMillis(1))))
                .startsWith(changed.toString());
        assertThat(difference(List.of(changed), () -> Files.delete(changed))).startsWith(changed.toString());
    }

    @Test
    void compilingIntoADirectoryIsNoDifference() throws IOException {
        assertThat(difference(List.of(folder), () -> Files.writeString(folder.resolve("New.class"), "new"))).isEmpty();
    }

    @Test
    void pathThatEndsEarlyIsADifferenceAndAnAgentAtItsEndIsNone() throws IOException {
        List<String> two = List.of(jar("a.jar").toString(), jar("b.jar").toString());
        long[] own = ClassPathPrint.of(two);
        assertThat(ClassPathPrint.difference(two, own, ClassPathPrint.of(two.subList(0, 1))))
                .isEqualTo("the child's class path ends before " + two.get(1));
        assertThat(ClassPathPrint.difference(two.subList(0, 1), ClassPathPrint.of(two.subList(0, 1)), own)).isEmpty();
    }

    @Test
    @DisplayName("3.37: another build of the same JDK is refused, one of the user's choice is not")
    void anotherBuildOfTheSameJdkIsRefusedAndOneOfTheUsersChoiceIsNot() {
        var own = Greeting.Hello.of(new Ticket(Handshake.random(), 1, 1, "unix:/s"));
        var updated = new Greeting.Hello(own.protocol(), 1, own.release(), "25.9.9+1", own.paths());
        var old = new Greeting.Hello(own.protocol(), 1, "21", "21.0.1+1", own.paths());
        assertThatCode(() -> Greeting.check(own, true)).doesNotThrowAnyException();
        assertThatCode(() -> Greeting.check(updated, false)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Greeting.check(updated, true)).isInstanceOf(ProtocolException.class)
                .hasMessageContaining("25.9.9+1").hasMessageContaining("restart");
        assertThatThrownBy(() -> Greeting.check(old, false)).isInstanceOf(ProtocolException.class)
                .hasMessageContaining("JDK 21");
    }

    @Test
    void poolWhoseJarWasExchangedSaysSoWhenItStartsAnotherChild() throws Exception {
        Path jar = jar("library.jar");
        Path output = folder.resolve("output");
        Process program = new ProcessBuilder(LaunchLine.java(), "-cp", System.getProperty("java.class.path")
                + File.pathSeparator + jar, Exchanged.class.getName(), jar.toString())
                .redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            assertThat(program.waitFor(50, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(output, StandardCharsets.UTF_8)).contains("parent and child have other classes: "
                    + jar + " has changed");
        } finally {
            program.destroyForcibly();
        }
    }

    /** A program that exchanges a jar of its own while a child runs, and kills the child. */
    static final class Exchanged {
        private Exchanged() {
        }

        public static void main(String[] arguments) throws IOException {
            Async.run(() -> {
                try (var pool = ProcessPool.open(TestPools.ONE.withStartAttempts(1))) {
                    long child = pool.call(TestPools::pid);
                    Files.writeString(Path.of(arguments[0]), "classes of another build");
                    TestPools.signal("KILL", child);
                    System.out.println(pool.<Long, RuntimeException>call(TestPools::pid));
                } catch (WorkerLostException refused) {
                    System.out.println(refused.getMessage());
                }
            });
        }
    }
}
