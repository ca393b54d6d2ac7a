package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/wire.md} says what the code does.
 */
class WireDocTest {
    private static final Set<String> NO_TAGS = Set.of("SCALARS", "ARRAYS", "NUMBERS_AND_TIMES", "COLLECTIONS", "NAMED",
            "OTHER", "FIRST_NESTED", "MAX_DEPTH");

    private final String page;

    WireDocTest() throws IOException {
        page = Files.readString(Path.of("..", "docs", "wire.md"));
    }

    private Set<String> rows(String pattern) {
        return Pattern.compile("^" + pattern, Pattern.MULTILINE).matcher(page).results()
                .map(row -> row.group(1) + " " + row.group(2)).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    @SuppressWarnings("EnumOrdinal") // the order is the protocol
    void everyKindOfFrameIsThereWithItsNumber() {
        assertThat(rows("\\| (\\d+) \\| `(\\w+)` \\|")).isEqualTo(Stream.of(FrameKind.values())
                .map(kind -> kind.ordinal() + " " + kind).collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void everyTagIsThereWithItsNumber() throws IllegalAccessException {
        Set<String> tags = new TreeSet<>();
        for (Field field : Tag.class.getDeclaredFields()) {
            if (field.getType() == int.class && !NO_TAGS.contains(field.getName())) {
                String name = field.getName().replaceAll("_$", "");
                tags.add("0x%02X %s".formatted(field.getInt(null), name));
            }
        }
        assertThat(rows("\\| (0x[0-9A-F]{2}) \\| `(\\w+)` \\|")).isEqualTo(tags);
    }

    @Test
    void limitsAreThoseOfTheCode() {
        assertThat(page).contains("Protocol " + Frames.PROTOCOL + " of `process`",
                "payload of a frame | " + Frames.MAX_CHUNK + " bytes",
                "all half-read messages together | " + Frames.MAX_MESSAGE + " bytes",
                "half-read messages | " + FrameReader.MOST_PARTS,
                "definitions | " + Symbols.MOST + ", of at most " + Symbols.LONGEST + " bytes",
                "nesting of a value | " + Tag.MAX_DEPTH,
                "| " + Frames.HEADER + " | | payload |",
                "block, " + FrameWriter.BLOCK / 1024 + " KiB");
    }
}
