package dev.espalier.process;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One child as the operating system sees it. Methods block unless they say otherwise.
 */
final class WorkerProcess {
    private static final int REPORT = 16 * 1024;
    private static final int SIGNAL = 128;
    private static final int OUT_OF_MEMORY = 3;
    private static final int ABORT = 6;
    private static final int KILL = 9;
    private static final Duration LEAST_PATIENCE = Duration.ofSeconds(1);

    /** What a child is started as. */
    record Launch(String name, String java, Consumer<Map<String, String>> environment, @Nullable File directory,
            Lines lines) {
    }

    /** Gets what a child prints, on threads of ours. */
    interface Lines {
        void line(long pid, boolean error, String text);
    }

    private final String name;
    private final String java;
    private final String mark;
    private final Process process;
    private final PoolDirectory directory;
    private final OutputDrain output;
    private final OutputDrain errors;
    private final long oomKillsBefore;

    private WorkerProcess(Launch launch, Process process, PoolDirectory directory, String mark) {
        this.name = launch.name();
        this.java = launch.java();
        this.mark = mark;
        this.process = process;
        this.directory = directory;
        this.oomKillsBefore = OomCounter.read();
        long pid = process.pid();
        this.output = OutputDrain.start(process.getInputStream(), "espalier-" + name + "-output",
                text -> launch.lines().line(pid, false, text));
        this.errors = OutputDrain.start(process.getErrorStream(), "espalier-" + name + "-errors",
                text -> launch.lines().line(pid, true, text));
    }

    /** A worker of a pool. */
    static WorkerProcess start(int number, PoolDirectory directory, Consumer<? super PoolOptions.Line> lines)
            throws IOException {
        return start(new Launch("worker-" + number, LaunchLine.java(), LaunchLine::clean, null,
                (pid, error, text) -> lines.accept(new PoolOptions.Line(number, pid, error, text))), directory);
    }

    /** A child whose argument file is in the directory. */
    static WorkerProcess start(Launch launch, PoolDirectory directory) throws IOException {
        var builder = new ProcessBuilder(List.of(launch.java(), "@" + directory.file("args"), launch.name()));
        builder.directory(launch.directory());
        launch.environment().accept(builder.environment());
        String mark = Stragglers.newMark(directory);
        Stragglers.mark(builder.environment(), mark);
        try {
            return new WorkerProcess(launch, builder.start(), directory, mark);
        } catch (IOException failed) {
            throw new IOException("a child JVM cannot be started with " + launch.java() + ": " + failed.getMessage()
                    + "; if this JDK was updated or moved while it runs, restart the program", failed);
        }
    }

    String name() {
        return name;
    }

    /** True when it was started with the JDK of this process, and not with one of the user's choice. */
    boolean isOfOurJdk() {
        return java.equals(LaunchLine.java());
    }

    /** What of its memory is in RAM, in bytes; -1 where the system does not say. Does not block. */
    long residentBytes() {
        return ResidentMemory.of(process.pid());
    }

    /** Does not block. */
    long pid() {
        return process.pid();
    }

    /** Tells the child where to connect. The pipe stays open: its end tells the child that this process is gone. */
    void tell(Ticket ticket) throws IOException {
        OutputStream input = process.getOutputStream();
        input.write(ticket.line().getBytes(StandardCharsets.UTF_8));
        input.flush();
    }

    /** Runs the action when the child has ended, on a thread of the JDK. Does not block. */
    void onExit(Runnable action) {
        process.onExit().thenRun(action);
    }

    /** SIGTERM to the child alone. Does not block. */
    void terminate() {
        // Not through the process: that would close its standard input, too, and the child would think we are gone.
        process.toHandle().destroy();
    }

    /** SIGKILL to the child and to what it started. Does not block. */
    void kill() {
        Stragglers.killBelow(process.toHandle());
        process.destroyForcibly();
    }

    /**
     * Waits for the end of a child that has closed its socket, kills it if need be, and reads the traces. At most 3 s.
     */
    Evidence evidence() {
        return evidence(LEAST_PATIENCE);
    }

    private Evidence evidence(Duration patience) {
        try {
            // The process should have ended with its socket; a stopped or half-dead one may not have.
            if (!process.waitFor(patience)) {
                kill();
                process.waitFor(1, TimeUnit.SECONDS);
            }
            Stragglers.killMarked(mark);
            errors.join(250);
            output.join(250);
        } catch (InterruptedException hurry) {
            // Then with the traces that are there.
            Thread.currentThread().interrupt();
        }
        return new Evidence(status(), errors.tail());
    }

    /**
     * The same for a child whose socket has ended: it has said its last, and a thread that reads its input would delay it.
     *
     * @param patience how long it may take to end; a second at least. One that is made for its {@link StartCache} writes that now
     */
    Evidence lastEvidence(Duration patience) {
        try {
            process.getOutputStream().close();
        } catch (IOException broken) {
            // Then it has ended already.
        }
        return evidence(patience.compareTo(LEAST_PATIENCE) < 0 ? LEAST_PATIENCE : patience);
    }

    /** The end of what it printed so far. Does not block. */
    String lastOutput() {
        return output.tail();
    }

    /** How a child ended and what it said last. */
    record Evidence(ExitStatus status, String lastErrorOutput) {
    }

    private ExitStatus status() {
        if (process.isAlive()) {
            return new ExitStatus.NeverStarted("the child can be neither reached nor killed");
        }
        int code = process.exitValue();
        if (code == SIGNAL + ABORT) {
            Path report = directory.file("crash-" + process.pid() + ".log");
            if (Files.isReadable(report)) {
                return new ExitStatus.JvmCrashed(head(report));
            }
        }
        if (code == OUT_OF_MEMORY && (output.tail() + errors.tail()).contains("java.lang.OutOfMemoryError")) {
            return new ExitStatus.JvmOutOfMemory();
        }
        if (code == SIGNAL + KILL && OomCounter.read() > oomKillsBefore) {
            return new ExitStatus.OomKilled();
        }
        return code > SIGNAL && code <= SIGNAL + 64 ? new ExitStatus.Signaled(code - SIGNAL)
                : new ExitStatus.Exited(code);
    }

    private static String head(Path report) {
        try (var reader = Files.newBufferedReader(report, StandardCharsets.ISO_8859_1)) {
            char[] text = new char[REPORT];
            int length = Math.max(0, reader.read(text));
            return new String(text, 0, length);
        } catch (IOException unreadable) {
            return "the report cannot be read: " + unreadable;
        }
    }

    @Override
    public String toString() {
        return name + " (pid " + process.pid() + ")";
    }
}
