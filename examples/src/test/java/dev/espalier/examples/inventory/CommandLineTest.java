package dev.espalier.examples.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandLineTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @CsvSource({
        "--workers=0, '--workers must be from 1 to 256, not 0.'",
        "--workers=many, many",
        "--top=-1, '--top must be 0 or more, not -1.'",
        "--max-memory=512k, --max-memory must be from 1m to 1024g",
        "--max-memory=much, 'is not a size; write for example 512k, 64m or 2g'",
        "--timeout=0, --timeout must be longer than 0",
        "--timeout=soon, 'is not a duration; write for example 500ms, 30s or 5m'",
        "--colour, Unknown option: '--colour'",
    })
    void wrongOptionIsOneSentenceAndExitCode2(String option, String sentence) {
        assertThat(execute(option)).isEqualTo(2);
        assertThat(err.toString()).startsWith("inventory: ").contains(sentence).hasLineCount(1);
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void missingDirectoryIsOneSentenceAndExitCode2(@TempDir Path empty) {
        assertThat(execute(empty.resolve("gone").toString())).isEqualTo(2);
        assertThat(err.toString()).isEqualToIgnoringNewLines(
                "inventory: there is no directory " + empty.resolve("gone") + ".");
    }

    @Test
    void helpNamesEveryOptionAndExitCode() {
        assertThat(execute("--help")).isZero();
        assertThat(out.toString()).contains("--workers", "--top", "--max-memory", "--timeout", "--json", "124", "130");
    }

    private int execute(String... args) {
        return Inventory.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true))
                .execute(args);
    }
}
