package dev.espalier.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Figure ALONE = new Figure("wake", "carrier", 25, "us", null, Double.NaN);
    private static final Figure COMPARED = new Figure("wake", "carrier", 25, "us", "jdk", 10);

    @Test
    void medianOfAnOddCountIsTheMiddle() {
        assertThat(Rounds.median(new double[] {9, 1, 4})).isEqualTo(4);
    }

    @Test
    void medianOfAnEvenCountLiesBetweenTheTwoInTheMiddle() {
        assertThat(Rounds.median(new double[] {8, 1, 4, 2})).isEqualTo(3);
    }

    @Test
    void ratioIsTheValueOverThePeersValue() {
        assertThat(Figure.json(List.of(COMPARED))).isEqualTo("""
            [
              {"name": "wake", "engine": "carrier", "value": 25.0000, "unit": "us", \
            "peer": "jdk", "peerValue": 10.0000, "ratio": 2.5000}
            ]
            """);
    }

    @Test
    void figureWithoutPeerHasNoRatio() {
        assertThat(Figure.json(List.of(ALONE))).contains("\"peer\": null, \"peerValue\": null, \"ratio\": null");
    }

    @Test
    void tableMarksWhatWasReachedAndWhatWasMissed() {
        Row row = new Row("wake", "us").atMost(Engine.CARRIER, "", 30).atMost(Engine.CARRIER, "jdk", 2);
        assertThat(Table.of(List.of(row), List.of(COMPARED)))
            .contains("value <= 30.0 reached", "ratio <= 2.000 MISSED");
    }

    @Test
    void barOfAnotherEngineIsNotMentioned() {
        Row row = new Row("wake", "us").atMost(Engine.HANDOFF, "", 30);
        assertThat(Table.of(List.of(row), List.of(ALONE))).doesNotContain("reached", "MISSED");
    }

    @Test
    void roundsKeepTheMedianOverForks() {
        double[] forks = {3, 1, 2};
        int[] fork = {0};
        Row row = new Row("wake", "us").ours(_ -> () -> forks[fork[0]++ % 3]).peer("jdk", () -> 4);
        Rounds rounds = rounds(row);
        rounds.run();
        assertThat(rounds.figures()).hasSize(Engine.values().length)
            .allSatisfy(figure -> assertThat(figure.peerValue()).isEqualTo(4));
        assertThat(rounds.failures()).isEmpty();
    }

    @Test
    void forkThatFailsIsToldAndLeavesTheOtherFigures() {
        Row row = new Row("wake", "us").ours(_ -> () -> 1).peer("jdk", () -> {
            throw new IllegalStateException("no such thing");
        });
        Rounds rounds = rounds(row);
        rounds.run();
        assertThat(rounds.failures())
            .allMatch(text -> text.startsWith("wake on jdk failed") && text.contains("no such thing"));
        assertThat(rounds.figures()).allMatch(figure -> figure.peer() == null);
    }

    @Test
    void benchmarkThatDidNotDoItsWorkPrintsNoFigure() {
        assertThatThrownBy(() -> Check.equal(10, 9)).hasMessageContaining("9 operations instead of 10");
    }

    private static Rounds rounds(Row row) {
        return new Rounds(Settings.fromProperties(), new PrintStream(OutputStream.nullOutputStream()), List.of(row));
    }
}
