package dev.espalier.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Makes every change of the public API visible in a diff: {@code api/<module>.txt} is reviewed like code. */
class PublicApiTest {
    @ParameterizedTest
    @EnumSource(PublishedModule.class)
    void listingIsTheReviewedOne(PublishedModule module) throws IOException {
        Path reviewed = Path.of("api", module.folder() + ".txt");
        List<String> now = ApiListing.of(module.exportedTypes());
        if (Boolean.getBoolean("api.update")) {
            Files.write(reviewed, now);
        }
        List<String> before = Files.exists(reviewed) ? Files.readAllLines(reviewed) : List.of();
        if (!now.equals(before)) {
            fail("The public API of '%s' changed:%n%s%nIf that is meant, run%n  %s%nand commit checks/%s."
                    .formatted(module.folder(), difference(before, now),
                            "mvn -q -pl checks -am verify -Dapi.update=true -Dtest=PublicApiTest -Dinvoker.skip"
                                    + " -Dsurefire.failIfNoSpecifiedTests=false", reviewed));
        }
        assertThat(now).as("public types and members of %s", module).isNotEmpty();
    }

    /** Each listing is in order and a line occurs once in a type, so what is on one side only is the difference. */
    private static String difference(List<String> before, List<String> now) {
        List<String> lines = new ArrayList<>();
        before.stream().filter(line -> !now.contains(line)).map(line -> "- " + line.strip()).forEach(lines::add);
        now.stream().filter(line -> !before.contains(line)).map(line -> "+ " + line.strip()).forEach(lines::add);
        return lines.isEmpty() ? "  (the order of lines only)" : String.join(System.lineSeparator(), lines);
    }
}
