package dev.espalier.process;

import dev.espalier.core.Async;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The class path of children: that of this process with absolute names, and with the jars of this library in front, where
 * they are jars.
 */
final class OwnJars {
    /** Empty on the module path, and where the classes are in directories. */
    private static final List<String> JARS = find();

    private OwnJars() {
    }

    /** The jars whose classes a child needs before it needs any of the user's. */
    static List<String> all() {
        return JARS;
    }

    static String classPath() {
        List<String> entries = new ArrayList<>(JARS);
        absolute(System.getProperty("java.class.path", "")).filter(entry -> !JARS.contains(entry))
                .forEach(entries::add);
        return String.join(File.pathSeparator, entries);
    }

    static String modulePath() {
        return absolute(System.getProperty("jdk.module.path", "")).collect(Collectors.joining(File.pathSeparator));
    }

    // A child may run in another directory, where relative names mean something else.
    private static Stream<String> absolute(String path) {
        return Stream.of(path.split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> new File(entry).getAbsolutePath());
    }

    private static List<String> find() {
        List<String> known = absolute(System.getProperty("java.class.path", "")).toList();
        List<String> jars = Stream.of(OwnJars.class, Async.class).map(OwnJars::jarOf).distinct().toList();
        return known.containsAll(jars) ? jars : List.of();
    }

    /** Empty where it is none. */
    private static String jarOf(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (type.getModule().isNamed() || source == null) {
            return "";
        }
        try {
            Path file = Path.of(source.getLocation().toURI()).toAbsolutePath();
            return Files.isRegularFile(file) ? file.toString() : "";
        } catch (URISyntaxException | RuntimeException elsewhere) {
            return "";
        }
    }
}
