package dev.espalier.testing;

import dev.espalier.testing.Strategy.Deviation;
import dev.espalier.testing.Strategy.Step;
import java.util.AbstractList;
import java.util.Arrays;

/**
 * The deviations of one run: five numbers each, in arrays, because most of what is recorded is never looked at. The list makes
 * its elements when it is asked for them.
 *
 * <p>Written by the holder of the turn; read by the driving thread when the run is over.
 */
final class DeviationLog extends AbstractList<Deviation> {
    private static final int NUMBERS = 5;

    private long[] numbers = new long[32 * NUMBERS];
    private int size;

    void add(int position, long usualTask, int usualStep, long chosenTask, int chosenStep) {
        int at = size++ * NUMBERS;
        if (at == numbers.length) {
            numbers = Arrays.copyOf(numbers, at * 2);
        }
        numbers[at] = position;
        numbers[at + 1] = usualTask;
        numbers[at + 2] = usualStep;
        numbers[at + 3] = chosenTask;
        numbers[at + 4] = chosenStep;
    }

    @Override
    public Deviation get(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("deviation " + index + " of " + size);
        }
        int at = index * NUMBERS;
        return new Deviation((int) numbers[at], new Step(numbers[at + 1], (int) numbers[at + 2]),
                new Step(numbers[at + 3], (int) numbers[at + 4]));
    }

    @Override
    public int size() {
        return size;
    }
}
