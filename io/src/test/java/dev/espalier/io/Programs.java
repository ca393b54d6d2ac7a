package dev.espalier.io;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.util.Arrays;

/** Programs of this machine at the other end of a connection. */
final class Programs {
    private Programs() {}

    /** Skips the test where there is no such program. */
    static void assume(String name) {
        boolean found = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> new File(folder, name).canExecute());
        assumeTrue(found, name + " is not installed");
    }
}
