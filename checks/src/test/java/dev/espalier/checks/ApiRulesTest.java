package dev.espalier.checks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.lang.reflect.AccessFlag;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The rules for public signatures that a machine can hold; docs/rules.md has their reasons. */
class ApiRulesTest {
    /** The field's central word; users name its two ends, {@code Sender} and {@code Receiver}. */
    private static final Set<String> SHARED_NAMES = Set.of("Channel");

    @Test
    @DisplayName("A3: no public type is named like a type that java.base exports")
    void noPublicTypeIsNamedLikeOneOfTheJdk() {
        Map<String, List<String>> jdk = namesOfJavaBase();
        assertThat(topLevelTypes())
                .filteredOn(type -> !SHARED_NAMES.contains(type.getSimpleName()))
                .filteredOn(type -> jdk.getOrDefault(type.getSimpleName(), List.of()).stream()
                        .anyMatch(ApiRulesTest::isPublic))
                .as("types whose simple name is also a public type of java.base")
                .isEmpty();
    }

    @Test
    @DisplayName("A3: the check sees the one name that is allowed")
    void theCheckKnowsTheNamesOfTheJdk() {
        assertThat(namesOfJavaBase()).containsKeys("Channel", "Semaphore", "Thread");
    }

    @Test
    @DisplayName("A9: the packages stay small enough to be read: at most 55 types for applications in core")
    void packagesStaySmall() {
        assertThat(topLevelTypes().stream().collect(Collectors.groupingBy(Class::getPackageName, Collectors.counting())))
                .allSatisfy((name, types) -> assertThat(types).as("top-level types of %s", name).isBetween(1L, 55L));
    }

    @Test
    @DisplayName("A4: objects come from static factories, never from constructors")
    void noTypeHasAPublicConstructor() {
        assertThat(PublishedModule.allExportedTypes())
                .filteredOn(type -> !Throwable.class.isAssignableFrom(type) && !type.isRecord())
                .filteredOn(type -> Arrays.stream(type.getDeclaredConstructors()).anyMatch(ApiListing::isVisible))
                .as("types with a public or protected constructor")
                .isEmpty();
    }

    @Test
    @DisplayName("A6: a public method that can await carries @Awaits")
    void methodsThatAwaitSaySo() throws ClassNotFoundException {
        List<Path> all = Arrays.stream(PublishedModule.values())
                .flatMap(module -> module.classFiles().stream())
                .toList();
        var graph = new AwaitGraph(all);
        Class<?> scheduler = Class.forName(Task.class.getPackageName() + ".Scheduler");
        for (String givingUpTheTurn : List.of("suspend", "handOver")) {
            assertThat(graph.silent(PublishedModule.allExportedTypes().toList(), scheduler, givingUpTheTurn))
                    .as("public methods that give up the turn of a task, by Scheduler." + givingUpTheTurn + ", without @Awaits")
                    .isEmpty();
        }
    }

    private static List<Class<?>> topLevelTypes() {
        return PublishedModule.allExportedTypes().filter(Predicate.not(Class::isMemberClass)).collect(Collectors.toList());
    }

    /** Simple names of the top-level types in the packages that java.base exports to everyone. */
    private static Map<String, List<String>> namesOfJavaBase() {
        ModuleReference base = ModuleFinder.ofSystem().find("java.base").orElseThrow();
        Set<String> exported = base.descriptor().exports().stream()
                .filter(export -> !export.isQualified())
                .map(export -> export.source().replace('.', '/'))
                .collect(Collectors.toSet());
        try (ModuleReader reader = base.open()) {
            return reader.list()
                    .filter(file -> file.endsWith(".class") && !file.contains("$"))
                    .filter(file -> exported.contains(file.substring(0, Math.max(0, file.lastIndexOf('/')))))
                    .map(file -> file.replace('/', '.').replaceFirst("\\.class$", ""))
                    .collect(Collectors.groupingBy(name -> name.substring(name.lastIndexOf('.') + 1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isPublic(String className) {
        try {
            return Class.forName(className, false, null).accessFlags().contains(AccessFlag.PUBLIC);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(className, e);
        }
    }
}
