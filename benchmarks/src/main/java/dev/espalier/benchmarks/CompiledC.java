package dev.espalier.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** A peer in C, compiled into the output's folder where there is a {@code cc}. */
final class CompiledC {
    private CompiledC() {
    }

    /** The program, or nothing on a machine that has no compiler. */
    static Optional<Path> program(Settings settings, String name) {
        Path source = settings.scripts().resolveSibling("c").resolve(name + ".c");
        return compiler().map(compiler -> compile(compiler, source, settings.output().resolve(name)));
    }

    private static Optional<Path> compiler() {
        return Arrays.stream(System.getenv("PATH").split(java.io.File.pathSeparator))
            .map(folder -> Path.of(folder, "cc")).filter(Files::isExecutable).findFirst();
    }

    private static Path compile(Path compiler, Path source, Path program) {
        try {
            Process process = new ProcessBuilder(compiler.toString(), "-O2", "-Wall", "-o", program.toString(), source.toString())
                .inheritIO().start();
            if (process.waitFor() != 0) {
                throw new IllegalStateException(compiler + " could not compile " + source);
            }
            return program;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("Interrupted while " + source + " was compiled.", e);
        }
    }
}
