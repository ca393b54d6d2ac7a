package dev.espalier.checks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A module as the build left it: its class files, and the types that users of the module can name. */
enum PublishedModule {
    CORE, IO, PROCESS, TESTING;

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    static Path root() {
        return ROOT;
    }

    String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    Path classes() {
        return ROOT.resolve(folder()).resolve("target/classes");
    }

    List<Path> classFiles() {
        return filesUnder(classes(), ".class");
    }

    List<Path> sources() {
        return filesUnder(ROOT.resolve(folder()).resolve("src/main/java"), ".java");
    }

    /** Public types of the exported packages, nested ones included, in the order of their names. */
    List<Class<?>> exportedTypes() {
        List<String> packages = descriptor().exports().stream().map(ModuleDescriptor.Exports::source).toList();
        return classFiles().stream()
                .map(file -> classes().relativize(file).toString().replace('/', '.').replaceFirst("\\.class$", ""))
                .filter(name -> packages.contains(name.substring(0, Math.max(0, name.lastIndexOf('.')))))
                .filter(name -> !name.endsWith("-info"))
                .<Class<?>>map(PublishedModule::load)
                .filter(PublishedModule::isVisible)
                .sorted(Comparator.comparing(Class::getName))
                .toList();
    }

    static Stream<Class<?>> allExportedTypes() {
        return Arrays.stream(values()).flatMap(module -> module.exportedTypes().stream());
    }

    private ModuleDescriptor descriptor() {
        try (InputStream in = Files.newInputStream(classes().resolve("module-info.class"))) {
            return ModuleDescriptor.read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isVisible(Class<?> type) {
        boolean visible = Modifier.isPublic(type.getModifiers()) || Modifier.isProtected(type.getModifiers());
        Class<?> outer = type.getEnclosingClass();
        return visible && (outer == null || type.isMemberClass() && isVisible(outer));
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, PublishedModule.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(name + " was compiled but is not on the class path", e);
        }
    }

    private static List<Path> filesUnder(Path folder, String ending) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
