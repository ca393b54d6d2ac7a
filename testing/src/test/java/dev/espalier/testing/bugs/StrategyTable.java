package dev.espalier.testing.bugs;

import dev.espalier.testing.Exploration;
import dev.espalier.testing.LoopTester;
import dev.espalier.testing.Strategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes into the page of the module how many runs each strategy needs to find each bug: the median over twenty seeds.
 * The argument is the page; the table goes between its two marks.
 */
final class StrategyTable {
    private static final String BEGIN = "<!-- strategies:begin -->\n";
    private static final String END = "<!-- strategies:end -->";
    private static final int SEEDS = 20;
    private static final int MOST_RUNS = 2000;
    private static final List<Column> COLUMNS = List.of(
            new Column("portfolio", Strategy.portfolio()),
            new Column("randomWalk", Strategy.randomWalk()),
            new Column("pct(2)", Strategy.pct(2)),
            new Column("pct(3)", Strategy.pct(3)),
            new Column("pos", Strategy.pos()),
            new Column("surw", Strategy.surw()),
            new Column("delays(3)", Strategy.delays(3)),
            new Column("guided", Strategy.guided(Strategy.randomWalk())),
            new Column("exhaustive(9)", Strategy.exhaustive(9)));

    private record Column(String name, Strategy strategy) {}

    /** The runs that each seed needed; more than the limit: it did not find the bug. */
    private record Cell(int[] runs) {
        private int median() {
            return runs[SEEDS / 2];
        }

        private long found() {
            return IntStream.of(runs).filter(needed -> needed <= MOST_RUNS).count();
        }

        @Override
        public String toString() {
            String text = median() <= MOST_RUNS ? Integer.toString(median()) : "—";
            return found() == SEEDS || found() == 0 ? text : text + " (" + found() + "/" + SEEDS + ")";
        }
    }

    /** Counts the runs that a strategy is asked for, besides the first one, whose order is the usual one. */
    private static final class Counting implements Strategy {
        private final Strategy strategy;
        private int runs = 1;

        private Counting(Strategy strategy) {
            this.strategy = strategy;
        }

        @Override
        public Session open(Profile profile) {
            Session session = strategy.open(profile);
            return new Session() {
                @Override
                public Decider next(RandomGenerator random) {
                    runs++;
                    return session.next(random);
                }

                @Override
                public void ended(Course run) {
                    session.ended(run);
                }

                @Override
                public boolean keepsDraws() {
                    return session.keepsDraws();
                }
            };
        }
    }

    private StrategyTable() {}

    public static void main(String[] args) throws IOException {
        Path page = Path.of(args[0]);
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        if (begin < BEGIN.length() || end < begin) {
            throw new IllegalArgumentException(page + " needs the lines " + BEGIN.strip() + " and " + END);
        }
        Files.writeString(page, text.substring(0, begin) + table() + text.substring(end));
    }

    private static String table() {
        var lines = Stream.<String>builder();
        lines.add(line("bug", i -> COLUMNS.get(i).name));
        lines.add(line("---", i -> "--:"));
        long[] found = new long[COLUMNS.size()];
        for (Bug bug : Bug.all()) {
            List<Cell> cells = COLUMNS.stream().map(column -> cell(bug, column.strategy)).toList();
            IntStream.range(0, found.length).forEach(i -> found[i] += cells.get(i).found() == SEEDS ? 1 : 0);
            lines.add(line(bug.name() + " (" + bug.needs() + ")", i -> cells.get(i).toString()));
        }
        lines.add(line("found with every seed", i -> Long.toString(found[i])));
        return lines.build().collect(Collectors.joining());
    }

    private static String line(String head, IntFunction<String> cell) {
        return IntStream.range(0, COLUMNS.size())
                .mapToObj(cell)
                .collect(Collectors.joining(" | ", "| " + head + " | ", " |\n"));
    }

    private static Cell cell(Bug bug, Strategy strategy) {
        return new Cell(IntStream.range(0, SEEDS)
                .map(seed -> runs(bug, strategy, seed).orElse(MOST_RUNS + 1))
                .sorted()
                .toArray());
    }

    /** How many runs it took to find the bug; empty if they did not suffice. */
    private static OptionalInt runs(Bug bug, Strategy strategy, long seed) {
        var counting = new Counting(strategy);
        Exploration.Options options = Exploration.Options.defaults()
                .withRuns(MOST_RUNS)
                .withBudget(Duration.ofMinutes(5))
                .withStrategy(counting)
                .withSeed(seed)
                .withName(bug.name());
        try {
            LoopTester.explore(options, bug.buggy());
            return OptionalInt.empty();
        } catch (Throwable found) { // that it is the bug is what BugsTest shows
            return OptionalInt.of(counting.runs);
        }
    }
}
