package dev.espalier.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Of a failed run: whether it repeats, its smallest form, its tape, and the words about all that. */
final class Telling {
    /** How often the run is repeated, to see whether it fails in the same way each time. */
    private static final int REPEATS = 2;

    private static final int MOST_CALLS = 10;

    private final Explorer explorer;
    private final Exploration.Options options;
    private final String how;
    private final StringBuilder text = new StringBuilder();

    Telling(Explorer explorer, Exploration.Options options, String how) {
        this.explorer = explorer;
        this.options = options;
        this.how = how;
    }

    /** The failure, with what is to be said about it suppressed in it. */
    Throwable of(Trial found, Throwable failure) {
        String key = Trial.keyOf(failure);
        text.append("found ").append(how).append(", seed ").append(options.seed()).append('\n');
        if (!repeats(found, key)) {
            explorer.output().show(found.printed());
            return with(failure, tapeOf(found, found));
        }
        Shrinker.Small small = new Shrinker(explorer, found, key).shrink();
        var trace = new Trace();
        Trial last = explorer.again(small.seed(), small.deviations(), small.fixed(), trace);
        boolean same = last.failsAs(key);
        Tape tape = tapeOf(same ? last : found, found);
        text.append(tape.sentence()).append('\n');
        text.append("made small in ").append(small.runs()).append(" runs, from ");
        text.append(found.schedule().deviations().size()).append(" deviations to ");
        text.append(small.deviations().size()).append('\n');
        write(tape, trace, key);
        text.append(trace.table());
        explorer.output().show((same ? last : found).printed());
        Throwable shown = last.failure();
        return with(same && shown != null ? shown : failure, tape);
    }

    private boolean repeats(Trial found, String key) {
        for (int i = 0; i < REPEATS; i++) {
            Replay strict = Replay.strict(
                    found.schedule().deviations(), found.schedule().names());
            Trial again = explorer.run(strict, found.draws().seed(), found.draws().fixed(), null);
            String divergence = strict.divergence();
            if (divergence != null || !again.failsAs(key)) {
                text.append("it does NOT repeat: the same schedule ");
                text.append(divergence != null ? "went another way: " + divergence
                        : again.failure() == null ? "passes" : "fails in another way: " + again.failure());
                text.append("\nso the test depends on something that the kit does not decide: mutable statics, the time or "
                        + "the random numbers of the JDK, the order of a HashSet of objects, another thread\n");
                tellEscapes();
                return false;
            }
        }
        text.append("it repeats: ").append(REPEATS).append(" runs of the same schedule failed in the same way\n");
        return true;
    }

    /** What in the code of the test may be the reason. */
    private void tellEscapes() {
        Class<?> code = explorer.code();
        List<Escapes.Call> calls;
        try {
            calls = Escapes.of(code);
        } catch (IllegalArgumentException e) {
            return; // made at run time: there is no file to read
        }
        if (!calls.isEmpty()) {
            text.append("calls that no run decides, in ").append(code.getName()).append(" and the classes of its package:\n");
            text.append(Escapes.lines(calls.subList(0, Math.min(MOST_CALLS, calls.size())))).append('\n');
        }
    }

    private Tape tapeOf(Trial run, Trial found) {
        Schedule schedule = run.schedule();
        return new Tape(options.name(), run.draws().seed(), schedule.names(), schedule.points(), schedule.deviations(),
                Map.copyOf(run.draws().fixed()), how + ", " + found.schedule().steps() + " steps");
    }

    /** Where the tape of a failure is written; empty if it is not. */
    static Optional<Path> fileOf(Exploration.Options options) {
        String file = options.name().replaceAll("[^A-Za-z0-9._-]+", "_");
        return options.tapes().map(folder -> folder.resolve(file + ".looptape"));
    }

    private void write(Tape tape, Trace trace, String key) {
        Path file = fileOf(options).orElse(null);
        if (file == null) {
            return;
        }
        try {
            tape.write(file);
            trace.write(file.resolveSibling(file.getFileName() + ".json"));
            text.append("tape: ").append(file).append(" (run it again with -Despalier.replay=").append(file).append(")\n");
            String elsewhere = explorer.inFreshJvm(file, key);
            text.append(elsewhere).append(elsewhere.isEmpty() ? "" : "\n");
        } catch (IOException e) {
            text.append("the tape could not be written: ").append(e).append('\n');
        }
    }

    private Throwable with(Throwable failure, Tape tape) {
        failure.addSuppressed(new ReplayInfo(text.toString().stripTrailing(), tape));
        return failure;
    }
}
