package dev.espalier.testing;

import dev.espalier.testing.Draws.Draw;
import dev.espalier.testing.Strategy.Deviation;
import dev.espalier.testing.Strategy.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tapes as text: a head of {@code key: value} lines for people, then a line for each task, deviation and random number. */
final class TapeFormat {
    private static final String FIRST = "espalier tape 1";

    private TapeFormat() {}

    static String format(Tape tape) {
        var text = new StringBuilder(FIRST).append('\n');
        text.append("test: ").append(oneLine(tape.test())).append('\n');
        text.append("seed: ").append(tape.seed()).append('\n');
        text.append("found: ").append(oneLine(tape.found())).append('\n');
        text.append("jdk: ").append(Runtime.version()).append('\n');
        text.append("schedule: ").append(oneLine(tape.sentence())).append('\n');
        tape.names().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(task -> text.append("task ").append(hex(task.getKey())).append(' ')
                        .append(oneLine(task.getValue())).append('\n'));
        tape.points().forEach((step, label) ->
                text.append("point ").append(words(step)).append(' ').append(oneLine(label)).append('\n'));
        for (Deviation deviation : tape.deviations()) {
            text.append("at ").append(deviation.position()).append(" before ").append(words(deviation.usual()));
            text.append(" run ").append(words(deviation.chosen())).append('\n');
        }
        tape.fixed().forEach((draw, value) -> text.append("draw ").append(hex(draw.task())).append(' ')
                .append(draw.number()).append(' ').append(value).append('\n'));
        return text.append("end\n").toString();
    }

    private static String words(Step step) {
        return hex(step.task()) + " " + step.number();
    }

    private static String hex(long key) {
        return Long.toHexString(key);
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\R", " ");
    }

    static Tape parse(List<String> lines, String source) {
        if (lines.isEmpty() || !lines.get(0).equals(FIRST)) {
            throw new IllegalArgumentException(source + " is no tape: its first line is "
                    + (lines.isEmpty() ? "missing" : "'" + lines.get(0) + "'") + ", not '" + FIRST + "'");
        }
        if (!lines.get(lines.size() - 1).equals("end")) {
            throw new IllegalArgumentException(source + " is cut off: its last line is not 'end'");
        }
        var parser = new Parser();
        for (int i = 1; i < lines.size() - 1; i++) {
            try {
                parser.take(lines.get(i));
            } catch (RuntimeException e) {
                throw new IllegalArgumentException(
                        "line " + (i + 1) + " of " + source + " is no line of a tape: " + lines.get(i), e);
            }
        }
        return parser.tape();
    }

    private static final class Parser {
        private final Map<String, String> head = new HashMap<>();
        private final Map<Long, String> names = new HashMap<>();
        private final Map<Step, String> points = new HashMap<>();
        private final List<Deviation> deviations = new ArrayList<>();
        private final Map<Draw, Long> fixed = new HashMap<>();

        private void take(String line) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                case "task" -> names.put(key(words[1]), line.substring(words[0].length() + words[1].length() + 2));
                case "point" -> points.put(new Step(key(words[1]), Integer.parseInt(words[2])), line.split(" ", 4)[3]);
                case "at" -> deviations.add(new Deviation(Integer.parseInt(words[1]),
                        new Step(key(words[3]), Integer.parseInt(words[4])),
                        new Step(key(words[6]), Integer.parseInt(words[7]))));
                case "draw" -> fixed.put(
                        new Draw(key(words[1]), Integer.parseInt(words[2])), Long.parseLong(words[3]));
                default -> {
                    int colon = line.indexOf(": ");
                    head.put(line.substring(0, colon), line.substring(colon + 2));
                }
            }
        }

        private Tape tape() {
            return new Tape(head.getOrDefault("test", ""), Long.parseLong(head.getOrDefault("seed", "0")), names,
                    points, deviations, fixed, head.getOrDefault("found", ""));
        }

        private static long key(String hex) {
            return Long.parseUnsignedLong(hex, 16);
        }
    }
}
