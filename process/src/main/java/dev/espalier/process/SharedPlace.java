package dev.espalier.process;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of shared buffers, of a process that nobody of us has started and of all that it starts. All methods block,
 * for microseconds but for {@link #create}.
 */
final class SharedPlace {
    // The names of the files are all there is to know, so nothing is lost with a process:
    //
    //   <id>-<owner>    owner: <pid>.<start>, as in the name of a PoolDirectory. Who owns it has mapped it
    //   <id>-t<number>  it is on the way, for the so manieth time; nobody has mapped it
    //
    //   (none) -> owned    create
    //   owned  -> way      depart: a message that holds it leaves
    //   way    -> owned    arrive: whoever decodes the message; renaming lets one of several have it
    //   owned  -> (none)   delete; or the owner's parent has found it dead
    //   way    -> (none)   delete: the sender knows that the message will not be read; or there is nobody left to read it
    //
    // The directories are made when they are needed and removed when they are empty. They bear the name of the first
    // process, whose successor deletes what it left if it is killed.
    private static final Pattern OWNED = Pattern.compile("[0-9a-z.]{1,40}-(\\d{1,18})\\.(\\d{1,18})");
    private static final Pattern ON_ITS_WAY = Pattern.compile("[0-9a-z.]{1,40}-t(\\d{1,18})");
    private static final int ATTEMPTS = 10;
    private static final AtomicLong NUMBERS = new AtomicLong();

    private static volatile @Nullable SharedPlace current;
    /** Children of this process that are not buried. */
    private static final AtomicLong CHILDREN = new AtomicLong();

    private final List<Path> directories;
    private final String self;
    private final String prefix;

    private SharedPlace(List<Path> directories) {
        ProcessHandle here = ProcessHandle.current();
        this.directories = directories;
        this.self = here.pid() + "." + PoolDirectory.startOf(here);
        this.prefix = Long.toString(here.pid(), 36) + ".";
    }

    /** One for tests, too. */
    static SharedPlace in(List<Path> directories) {
        return new SharedPlace(List.copyOf(directories));
    }

    static SharedPlace current() {
        SharedPlace made = current;
        return made == null ? make() : made;
    }

    private static synchronized SharedPlace make() {
        SharedPlace made = current;
        if (made == null) {
            String told = RemoteMain.buffers();
            made = in(told == null ? own() : parse(told));
            current = made;
            if (told == null) {
                made.deleteAtExit();
            }
        }
        return made;
    }

    private static List<Path> own() {
        String name = PoolDirectory.newName();
        List<Path> directories = new ArrayList<>();
        for (String base : List.of("/dev/shm", System.getProperty("java.io.tmpdir"))) {
            Path path = Path.of(base);
            if (Files.isDirectory(path) && Files.isWritable(path)) {
                directories.add(path.resolve(name));
            }
        }
        return directories;
    }

    private static List<Path> parse(String text) {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL).splitAsStream(text).filter(each -> !each.isEmpty())
                .map(Path::of).toList();
    }

    /** What children are told. */
    static String text() {
        return String.join(File.pathSeparator, current().directories.stream().map(Path::toString).toList());
    }

    static void childStarted() {
        CHILDREN.incrementAndGet();
    }

    /** What a dead child owned is deleted; without children, what is on the way as well. */
    static void childBuried() {
        long left = CHILDREN.decrementAndGet();
        SharedPlace used = current;
        if (used != null) {
            boolean last = left == 0 && RemoteMain.depth() == 0;
            used.sweep(name -> used.isLeft(name, last));
        }
    }

    // ---- one file

    /** A file that this process owns, and its memory. */
    record Mapped(Path file, MemorySegment memory) {
    }

    /**
     * Makes a file of so many zeros. Where there is no room for it, the next directory is tried.
     *
     * @throws UncheckedIOException if there is no room anywhere
     */
    Mapped create(long size, Arena arena) {
        String name = prefix + Long.toString(NUMBERS.incrementAndGet(), 36) + "-" + self;
        IOException failure = new IOException("there is no room for " + size + " bytes of shared memory" + freeSpace());
        for (Path directory : directories) {
            try {
                return create(directory, name, size, arena);
            } catch (IOException unusable) {
                failure.addSuppressed(unusable);
                removeIfEmpty(directory);
            }
        }
        throw new UncheckedIOException(failure.getMessage(), failure);
    }

    private static Mapped create(Path directory, String name, long size, Arena arena) throws IOException {
        Path file = directory.resolve(name);
        for (int i = 0; i < ATTEMPTS; i++) {
            PoolDirectory.makeOwnerOnly(directory);
            try {
                MemorySegment memory = MappedFile.create(file, size, arena);
                checkOwner(directory, file);
                return new Mapped(file, memory);
            } catch (NoSuchFileException removedMeanwhile) {
                // Another process has deleted its last file, and the directory with it.
            }
        }
        throw new IOException(directory + " is removed as soon as it is made");
    }

    // A directory that was there may be a trap: its name can be seen by all.
    private static void checkOwner(Path directory, Path file) throws IOException {
        if (!Files.getOwner(directory).equals(Files.getOwner(file))) {
            Files.deleteIfExists(file);
            throw new IOException(directory + " belongs to " + Files.getOwner(directory).getName());
        }
    }

    private String freeSpace() {
        StringBuilder text = new StringBuilder();
        for (Path directory : directories) {
            Path base = directory.getParent();
            try {
                text.append(text.isEmpty() ? " (free: " : ", ").append(Files.getFileStore(base).getUsableSpace())
                        .append(" bytes in ").append(base);
            } catch (IOException unknown) {
                text.append(text.isEmpty() ? " (free: " : ", ").append("unknown in ").append(base);
            }
        }
        return text.isEmpty() ? "; no directory for it is writable" : text + ")";
    }

    /** Nobody owns it from now on; gives how it is called on its way. */
    static Path depart(Path owned, long number) throws IOException {
        return Files.move(owned, owned.resolveSibling(id(owned) + "-t" + number), StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * This process owns it from now on.
     *
     * @throws NoSuchFileException if somebody else has it, or it was taken back
     */
    Path arrive(Path onItsWay) throws IOException {
        Path owned = onItsWay.resolveSibling(id(onItsWay) + "-" + self);
        return Files.move(onItsWay, owned, StandardCopyOption.ATOMIC_MOVE);
    }

    static MemorySegment map(Path file, FileChannel.MapMode mode, Arena arena) throws IOException {
        StandardOpenOption[] how = mode == FileChannel.MapMode.READ_ONLY
                ? new StandardOpenOption[] {StandardOpenOption.READ}
                : new StandardOpenOption[] {StandardOpenOption.READ, StandardOpenOption.WRITE};
        try (var channel = FileChannel.open(file, how)) {
            return channel.map(mode, 0, channel.size(), arena);
        }
    }

    /** What is gone already is no failure. */
    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException stays) {
            // It goes with its directory.
        }
        removeIfEmpty(Objects.requireNonNull(file.getParent()));
    }

    private static void removeIfEmpty(Path directory) {
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException inUse) {
            // Whoever deletes the last file removes it.
        } catch (IOException stays) {
            // The next first process sweeps it.
        }
    }

    static String id(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.indexOf('-'));
    }

    /** How often it has moved, with this time. */
    static long moves(Path onItsWay) {
        String name = onItsWay.getFileName().toString();
        return Long.parseLong(name.substring(name.indexOf('-') + 2));
    }

    // ---- as it travels

    /** In which of the directories a file is. */
    int indexOf(Path file) {
        return directories.indexOf(file.getParent());
    }

    /** The file of a message from another process, which is not trusted. */
    Path named(int index, String name, boolean owned) {
        if (index < 0 || index >= directories.size() || !(owned ? OWNED : ON_ITS_WAY).matcher(name).matches()) {
            throw new EncodingException("'" + name + "' is no shared buffer");
        }
        return directories.get(index).resolve(name);
    }

    // ---- after others

    private void deleteAtExit() {
        try {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> sweep(_ -> true), "espalier-buffers"));
        } catch (IllegalStateException ending) {
            // Then the next first process sweeps.
        }
    }

    private boolean isLeft(String name, boolean onTheirWayToo) {
        var owned = OWNED.matcher(name);
        return owned.matches() ? !name.endsWith("-" + self) && PoolDirectory.isGone(owned.group(1), owned.group(2))
                : onTheirWayToo;
    }

    private void sweep(Predicate<String> left) {
        for (Path directory : directories) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    if (left.test(file.getFileName().toString())) {
                        Files.deleteIfExists(file);
                    }
                }
            } catch (NoSuchFileException none) {
                continue;
            } catch (IOException unreadable) {
                // The next burial tries again.
            }
            removeIfEmpty(directory);
        }
    }
}
