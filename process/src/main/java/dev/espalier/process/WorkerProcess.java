package dev.espalier.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One child as the operating system sees it. Methods block unless they say otherwise.
 */
final class WorkerProcess {
    private static final int REPORT = 16 * 1024;
    private static final int SIGNAL = 128;
    private static final int OUT_OF_MEMORY = 3;
    private static final int ABORT = 6;
    private static final int KILL = 9;

    private final int number;
    private final Process process;
    private final PoolDirectory directory;
    private final OutputDrain output;
    private final OutputDrain errors;
    private final long oomKillsBefore;

    private WorkerProcess(int number, Process process, PoolDirectory directory,
            Consumer<? super PoolOptions.Line> lines) {
        this.number = number;
        this.process = process;
        this.directory = directory;
        this.oomKillsBefore = OomCounter.read();
        String name = "espalier-worker-" + number + "-";
        this.output = OutputDrain.start(process.getInputStream(), name
                + "output", text -> lines.accept(line(false, text)));
        this.errors = OutputDrain.start(process.getErrorStream(), name
                + "errors", text -> lines.accept(line(true, text)));
    }

    static WorkerProcess start(int number, PoolDirectory directory, Consumer<? super PoolOptions.Line> lines)
            throws IOException {
        var builder = new ProcessBuilder(List.of(LaunchLine.java(), "@" + directory.file("args"), "worker-" + number));
        LaunchLine.clean(builder.environment());
        try {
            return new WorkerProcess(number, builder.start(), directory, lines);
        } catch (IOException failed) {
            throw new IOException("a child JVM cannot be started with " + LaunchLine.java() + ": " + failed.getMessage()
                    + "; if this JDK was updated or moved while it runs, restart the program", failed);
        }
    }

    private PoolOptions.Line line(boolean error, String text) {
        return new PoolOptions.Line(number, process.pid(), error, text);
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

    /** SIGKILL to the child and to what it started. Does not block. */
    void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** SIGKILL to the child alone, for a process that ends itself. Does not block. */
    void killFast() {
        process.destroyForcibly();
    }

    /**
     * Waits for the end of a child that has closed its socket, kills it if need be, and reads the traces. At most 3 s.
     */
    Evidence evidence() {
        try {
            // The process should have ended with its socket; a stopped or half-dead one may not have.
            if (!process.waitFor(1, TimeUnit.SECONDS)) {
                kill();
                process.waitFor(1, TimeUnit.SECONDS);
            }
            errors.join(250);
            output.join(250);
        } catch (InterruptedException hurry) {
            // Then with the traces that are there.
            Thread.currentThread().interrupt();
        }
        return new Evidence(status(), errors.tail());
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
        return "worker " + number + " (pid " + process.pid() + ")";
    }
}
