package dev.espalier.examples.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WordTableTest {

    @Test
    void mostFrequentComeFirstAndTiesInOrderOfCharacters() {
        WordTable table = new WordTable(10);
        table.add("b", 2);
        table.add("c", 3);
        table.add("a", 1);
        table.add("a", 1);
        assertThat(table.top(2)).containsExactly(new WordTable.WordCount("c", 3), new WordTable.WordCount("a", 2));
        assertThat(table.top(0)).isEmpty();
    }

    @Test
    void fullTableGoesOnCountingWhatItKnows() {
        WordTable table = new WordTable(1);
        table.add("known", 1);
        table.add("new", 5);
        table.add("known", 1);
        assertThat(table.top(9)).containsExactly(new WordTable.WordCount("known", 2));
        assertThat(table.unranked()).isEqualTo(5);
    }
}
