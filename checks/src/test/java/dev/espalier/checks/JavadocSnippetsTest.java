package dev.espalier.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every snippet in Javadoc is a region of a test class, so the compiler and the test run keep it true. */
class JavadocSnippetsTest {
    private static final Pattern SNIPPET = Pattern.compile("\\{@snippet\\b([^:}]*)[:}]");
    private static final Pattern EXTERNAL = Pattern.compile("\\s*class=\"?([\\w.]+Test)\"?\\s+region=\"?([\\w-]+)\"?\\s*");

    @ParameterizedTest
    @EnumSource(PublishedModule.class)
    void everySnippetIsARegionOfATest(PublishedModule module) throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path source : module.sources()) {
            Matcher snippet = SNIPPET.matcher(Files.readString(source));
            while (snippet.find()) {
                if (!isRegionOfATest(module, snippet.group(1))) {
                    wrong.add(source.getFileName() + ": " + snippet.group());
                }
            }
        }
        assertThat(wrong).as("snippets that are not {@snippet class=\"…Test\" region=\"…\"} with a tested region").isEmpty();
    }

    private static boolean isRegionOfATest(PublishedModule module, String attributes) throws IOException {
        Matcher external = EXTERNAL.matcher(attributes);
        if (!external.matches()) {
            return false;
        }
        Path test = PublishedModule.root().resolve(module.folder()).resolve("src/test/java")
                .resolve(external.group(1).replace('.', '/') + ".java");
        if (!Files.exists(test)) {
            return false;
        }
        String text = Files.readString(test);
        return text.contains("@start region=\"" + external.group(2) + "\"")
                && Stream.of("@Test", "@BothEngines", "@LoopTest").anyMatch(text::contains);
    }
}
