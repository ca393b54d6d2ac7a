package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.testing.Settings.Mode;
import dev.espalier.testing.Settings.Source;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
    private static Source source(String name, Map<String, String> values) {
        return new Source(name, key -> Optional.ofNullable(values.get(key)));
    }

    private static Settings settings(String key, String value) {
        return new Settings(List.of(source("here", Map.of(key, value))));
    }

    @Test
    @DisplayName("testing E10: the first place that has a setting counts, and what is blank is none")
    void firstPlaceCounts() {
        var settings = new Settings(List.of(
                source("first", Map.of("espalier.seed", " ")),
                source("second", Map.of("espalier.seed", " 5 ", "espalier.runs", "7")),
                source("third", Map.of("espalier.seed", "6", "espalier.mode", "Shuffle"))));
        assertThat(settings.seed(1)).isEqualTo(5);
        assertThat(settings.runs(1)).isEqualTo(7);
        assertThat(settings.mode()).isEqualTo(Mode.SHUFFLE);
    }

    @Test
    void withoutSettingsTheTestDecides() {
        var settings = new Settings(List.of());
        assertThat(settings.seed(3)).isEqualTo(3);
        assertThat(settings.runs(4)).isEqualTo(4);
        assertThat(settings.budget(Duration.ofSeconds(5))).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.replay()).isEmpty();
        assertThat(settings.mode()).isEqualTo(Mode.SEARCH);
        assertThat(settings.forks()).isFalse();
    }

    @Test
    void valuesAreRead() {
        assertThat(settings("espalier.budget", "1500").budget(Duration.ZERO)).isEqualTo(Duration.ofMillis(1500));
        assertThat(settings("espalier.budget", "PT5M").budget(Duration.ZERO)).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings("espalier.replay", "a/b.looptape").replay()).contains(Path.of("a/b.looptape"));
        assertThat(settings("espalier.seed", "-9").seed(0)).isEqualTo(-9);
        Settings random = settings("espalier.seed", "random");
        assertThat(random.seed(0)).isNotEqualTo(random.seed(0));
        assertThat(settings("espalier.fork", "true").forks()).isTrue();
    }

    @Test
    void inTheUsualOrderThereIsOneRun() {
        assertThat(settings("espalier.mode", "usual").runs(200)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "seed, 1.5, a whole number or random",
        "runs, 0, a whole number from 1",
        "runs, many, a whole number from 1",
        "budget, -1, 'milliseconds from 1, or a time like PT5M'",
        "budget, PT5X, 'milliseconds from 1, or a time like PT5M'",
        "budget, PT0S, 'milliseconds from 1, or a time like PT5M'",
        "mode, fast, 'one of search, usual, shuffle'",
        "fork, yes, true or false"
    })
    @DisplayName("testing E10: a wrong value is named, with its rule and where it was found")
    void wrongValueIsNamed(String name, String value, String rule) {
        Settings settings = settings("espalier." + name, value);
        Map<String, Consumer<Settings>> readers = Map.of(
                "seed", s -> s.seed(0),
                "runs", s -> s.runs(1),
                "budget", s -> s.budget(Duration.ZERO),
                "mode", Settings::mode,
                "fork", Settings::forks);
        assertThatThrownBy(() -> readers.get(name).accept(settings))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the setting espalier." + name + " must be " + rule + ", not '" + value + "' (here)");
    }

    @Test
    void systemPropertyIsFoundWhereThereIsNoJUnit() {
        System.setProperty("espalier.tapes", "somewhere");
        try {
            assertThat(Settings.of(_ -> Optional.empty()).tapes()).isEqualTo(Path.of("somewhere"));
        } finally {
            System.clearProperty("espalier.tapes");
        }
    }
}
