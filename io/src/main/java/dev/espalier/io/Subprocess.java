package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.GroupException;
import dev.espalier.core.Promise;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A child process: its pipes are streams, its end can be awaited, and it does not outlive the group it was started in.
 *
 * {@snippet class="dev.espalier.io.SnippetsTest" region="run"}
 *
 * <p>The group waits for the child to end. Cancelled, the group ends it: the pipes are closed on this side, the child and its
 * descendants are asked to terminate, and what is left of them after the {@linkplain Command#grace() grace} is killed. {@link
 * #close} does the same. Descendants are found by their parents: one whose parent has ended before, or that was just being made, is
 * not. After a child has ended by itself nothing is done to descendants that it left behind; its pipes stay open until they
 * have closed theirs, or this is closed.
 *
 * <p>The output is read ahead, by 80 KiB at most; then the child waits for its reader. Who awaits a child and reads
 * nothing may wait forever: {@link #communicate} and {@link #run(Command, byte[], int)} do all of it at once. A time limit is put
 * around them with {@link Async#timeout(Duration, dev.espalier.core.Body)}.
 *
 * {@snippet class="dev.espalier.io.SnippetsTest" region="subprocess"}
 *
 * <p><b>Threads.</b> It belongs to its loop. Each pipe is served by a thread of its own, of which the JVM has at most 1024.
 */
public final class Subprocess implements AutoCloseable {
    /** How much of each output is collected where nothing else is said: 8 MiB, in bytes. */
    public static final int OUTPUT_LIMIT = 8 << 20;

    /** For the system to end what was killed. */
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    /** For threads to see that what they were blocked in has ended; a descendant that lives on keeps them longer. */
    private static final Duration PIPE_LIMIT = Duration.ofMillis(200);

    private static final Duration POLL = Duration.ofMillis(10);

    private final Command command;
    private final Process process;
    private final ChildPipes pipes;
    private final LoopShare share;
    private final CompletableFuture<Integer> exit;

    // By the holder of the turn.
    private @Nullable Promise<Boolean> ending; // ends with the child and our ends of its pipes

    private Subprocess(Command command, Process process, ChildPipes pipes, LoopShare share) {
        this.command = command;
        this.process = process;
        this.pipes = pipes;
        this.share = share;
        this.exit = process.onExit().thenApply(Process::exitValue);
    }

    // ---- starting

    /**
     * Starts a child process.
     *
     * <p><b>Cancellation.</b> Cancelled before, it starts nothing. A start that has begun is waited for; the child then is the
     * group's, and the next await throws.
     *
     * @param group waits for the child, and ends it when it is cancelled
     * @param command what to run, and how
     * @return the child
     * @throws IOException if there is no such program or directory, the system refuses, or too many pipes are open; the message names
     *     the command
     * @throws IllegalStateException if the group has been left
     */
    @Awaits
    public static Subprocess start(TaskGroup group, Command command) throws IOException {
        ProcessBuilder builder = command.builder();
        LoopShare share = LoopShare.current();
        ChildPipes pipes = ChildPipes.reserve(command, share);
        try {
            Process process = Async.<Process, IOException>offload(() -> pipes.fork(builder));
            return begin(group, new Subprocess(command, process, pipes, share));
        } catch (Throwable e) {
            pipes.close();
            throw e;
        }
    }

    private static Subprocess begin(TaskGroup group, Subprocess child) {
        try {
            group.startBackground("keeper of " + child, child::keep);
            group.start(child.toString(), child::await);
            return child;
        } catch (Throwable e) {
            child.process.destroyForcibly();
            throw e;
        }
    }

    /**
     * Starts a child process; as {@link #start(TaskGroup, Command)}.
     *
     * @param group waits for the child, and ends it when it is cancelled
     * @param arguments the program and its arguments, as {@link Command#of(String...)}
     * @return the child
     * @throws IOException as {@link #start(TaskGroup, Command)}
     */
    @Awaits
    public static Subprocess start(TaskGroup group, String... arguments) throws IOException {
        return start(group, Command.of(arguments));
    }

    /**
     * Runs a child process to its end, without input; as {@link #run(Command, byte[], int)}.
     *
     * @param arguments the program and its arguments, as {@link Command#of(String...)}
     * @return how it ended and what it wrote, at most {@link #OUTPUT_LIMIT} bytes of each
     * @throws IOException as {@link #run(Command, byte[], int)}
     */
    @Awaits
    public static Completed run(String... arguments) throws IOException {
        return run(Command.of(arguments), new byte[0], OUTPUT_LIMIT);
    }

    /**
     * Runs a child process to its end: feeds its input and collects its output at the same time.
     *
     * <p><b>Cancellation.</b> The child is ended, as by {@link #close}.
     *
     * @param command what to run, and how
     * @param input for its standard input, if that is piped; a child that does not read all of it is no failure
     * @param max how many bytes at most of each output, from 0
     * @return how it ended and what it wrote
     * @throws ReadLimitException if it writes more; it is ended
     * @throws IOException as {@link #start(TaskGroup, Command)}
     */
    @Awaits
    public static Completed run(Command command, byte[] input, int max) throws IOException {
        return TaskGroup.<Completed, IOException>call(group -> {
            try (Subprocess child = start(group, command)) {
                return child.communicate(input, max);
            }
        });
    }

    // ---- while it runs

    /**
     * {@return the standard input of the child} A write returns when all bytes are on their way, of which there are 64 KiB at most;
     * {@link StreamWriter#flush} waits until the child's pipe has them. {@link StreamWriter#writeEnd} flushes, and then lets the child
     * read the end. A child that has closed it, or has ended, makes these throw {@link StreamClosedException}.
     *
     * @throws IllegalStateException if it is not piped
     */
    public StreamWriter stdin() {
        return piped(pipes.input, "input", command.stdin());
    }

    /**
     * {@return the standard output of the child} It ends when the child and all who inherited it have closed it. Only of a child that
     * ends while it is being started may the JDK close it with the child, though others still have it.
     *
     * @throws IllegalStateException if it is not piped
     */
    public StreamReader stdout() {
        return piped(pipes.output, "output", command.stdout());
    }

    /**
     * {@return the standard error of the child} It ends as {@link #stdout()} does.
     *
     * @throws IllegalStateException if it is not piped, or merged into the standard output
     */
    public StreamReader stderr() {
        return piped(pipes.errors, "error", command.mergesErrors() ? "merged into the standard output" : command.stderr());
    }

    private <T> T piped(@Nullable T stream, String what, Object instead) {
        if (stream == null) {
            throw new IllegalStateException("the standard " + what + " of " + this + " is not piped to here: it is " + instead);
        }
        return stream;
    }

    /**
     * Feeds the child and collects what it writes, all at once, until its outputs and then the child have ended.
     *
     * <p><b>Cancellation.</b> What was collected stays readable in {@link #stdout()} and {@link #stderr()}; the child goes on.
     *
     * @param bytes for its standard input, if that is piped, which ends after them; a child that does not read all of it is no failure
     * @param max how many bytes at most of each output, from 0
     * @return how it ended and what it wrote; nothing where an output is not piped
     * @throws ReadLimitException if it writes more; what came stays readable, and the child goes on
     * @throws IOException if reading fails
     */
    @Awaits
    public Completed communicate(byte[] bytes, int max) throws IOException {
        try {
            return TaskGroup.<Completed, IOException>call(group -> {
                group.start(() -> feed(bytes));
                Task<byte[]> collected = group.start(() -> collect(pipes.errors, max));
                byte[] written = collect(pipes.output, max);
                byte[] complaints = collected.await();
                return new Completed(command.arguments(), await(), written, complaints);
            });
        } catch (GroupException e) {
            e.rethrowIfOnly(IOException.class);
            throw e;
        }
    }

    private void feed(byte[] bytes) throws IOException {
        PipeWriter input = pipes.input;
        if (input != null) {
            try {
                input.write(bytes);
                input.writeEnd();
            } catch (StreamClosedException _) {
                // It wants no more: its own matter, of which its status tells.
            }
        }
    }

    private static byte[] collect(@Nullable PipeReader reader, int max) throws IOException {
        return reader == null ? new byte[0] : reader.readAll(max);
    }

    /**
     * Waits for the end of the child, not for that of its outputs.
     *
     * <p><b>Cancellation.</b> Cancelled, it only stops waiting.
     *
     * @return its exit status; on POSIX 128 and the number of the signal if a signal ended it
     */
    @Awaits
    public int await() {
        return Async.await(exit.copy());
    }

    /**
     * {@return its exit status, as {@link #await}; empty while it runs}
     */
    public OptionalInt status() {
        return exit.isDone() ? OptionalInt.of(exit.join()) : OptionalInt.empty();
    }

    /**
     * {@return the number by which the system knows it}
     */
    public long pid() {
        return process.pid();
    }

    /** Asks the child to end, on POSIX with SIGTERM. Does nothing if it has ended. */
    public void terminate() {
        process.destroy();
    }

    /** Ends the child at once, on POSIX with SIGKILL, but not its descendants, as {@link #close} does. */
    public void kill() {
        process.destroyForcibly();
    }

    // ---- its end

    /**
     * Ends the child: closes its pipes, asks it and its descendants to terminate, waits for the {@linkplain Command#grace() grace}, and
     * kills what is left of them. If it has ended, closes the pipes. Bounded by the grace and eleven seconds; a process
     * that the system does not end even so is reported to the loop's error sink. Called again, it waits for the same end.
     *
     * <p><b>Cancellation.</b> All of it is done all the same.
     */
    @Awaits
    @Override
    public void close() {
        Async.shield(command.grace().plus(KILL_LIMIT).plus(KILL_LIMIT), () -> {
            Promise<Boolean> known = ending;
            if (known != null) {
                known.await();
                return;
            }
            Promise<Boolean> mine = Promise.create();
            ending = mine;
            try {
                end();
            } finally {
                mine.succeed(true);
            }
        });
    }

    /** The background task that answers for the child until it and its pipes have ended. */
    private void keep() {
        boolean ended = false;
        try {
            Async.await(exit.copy());
            if (pipes.input != null) {
                pipes.input.childEnded();
            }
            Async.await(pipes.gone());
            ended = true;
        } finally {
            if (!ended) {
                close();
            }
        }
    }

    private void end() {
        // First: a child that is blocked in a full pipe must be able to hear the rest.
        pipes.close();
        if (process.isAlive()) {
            List<ProcessHandle> tree = new ArrayList<>();
            try {
                terminateTree(tree);
            } finally {
                process.destroyForcibly();
                tree.forEach(ProcessHandle::destroyForcibly);
            }
            if (Async.moveOnAfter(KILL_LIMIT, this::await).isEmpty()) {
                share.report("a child process was killed and has not ended", new IllegalStateException(toString()));
            }
        }
        Async.moveOnAfter(PIPE_LIMIT, () -> {
            Async.await(pipes.gone());
        });
    }

    /** Asks all of the tree to end, and waits for the grace; then adds who has come since. */
    private void terminateTree(List<ProcessHandle> tree) {
        Async.offload(() -> {
            tree.addAll(process.descendants().toList()); // who they are is lost with the child
            process.destroy();
            tree.forEach(ProcessHandle::destroy);
        });
        Async.moveOnAfter(command.grace(), () -> {
            await();
            while (Async.offload(() -> tree.stream().anyMatch(Subprocess::runs))) {
                Async.sleep(POLL);
            }
        });
        tree.addAll(Async.offload(() -> process.descendants().toList()));
    }

    /** One that has ended and that nobody has asked for its status is alive to the system, but has no program. */
    private static boolean runs(ProcessHandle handle) {
        return handle.isAlive() && handle.info().command().isPresent();
    }

    @Override
    public String toString() {
        return "child " + process.pid() + " '" + command.arguments().getFirst() + "'"
                + (process.isAlive() ? "" : ", ended");
    }

    /**
     * How a child ended, and what it wrote.
     *
     * @param arguments what was run
     * @param status its exit status, as {@link #await}
     * @param stdout what it wrote to its standard output
     * @param stderr what it wrote to its standard error; nothing if that was merged into the standard output
     */
    public record Completed(List<String> arguments, int status, byte[] stdout, byte[] stderr) {
        /**
         * {@return what it wrote to its standard output, as UTF-8; malformed bytes become {@code U+FFFD}}
         */
        public String text() {
            return new String(stdout, StandardCharsets.UTF_8);
        }

        /**
         * {@return what it wrote to its standard error, as UTF-8; malformed bytes become {@code U+FFFD}}
         */
        public String errorText() {
            return new String(stderr, StandardCharsets.UTF_8);
        }

        /**
         * Checks that it ended well.
         *
         * @return this
         * @throws FailedException if its status is not 0; the message has the end of its standard error
         */
        public Completed check() throws FailedException {
            if (status != 0) {
                throw new FailedException(this);
            }
            return this;
        }
    }

    /** A child process ended with another status than 0. */
    public static final class FailedException extends IOException {
        private static final long serialVersionUID = 1;
        private static final int SHOWN = 1000;

        private final int status;

        FailedException(Completed child) {
            super(message(child));
            this.status = child.status();
        }

        private static String message(Completed child) {
            boolean silent = child.stderr().length == 0;
            String said = (silent ? child.text() : child.errorText()).strip();
            return child.arguments() + " ended with status " + child.status()
                    + (said.isEmpty() ? ", and said nothing" : silent ? "; its output ends: " : "; its standard error ends: ")
                    + said.substring(Math.max(0, said.length() - SHOWN));
        }

        /**
         * {@return the status, as {@link #await}}
         */
        public int status() {
            return status;
        }
    }
}
