package dev.espalier.process;

import dev.espalier.core.Async;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Where children find the classes of this library loaded and linked: a cache of the JVM (JEP 483 and 514), made by a child
 * that does nothing else, used by those that start later. Without it everything works; children are ready a third later.
 */
final class StartCache {
    // The JVM compares the options and the first entries of the class path with those that the cache was made with, and
    // takes no notice of one that does not fit; the name of the file makes that rare. What is behind the jars of this
    // library on the class path does not matter to it, directories neither.
    //
    // One process makes a cache at a time: it owns the mark, which holds its process id, and takes it away when the cache
    // is there. If it fails, the mark says so and keeps others from trying the same for a day.
    private static final String SETTING = "espalier.startcache";
    private static final String TRAINING = "-XX:AOTCacheOutput=";
    private static final String FAILED = "failed";
    private static final Duration DELAY = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration MARK_KEPT = Duration.ofDays(1);
    private static final Duration UNUSED_KEPT = Duration.ofDays(30);

    /** By any thread: what this process has made or tried to. */
    private static final Set<Path> TRIED = ConcurrentHashMap.newKeySet();

    private final Path file;

    private StartCache(Path file) {
        this.file = file;
    }

    /** Empty where there cannot be one. Blocks. */
    static Optional<StartCache> of(JvmOptions options) {
        Path folder = folder();
        if (folder == null || OwnJars.all().isEmpty() || options.debug() != JvmOptions.Debug.OFF
                || !options.arguments().stream().allMatch(argument -> argument.startsWith("-D"))) {
            return Optional.empty();
        }
        return Optional.of(new StartCache(folder.resolve(name(options) + ".aot")));
    }

    /** True for the child that makes a cache. */
    static boolean isMadeBy(List<String> arguments) {
        return arguments.stream().anyMatch(argument -> argument.startsWith(TRAINING));
    }

    private static @Nullable Path folder() {
        String setting = System.getProperty(SETTING, "");
        if (setting.equals("off")) {
            return null;
        }
        if (!setting.isEmpty()) {
            return Path.of(setting);
        }
        String cache = System.getenv("XDG_CACHE_HOME");
        if (cache != null && !cache.isBlank()) {
            return Path.of(cache, "espalier");
        }
        String home = System.getProperty("user.home", "");
        return home.isBlank() || !Files.isWritable(Path.of(home)) ? null : Path.of(home, ".cache", "espalier");
    }

    private static String name(JvmOptions options) {
        List<String> key = new ArrayList<>(OwnJars.all());
        key.add(System.getProperty("java.home"));
        key.add(System.getProperty("java.vm.version") + options.collector() + options.quickStart());
        // No digest of the JDK: on the way to the first child of a program it would take ten milliseconds.
        long name = 0;
        for (long print : ClassPathPrint.of(key)) {
            name = 31 * name + print;
        }
        return HexFormat.of().toHexDigits(name);
    }

    /** What a child's command line has of it; nothing while there is no cache. Blocks. */
    List<String> arguments() {
        try {
            Instant used = Files.getLastModifiedTime(file).toInstant();
            Instant now = Instant.now();
            if (used.isBefore(now.minus(MARK_KEPT))) {
                Files.setLastModifiedTime(file, FileTime.from(now));
            }
            // A cache that does not fit is no concern of the user's.
            return List.of("-XX:AOTCache=" + file, "-Xlog:aot*=off:stderr", "-Xlog:cds*=off:stderr");
        } catch (IOException none) {
            return List.of();
        }
    }

    /** Makes it, in the background and once, when it is not there. */
    void makeLater() {
        if (TRIED.add(file)) {
            ParentWatch.daemon("espalier-start-cache", () -> {
                try {
                    // The program has just started, and has better things to do.
                    Thread.sleep(DELAY);
                    make();
                } catch (IOException | RuntimeException | InterruptedException unavailable) {
                    // Nobody asked for it, and nothing is wrong without it.
                }
            });
        }
    }

    private void make() throws IOException {
        Path folder = file.getParent();
        if (folder == null || Files.exists(file)) {
            return;
        }
        Files.createDirectories(folder);
        Path mark = folder.resolve(file.getFileName() + ".mark");
        if (!own(mark)) {
            return;
        }
        sweep(folder);
        Path made = folder.resolve(file.getFileName() + "." + ProcessHandle.current().pid() + ".new");
        try {
            train(made);
            Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
            Files.deleteIfExists(mark);
        } catch (IOException | RuntimeException failed) {
            Files.writeString(mark, FAILED);
            throw failed;
        } finally {
            Files.deleteIfExists(made);
            Files.deleteIfExists(folder.resolve(made.getFileName() + ".config"));
        }
    }

    private static boolean own(Path mark) throws IOException {
        String self = Long.toString(ProcessHandle.current().pid());
        try {
            Files.writeString(mark, self, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            return true;
        } catch (FileAlreadyExistsException somebody) {
            if (!isOlder(mark, MARK_KEPT) && isOwned(Files.readString(mark))) {
                return false;
            }
            Files.writeString(mark, self);
            return true;
        }
    }

    /** False where the owner has ended without having said how it went. */
    private static boolean isOwned(String mark) {
        try {
            return ProcessHandle.of(Long.parseLong(mark)).isPresent();
        } catch (NumberFormatException failed) {
            return true;
        }
    }

    private static void sweep(Path folder) throws IOException {
        try (DirectoryStream<Path> old = Files.newDirectoryStream(folder, "*.aot*")) {
            for (Path each : old) {
                boolean half = each.getFileName().toString().endsWith(".new");
                if (isOlder(each, half ? MARK_KEPT : UNUSED_KEPT)) {
                    Files.deleteIfExists(each);
                }
            }
        }
    }

    private static boolean isOlder(Path file, Duration time) throws IOException {
        return Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(time));
    }

    /** Runs a child as a pool does, and lets it write down what it has loaded when it ends. */
    private void train(Path made) {
        PoolOptions pool = PoolOptions.defaults().withWorkers(1).withHeapBytes(JvmOptions.LEAST_HEAP * 4)
                .withStartAttempts(1).withStartTimeout(PATIENCE).withCloseGrace(PATIENCE)
                .withJvmArguments(List.of(TRAINING + made)).withOutput(line -> { });
        Async.run(() -> {
            try (ProcessPool trained = ProcessPool.open(pool)) {
                trained.map(List.of(1, 2, 3), StartCache::example);
                trained.call(StartCache::example, 1);
            }
        });
    }

    private static String example(int number) {
        return "example " + number;
    }
}
