package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.Async;
import dev.espalier.core.CancelScope;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.GroupException;
import dev.espalier.core.Receiver;
import dev.espalier.core.TaskGroup;
import dev.espalier.io.Directory.Change;
import dev.espalier.io.Directory.Change.Kind;
import dev.espalier.io.Directory.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** F9: walking and watching. Whatever a test does, no directory and no watch is left open after it. */
class DirectoryTest extends OnBothEngines {
    @TempDir
    Path directory;

    @AfterEach
    void nothingIsLeftOpen() throws IOException {
        assertThat(Descriptors.links(directory.toRealPath().toString())).isEmpty();
        assertThat(Descriptors.links("anon_inode:inotify")).isEmpty();
        await().pollDelay(Duration.ZERO).untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("espalier-watch of")));
    }

    private void files(Path where, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Files.createFile(where.resolve("file" + i));
        }
    }

    private static List<Path> paths(Receiver<Entry> entries) {
        List<Path> paths = new ArrayList<>();
        entries.forEach(entry -> paths.add(entry.path()));
        return paths;
    }

    // ---- walk

    @Test
    void everythingBelowIsWalkedThroughParentsFirst() throws IOException {
        for (int i = 0; i < 10; i++) {
            files(Files.createDirectories(directory.resolve("a" + i).resolve("b")), 100);
        }
        Files.createSymbolicLink(directory.resolve("link"), directory);
        List<Path> all;
        try (var walked = Files.walk(directory)) {
            all = walked.skip(1).toList();
        }
        inGroup(group -> {
            List<Path> paths = paths(Directory.walk(group, directory));
            assertThat(paths).containsExactlyInAnyOrderElementsOf(all);
            for (int i = 0; i < paths.size(); i++) {
                Path parent = paths.get(i).getParent();
                assertThat(parent.equals(directory) || paths.subList(0, i).contains(parent)).as("parent of " + paths.get(i)).isTrue();
            }
        });
    }

    @Test
    void entriesTellWhatTheyAre() throws IOException {
        Files.writeString(directory.resolve("file"), "12345");
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("nowhere"));
        inGroup(group -> {
            for (Entry entry : Directory.walk(group, directory)) {
                assertThat(entry.attributes().isSymbolicLink()).isEqualTo(entry.path().equals(link));
                assertThat(entry.attributes().isRegularFile()).isNotEqualTo(entry.path().equals(link));
                assertThat(entry.attributes().isRegularFile() ? entry.attributes().size() : 5).isEqualTo(5);
            }
        });
    }

    @Test
    void walkIsNoFurtherAheadThanSaid() throws IOException {
        files(directory, 1500);
        inGroup(group -> {
            Receiver<Entry> entries = Directory.walk(group, directory);
            entries.receive();
            while (!group.children().getFirst().waitingFor().contains("senders wait")) { // as far as it gets
                Async.sleep(Duration.ofMillis(1));
            }
            try (var all = Files.list(directory)) {
                for (Path path : all.toList()) {
                    Files.delete(path);
                }
            }
            // The file system may give names it had read before; of those that are gone, none is an entry.
            assertThat(paths(entries)).hasSizeBetween(255, 512);
        });
    }

    @Test
    void closedReceiverEndsTheWalk() throws IOException {
        files(Files.createDirectory(directory.resolve("sub")), 1000);
        inGroup(group -> {
            Receiver<Entry> entries = Directory.walk(group, directory);
            entries.receive();
            entries.close();
        });
    }

    @Test
    void cancelledWalkLeavesNothingOpen() throws IOException {
        files(Files.createDirectory(directory.resolve("sub")), 1000);
        inGroup(group -> {
            Directory.walk(group, directory).receive();
            group.cancel("test");
        });
    }

    @Test
    void directoryThatCannotBeReadIsNamed() throws IOException {
        Path missing = directory.resolve("missing");
        Path file = Files.createFile(directory.resolve("file"));
        for (Path path : List.of(missing, file)) {
            assertThatThrownBy(() -> inGroup(group -> assertThatThrownBy(() -> Directory.walk(group, path).receive())
                            .isInstanceOf(ChannelClosedException.class)
                            .hasRootCauseInstanceOf(path.equals(file) ? NotDirectoryException.class : NoSuchFileException.class)))
                    .isInstanceOf(GroupException.class)
                    .hasMessageContaining(path.toString());
        }
    }

    // ---- watch

    @Test
    void changesAreToldInOrder() throws IOException {
        inGroup(group -> {
            Receiver<Change> changes = Directory.watch(group, directory, 10);
            Path file = Files.createFile(directory.resolve("file"));
            assertThat(changes.receive()).isEqualTo(new Change(Kind.CREATED, file));
            Files.writeString(file, "x");
            assertThat(changes.receive()).isEqualTo(new Change(Kind.MODIFIED, file));
            Files.delete(file);
            Change next = changes.receive();
            while (next.kind() == Kind.MODIFIED) { // a file that is filled may be told of twice
                next = changes.receive();
            }
            assertThat(next).isEqualTo(new Change(Kind.DELETED, file));
        }); // and the group ends by itself: the watch is in the background
    }

    @Test
    void overflowIsTold() throws IOException {
        assumeTrue(System.getProperty("os.name").equals("Linux"));
        inGroup(group -> {
            Receiver<Change> changes = Directory.watch(group, directory, 0);
            Async.<IOException>offload(() -> files(directory, 1500));
            Set<Kind> kinds = EnumSet.noneOf(Kind.class);
            int count = 0;
            for (Change change = changes.receive(); change.kind() != Kind.OVERFLOW; change = changes.receive()) {
                kinds.add(change.kind());
                count++;
            }
            assertThat(count).isLessThan(1500);
            assertThat(kinds).isSubsetOf(Kind.CREATED);
            Path after = Files.createFile(directory.resolve("after"));
            while (!changes.receive().path().equals(after)) {
                Async.checkpoint();
            }
        });
    }

    @Test
    void watchEndsWithItsDirectory() throws IOException {
        Path sub = Files.createDirectory(directory.resolve("sub"));
        inGroup(group -> {
            Receiver<Change> changes = Directory.watch(group, sub, 10);
            Files.delete(sub);
            assertThat(changes.iterator().hasNext()).isFalse();
        });
    }

    @Test
    void closedReceiverEndsTheWatch() throws IOException {
        inGroup(group -> {
            Receiver<Change> changes = Directory.watch(group, directory, 10);
            changes.close();
            while (!group.children().isEmpty()) {
                Async.sleep(Duration.ofMillis(1));
            }
        });
    }

    @Test
    void watchThatIsCancelledAtItsBeginIsNone() throws IOException {
        inGroup(group -> {
            assertThat(CancelScope.<IOException>run(scope -> {
                group.start(() -> {
                    while (group.children().stream().noneMatch(child -> child.name().startsWith("watch of"))) {
                        Async.sleep(Duration.ZERO);
                    }
                    scope.cancel("test");
                });
                Directory.watch(group, directory, 10);
            })).isFalse();
            while (!group.children().isEmpty()) { // though the group goes on
                Async.sleep(Duration.ofMillis(1));
            }
        });
    }

    @Test
    void cancelledReceiveMissesNoChange() throws IOException {
        inGroup(group -> {
            Receiver<Change> changes = Directory.watch(group, directory, 10);
            assertThat(Async.moveOnAfter(Duration.ofMillis(20), changes::receive)).isEmpty();
            Path file = Files.createFile(directory.resolve("file"));
            assertThat(changes.receive()).isEqualTo(new Change(Kind.CREATED, file));
            group.cancel("test");
        });
    }

    @Test
    @DisplayName("A watch that cannot begin says why and leaves nothing")
    void watchOfNothingIsRefused() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        this.<IOException>run(() -> {
            TaskGroup.<IOException>run(group -> {
                assertThatThrownBy(() -> Directory.watch(group, directory.resolve("missing"), 1))
                        .isInstanceOf(NoSuchFileException.class);
                assertThatThrownBy(() -> Directory.watch(group, file, 1)).isInstanceOf(NotDirectoryException.class);
            });
            TaskGroup left = TaskGroup.call(group -> group);
            assertThatIllegalStateException().isThrownBy(() -> Directory.watch(left, directory, 1));
        });
    }
}
