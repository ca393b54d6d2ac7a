package dev.espalier.examples.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {

    @ParameterizedTest
    @CsvSource({"0, 0", "17, 17", "1k, 1024", "3K, 3072", "64m, 67108864", "64MiB, 67108864", "2 gb, 2147483648"})
    void sizesAreInPowersOf1024(String text, long bytes) {
        assertThat(Units.parseSize(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "m", "-1m", "1.5g", "64x", "9999999999999"})
    void wrongSizeIsNamedInTheError(String text) {
        assertThatThrownBy(() -> Units.parseSize(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'").hasMessageContaining("64m");
    }

    @ParameterizedTest
    @CsvSource({"500ms, 500", "30, 30000", "30s, 30000", "1.5m, 90000", "2h, 7200000", "0, 0"})
    void durationsHaveAUnit(String text, long millis) {
        assertThat(Units.parseDuration(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1s", "soon", "1d"})
    void wrongDurationIsNamedInTheError(String text) {
        assertThatThrownBy(() -> Units.parseDuration(text)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'").hasMessageContaining("30s");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "1572864, 1.5 MiB", "9223372036854775807, 8.0 EiB"})
    void sizesArePrintedWithTheirUnit(long bytes, String text) {
        assertThat(Units.size(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 s", "59, 59 s", "61, 1 min 1 s", "3599, 59 min 59 s", "7384, 2 h 3 min"})
    void longerTimesAreCoarser(long seconds, String text) {
        assertThat(Units.roughly(Duration.ofSeconds(seconds))).isEqualTo(text);
    }
}
