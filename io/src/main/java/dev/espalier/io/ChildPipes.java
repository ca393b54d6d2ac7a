package dev.espalier.io;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Our ends of the pipes of one child process, made with it. */
final class ChildPipes {
    final @Nullable PipeWriter input;
    final @Nullable PipeReader output;
    final @Nullable PipeReader errors;

    private ChildPipes(Command command, LoopShare share) {
        String whose = " of " + command.arguments().getFirst();
        this.input = command.pipesInput() ? new PipeWriter("standard input" + whose, share) : null;
        this.output = command.pipesOutput() ? new PipeReader("standard output" + whose, share) : null;
        this.errors = command.pipesErrors() ? new PipeReader("standard error" + whose, share) : null;
    }

    /** Takes the places of the pipes, which {@link #close} gives back. */
    static ChildPipes reserve(Command command, LoopShare share) throws IOException {
        PipeThread.reserve(command.pipes(), command);
        return new ChildPipes(command, share);
    }

    /**
     * Starts the child. It blocks.
     *
     * <p>The thread of its first output does so, because it should hold that stream's monitor before the child has ended: see {@link
     * PipeReader}. Nothing is quicker; a child that is quicker still loses what its children write later, as with the JDK alone. The JDK
     * looks at the standard error after the standard output, so the monitor of one is enough.
     */
    Process fork(ProcessBuilder builder) throws IOException {
        PipeReader first = output != null ? output : errors;
        Process process = first == null ? builder.start() : fork(builder, first);
        try {
            if (input != null) {
                input.open(process.getOutputStream());
            } else if (builder.redirectInput() == Redirect.PIPE) {
                process.getOutputStream().close(); // a discarded input
            }
            if (errors != null && errors != first) {
                errors.start(process::getErrorStream, () -> {});
            }
            return process;
        } catch (Throwable e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private Process fork(ProcessBuilder builder, PipeReader first) throws IOException {
        var started = new CompletableFuture<Process>();
        var made = new Process[1]; // by the thread of the pipe
        first.start(() -> {
            try {
                made[0] = builder.start();
            } catch (Throwable e) {
                started.completeExceptionally(e);
                throw e;
            }
            return first == output ? made[0].getInputStream() : made[0].getErrorStream();
        }, () -> started.complete(made[0]));
        try {
            return started.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException refused) {
                throw refused;
            }
            throw e;
        }
    }

    /** Ends when all are closed and their threads have gone. */
    CompletableFuture<Void> gone() {
        return CompletableFuture.allOf(Stream.of(
                        Optional.ofNullable(input).map(PipeWriter::gone),
                        Optional.ofNullable(output).map(PipeReader::gone),
                        Optional.ofNullable(errors).map(PipeReader::gone))
                .flatMap(Optional::stream)
                .toArray(CompletableFuture<?>[]::new));
    }

    /** Does nothing the second time. */
    void close() {
        if (input != null) {
            input.abort();
        }
        if (output != null) {
            output.close();
        }
        if (errors != null) {
            errors.close();
        }
    }
}
