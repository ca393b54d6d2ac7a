package dev.espalier.testing;

import dev.espalier.testing.Draws.Draw;
import dev.espalier.testing.Strategy.Deviation;
import dev.espalier.testing.Strategy.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What decided one run: the seed of its random numbers, where its order of steps deviated from the usual one, and which random
 * numbers were replaced. With it the run can be made again, in this JVM or another.
 *
 * <p>Tasks are named by who started them and as which one, so a tape survives changes of the code that leave its tasks alone.
 * It is a text file, one decision a line, whose head tells what it belongs to.
 *
 * <p><b>Threads.</b> Unchangeable.
 */
public final class Tape {
    private final String test;
    private final long seed;
    private final Map<Long, String> names;
    private final Map<Step, String> points; // from which steps of deviations begin
    private final List<Deviation> deviations;
    private final Map<Draw, Long> fixed;
    private final String found;

    Tape(
            String test,
            long seed,
            Map<Long, String> names,
            Map<Step, String> points,
            List<Deviation> deviations,
            Map<Draw, Long> fixed,
            String found) {
        this.test = test;
        this.seed = seed;
        this.names = Map.copyOf(names);
        this.points = Map.copyOf(points);
        this.deviations = List.copyOf(deviations);
        this.fixed = Map.copyOf(fixed);
        this.found = found;
    }

    /**
     * Reads a tape.
     *
     * @param file where it is
     * @return the tape
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if it is no tape, naming the line
     */
    public static Tape read(Path file) throws IOException {
        return TapeFormat.parse(Files.readAllLines(file), file.toString());
    }

    /**
     * Writes the tape, and makes the folder if there is none.
     *
     * @param file where to; replaced if it exists
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        Files.writeString(file, TapeFormat.format(this));
    }

    /**
     * {@return which test it belongs to}
     */
    public String test() {
        return test;
    }

    /**
     * {@return the seed of the random numbers}
     */
    public long seed() {
        return seed;
    }

    /**
     * {@return where the order of steps deviates from the usual one}
     */
    public List<Deviation> deviations() {
        return deviations;
    }

    /** Random numbers that replace those of the seed. */
    Map<Draw, Long> fixed() {
        return fixed;
    }

    Map<Long, String> names() {
        return names;
    }

    Map<Step, String> points() {
        return points;
    }

    /** When and how it was found, in words. */
    String found() {
        return found;
    }

    /**
     * {@return the schedule as a sentence: what is not usual in it}
     */
    public String sentence() {
        String draws = fixed.isEmpty() ? "" : "; " + fixed.size() + (fixed.size() == 1 ? " random number" : " random numbers") + " set";
        if (deviations.isEmpty()) {
            return "the usual order" + draws;
        }
        return "the usual order except " + deviations.size() + (deviations.size() == 1 ? " deviation: " : " deviations: ")
                + deviations.stream().limit(20).map(this::words).collect(Collectors.joining("; "))
                + (deviations.size() > 20 ? "; and so on" : "") + draws;
    }

    private String words(Deviation deviation) {
        return "at step " + (deviation.position() + 1) + " run " + name(deviation.chosen()) + " before "
                + name(deviation.usual());
    }

    private String name(Step step) {
        String point = points.get(step);
        return "'" + names.getOrDefault(step.task(), Long.toHexString(step.task())) + "'"
                + (point == null ? "" : " (at '" + point + "')");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tape tape
                && test.equals(tape.test)
                && seed == tape.seed
                && deviations.equals(tape.deviations)
                && fixed.equals(tape.fixed);
    }

    @Override
    public int hashCode() {
        return Objects.hash(test, seed, deviations, fixed);
    }

    @Override
    public String toString() {
        return "Tape[" + test + ", seed " + seed + ", " + sentence() + "]";
    }
}
