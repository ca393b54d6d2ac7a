package dev.espalier.examples.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TreeCursorTest {

    @TempDir
    private Path root;

    @Test
    void meetsEachFileAndDirectoryOnce() throws IOException {
        write("a.txt", "a");
        write("b/c.txt", "ccc");
        write("b/d/e.txt", "");
        assertThat(names(1000)).containsExactlyInAnyOrder("directory ", "file a.txt 1", "directory b", "file b/c.txt 3",
                "directory b/d", "file b/d/e.txt 0");
    }

    @Test
    void batchesNeverExceedTheirSize() throws IOException {
        for (int i = 0; i < 20; i++) {
            write("d" + i % 3 + "/f" + i, "x");
        }
        assertThat(names(1)).containsExactlyInAnyOrderElementsOf(names(7)).hasSize(24);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void linksAreMetButNotFollowed() throws IOException {
        write("b/c.txt", "ccc");
        Files.createSymbolicLink(root.resolve("b/cycle"), root);
        Files.createSymbolicLink(root.resolve("b/dangling"), Path.of("nowhere"));
        assertThat(names(10)).containsExactlyInAnyOrder("directory ", "directory b", "file b/c.txt 3", "link b/cycle",
                "link b/dangling");
    }

    @Test
    void directoryThatDisappearsIsUnreadable() throws IOException {
        Files.createDirectory(root.resolve("gone"));
        try (TreeCursor cursor = new TreeCursor(root.resolve("gone"))) {
            Files.delete(root.resolve("gone"));
            assertThat(cursor.next(10)).containsExactly(new Found.Unreadable("", "it is no longer there"));
            assertThat(cursor.next(10)).isEmpty();
        }
    }

    @Test
    void closedCursorIsAtItsEnd() throws IOException {
        write("a.txt", "a");
        TreeCursor cursor = new TreeCursor(root);
        cursor.next(1);
        cursor.close();
        cursor.close();
        assertThat(cursor.next(10)).isEmpty();
    }

    private void write(String name, String contents) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, contents);
    }

    private List<String> names(int most) throws IOException {
        List<String> names = new ArrayList<>();
        try (TreeCursor cursor = new TreeCursor(root)) {
            for (List<Found> batch = cursor.next(most); !batch.isEmpty(); batch = cursor.next(most)) {
                assertThat(batch).hasSizeLessThanOrEqualTo(most);
                batch.forEach(found -> names.add(text(found)));
            }
        }
        return names;
    }

    private static String text(Found found) {
        return switch (found) {
            case Found.RegularFile file -> "file " + file.name() + " " + file.size();
            case Found.Directory directory -> "directory " + directory.name();
            case Found.SymbolicLink link -> "link " + link.name();
            case Found.Special special -> "special " + special.name();
            case Found.Unreadable failure -> "unreadable " + failure.name();
        };
    }
}
