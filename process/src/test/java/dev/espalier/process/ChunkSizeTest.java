package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChunkSizeTest {
    private static final int MANY = 1_000_000;

    private final ChunkSize size = new ChunkSize();

    private int now() {
        return size.next(MANY, 1);
    }

    private void measure(int items, long nanosPerItem) {
        size.measured(items, items * nanosPerItem);
    }

    @Test
    void startsWithOneItem() {
        assertThat(now()).isEqualTo(1);
    }

    @Test
    void growsStepByStepToAMillisecond() {
        measure(1, 10_000);
        assertThat(now()).isEqualTo(8);
        measure(8, 10_000);
        assertThat(now()).isEqualTo(64);
        measure(64, 10_000);
        assertThat(now()).isEqualTo(100);
    }

    @Test
    void trivialItemsHaveABound() {
        for (int i = 0; i < 20; i++) {
            measure(now(), 1);
        }
        assertThat(now()).isEqualTo(ChunkSize.MOST);
    }

    @Test
    void shrinksAtOnceWhenItemsBecomeSlow() {
        measure(1, 1000);
        measure(8, 1000);
        measure(64, 1000);
        measure(512, 1000);
        measure(1, ChunkSize.TARGET_NANOS);
        assertThat(now()).isLessThan(3);
    }

    @Test
    void anAnswerWithoutItemsSaysNothing() {
        measure(1, 1000);
        size.measured(0, 1_000_000);
        assertThat(now()).isEqualTo(8);
    }

    @Test
    void theLastItemsAreShared() {
        measure(1, 1);
        measure(8, 1);
        assertThat(size.next(40, 2)).isEqualTo(10);
        assertThat(size.next(1, 2)).isEqualTo(1);
    }
}
