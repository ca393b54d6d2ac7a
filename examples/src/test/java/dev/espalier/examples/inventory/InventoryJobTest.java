package dev.espalier.examples.inventory;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole job: real files, real child JVMs, real signals. */
class InventoryJobTest {

    private static final long ENDLESS = 1L << 38;

    @TempDir
    private Path folder;

    private Path tree;

    @BeforeEach
    void growATree() throws IOException {
        tree = Files.createDirectory(folder.resolve("tree"));
        write("README", "An espalier is a frame that trees are trained along.\nMany branches, one shape");
        write("de/lied.txt", "Es war, als hätt' der Himmel\r\nDie Erde still geküßt,\r\n");
        write("de/copy of lied.TXT", "Es war, als hätt' der Himmel\r\nDie Erde still geküßt,\r\n");
        write("ru/слово.md", "Слово слово СЛОВО\n\n\n");
        write("code/Main.java", "class Main {}\n".repeat(1000));
        write("code/deep/er/Main.java", "class Main {}\n".repeat(1000));
        write("code/deep/er/.hidden", "x");
        write("code/empty.java", "");
        write("code/empty2.java", "");
        write("large.log", "the quick brown fox jumps over the lazy dog 0123456789\n".repeat(60_000));
        Files.write(tree.resolve("latin.txt"), "café naïve\n".getBytes(ISO_8859_1));
        Files.write(tree.resolve("image.bin"), new byte[] {1, 2, 0, 3, '\n', 'a'});
        sparse("zeros.bin", 5 << 20);
    }

    @Test
    void numbersOfAGeneratedTreeAgreeWithTheIndependentCount() throws Exception {
        Job.Ended ended = job().run("--json", "--top", "1000", "--workers", "3", tree.toString());
        assertThat(ended.exitCode()).isZero();
        assertAgrees(ended.json(), tree, 1000);
    }

    @Test
    void numbersAgreeOnTheHandOffEngineToo() throws Exception {
        Job.Ended ended = job().jvmOption("-Despalier.engine=handoff").run("--json", "--top", "1000", tree.toString());
        assertThat(ended.exitCode()).isZero();
        assertAgrees(ended.json(), tree, 1000);
    }

    @Test
    void numbersOfTheRunningJdkAgreeWithTheIndependentCount() throws Exception {
        Job.Ended ended = job().run("--json", "--top", "500");
        assertThat(ended.exitCode()).isZero();
        assertThat(ended.json()).containsEntry("root", System.getProperty("java.home"));
        assertAgrees(ended.json(), Path.of(System.getProperty("java.home")), 500);
    }

    @Test
    void textReportIsOnStandardOutputAndProgressOnStandardError() throws Exception {
        Job.Ended ended = job().run(tree.toString());
        assertThat(ended.out()).startsWith("Inventory of " + tree).contains("13 files", "0123456789", "2 x ",
                "utilisation");
        assertThat(ended.err().lines()).isNotEmpty().allMatch(line -> line.startsWith("inventory: "))
                .last().asString().contains("13 of 13 files", "/s");
    }

    @Test
    void missingDirectoryIsOneSentenceAndExitCode2() throws Exception {
        Job.Ended ended = job().run(tree.resolve("gone").toString());
        assertThat(ended.exitCode()).isEqualTo(2);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).isEqualToIgnoringNewLines(
                "inventory: there is no directory " + tree.resolve("gone") + ".");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void symbolicLinksAreNotFollowed() throws Exception {
        Files.createSymbolicLink(tree.resolve("code/cycle"), tree);
        Files.createSymbolicLink(tree.resolve("dangling"), Path.of("nowhere"));
        Job.Ended ended = job().run("--json", "--top", "1000", tree.toString());
        assertThat(totals(ended)).containsEntry("symbolicLinks", 2);
        assertAgrees(ended.json(), tree, 1000);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void unreadableFileIsListedAndDoesNotStopIt() throws Exception {
        Files.setPosixFilePermissions(tree.resolve("README"), PosixFilePermissions.fromString("---------"));
        Files.setPosixFilePermissions(tree.resolve("large.log"), PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(tree.resolve("README")), "this user may read everything");
        Job.Ended ended = job().run("--json", tree.toString());
        assertThat(ended.exitCode()).isZero();
        assertThat(totals(ended)).containsEntry("files", 11);
        assertThat(ended.json()).containsEntry("unreadable", List.of(
                Map.of("name", "README", "reason", "access denied"),
                Map.of("name", "large.log", "reason", "access denied")));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void filesThatLieAboutTheirSizeOrRefuseToBeReadAreNoObstacle() throws Exception {
        // Sizes there are always 0, and compact_memory can be written only, by root too.
        Job.Ended ended = job().run("--json", "--top", "5", "/proc/sys/vm");
        assertThat(ended.exitCode()).isZero();
        assertThat(list(ended.json(), "unreadable")).extracting(one -> one.get("name")).contains("compact_memory");
        assertThat((int) totals(ended).get("bytes")).isPositive();
    }

    @Test
    void namesThatTheLocaleCannotSpellAreNoObstacle() throws Exception {
        sparse("große Datei.bin", 3 << 20);
        Job.Ended ended = job().environment("LC_ALL", "C").run("--json", tree.toString());
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.json()).containsEntry("unreadable", List.of());
        assertThat(sums(totals(ended))).isEqualTo(IndependentCount.of(tree).sums());
    }

    @Test
    void memoryIsBoundedWhateverTheTreeHolds() throws Exception {
        for (int i = 0; i < 150; i++) {
            sparse("many/" + i + ".bin", (1 << 20) - i);
        }
        Job.Ended ended = job().jvmOption("-Xmx40m").run("--json", "--max-memory", "8m", "--top", "1000",
                tree.toString());
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertAgrees(ended.json(), tree, 1000);
    }

    @Test
    void timeoutGivesAPartialReportAndExitCode124() throws Exception {
        sparse("endless.bin", ENDLESS);
        Job job = job();
        Process process = job.start("--json", "--timeout", "3s", tree.toString());
        List<ProcessHandle> children = children(process);
        Job.Ended ended = job.await(process);
        assertThat(ended.exitCode()).isEqualTo(124);
        assertThat(ended.json()).containsEntry("stoppedBy", "stopped by --timeout");
        assertPartial(ended);
        assertNothingIsLeft(ended, children);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1ms", "30ms", "100ms", "300ms"})
    void timeoutWhileTheChildrenStartIsATimeoutLikeAnyOther(String timeout) throws Exception {
        sparse("endless.bin", ENDLESS);
        Job.Ended ended = job().run("--json", "--timeout", timeout, tree.toString());
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(124);
        assertThat(number(ended.json(), "elapsedMillis")).isLessThan(10_000);
        assertPartial(ended);
        assertThat(ended.temporaryFiles()).isEmpty();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void ctrlCGivesAPartialReportAndExitCode130() throws Exception {
        sparse("endless.bin", ENDLESS);
        Job job = job();
        Process process = job.start("--json", tree.toString());
        List<ProcessHandle> children = children(process);
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor()).isZero();
        Job.Ended ended = job.await(process);
        assertThat(ended.exitCode()).as(ended.err()).isEqualTo(130);
        assertThat(ended.json()).containsEntry("stoppedBy", "stopped by Ctrl-C");
        assertPartial(ended);
        assertNothingIsLeft(ended, children);
    }

    @Test
    void completeRunLeavesNothingBehind() throws Exception {
        Job job = job();
        Process process = job.start("--json", tree.toString());
        List<ProcessHandle> children = children(process);
        Job.Ended ended = job.await(process);
        assertThat(ended.exitCode()).isZero();
        assertNothingIsLeft(ended, children);
    }

    private static void assertAgrees(Map<String, Object> report, Path root, int top) throws IOException {
        IndependentCount expected = IndependentCount.of(root);
        assertThat(report).containsEntry("complete", true).containsEntry("unreadable", List.of());
        assertThat(sums(object(report, "totals"))).isEqualTo(expected.sums());
        Map<String, List<Long>> extensions = list(report, "extensions").stream()
                .collect(Collectors.toMap(one -> (String) one.get("extension"), InventoryJobTest::sums));
        assertThat(extensions).isEqualTo(expected.extensions());
        assertThat(object(report, "duplicates")).containsEntry("groups", expected.duplicates().size());
        list(object(report, "duplicates"), "largest").forEach(
                group -> assertThat(group.get("names"))
                        .isEqualTo(expected.duplicates().get((String) group.get("sha256"))));
        assertThat(list(report, "topWords")).extracting(word -> word.get("count") + " " + word.get("word"))
                .isEqualTo(expected.topWords(top));
        assertThat(list(report, "workers").stream().mapToLong(worker -> number(worker, "files")).sum())
                .isEqualTo(expected.files().size());
    }

    /** A partial report counts a part of the files, and each of them in full. */
    private void assertPartial(Job.Ended ended) throws IOException {
        assertThat(ended.json()).containsEntry("complete", false);
        Files.delete(tree.resolve("endless.bin"));
        IndependentCount all = IndependentCount.of(tree);
        Map<String, List<Long>> expected = new TreeMap<>(all.extensions());
        for (Map<String, Object> extension : list(ended.json(), "extensions")) {
            List<Long> whole = expected.get((String) extension.get("extension"));
            assertThat(whole).isNotNull();
            for (int i = 0; i < whole.size(); i++) {
                assertThat(sums(extension).get(i)).isBetween(0L, whole.get(i));
            }
        }
        assertThat(number(totals(ended), "files")).isBetween(0L, (long) all.files().size());
    }

    private static void assertNothingIsLeft(Job.Ended ended, List<ProcessHandle> children) {
        assertThat(children).isNotEmpty().noneMatch(ProcessHandle::isAlive);
        assertThat(ended.temporaryFiles()).isEmpty();
        for (ProcessHandle child : children) {
            assertThat(Path.of("/tmp", "hsperfdata_" + System.getProperty("user.name"), Long.toString(child.pid())))
                    .doesNotExist();
        }
    }

    private static List<ProcessHandle> children(Process process) {
        return await().until(() -> process.descendants().toList(), handles -> !handles.isEmpty() || !process.isAlive());
    }

    private static Map<String, Object> totals(Job.Ended ended) throws IOException {
        return object(ended.json(), "totals");
    }

    private static List<Long> sums(Map<String, Object> object) {
        return List.of(number(object, "files"), number(object, "bytes"), number(object, "lines"),
                number(object, "words"));
    }

    private static long number(Map<String, Object> object, String name) {
        return ((Number) object.get(name)).longValue();
    }

    @SuppressWarnings("unchecked") // JSON objects have strings as names
    private static Map<String, Object> object(Map<String, Object> object, String name) {
        return (Map<String, Object>) object.get(name);
    }

    @SuppressWarnings("unchecked") // the lists asked for hold objects
    private static List<Map<String, Object>> list(Map<String, Object> object, String name) {
        return (List<Map<String, Object>>) object.get(name);
    }

    private Job job() throws IOException {
        return new Job(folder);
    }

    private void write(String name, String contents) throws IOException {
        Files.createDirectories(tree.resolve(name).getParent());
        Files.write(tree.resolve(name), contents.getBytes(UTF_8));
    }

    /** Zeros that take no space on the disk. */
    private void sparse(String name, long size) throws IOException {
        Files.createDirectories(tree.resolve(name).getParent());
        try (RandomAccessFile file = new RandomAccessFile(tree.resolve(name).toFile(), "rw")) {
            file.setLength(size);
        }
    }
}
