package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.CancelScope;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Deadline;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One child from its start to its end; the body of its task.
 */
final class ChildLife {
    //   WAITING  -> STARTING  the task has begun
    //   STARTING -> RUNNING   the child is ready, and has its call
    //   RUNNING  -> ENDING    it has answered or ended, or was cancelled
    //   any      -> GONE      nothing of it is left
    private enum Phase { WAITING, STARTING, RUNNING, ENDING, GONE }

    private static final Duration CLEANUP = Duration.ofSeconds(30);
    private static final Duration NO_LIMIT = Duration.ofDays(365);
    /** A child may have children; a body that starts itself, by way of a static initialiser, ends here. */
    private static final int DEEPEST = 4;

    final Promise<Boolean> ready;
    final Promise<ExitStatus> exit;
    private final ChildOptions options;
    private final SymbolTable table = new SymbolTable();
    private final byte[] call;
    private final ChannelEnds channels = new ChannelEnds();
    private final Parcels parcels = new Parcels();
    private final ExitHook hook = new ExitHook();

    // By the holder of the loop's turn, but for what says otherwise.
    private Phase phase = Phase.WAITING;
    private ChildProcess.Rung rung = ChildProcess.Rung.NONE;
    /** Written by the thread that makes it, read when that has ended. */
    private volatile @Nullable PoolDirectory directory;
    private @Nullable WorkerProcess process;
    private @Nullable ChildLink link;
    private WorkerProcess.@Nullable Evidence evidence;

    private ChildLife(ChildOptions options, Serializable body) {
        if (RemoteMain.depth() >= DEEPEST) {
            throw new IllegalStateException("this process is a child at depth " + RemoteMain.depth() + " and starts no"
                    + " child of its own; does a static initialiser start one? It runs in each child again");
        }
        this.options = options;
        this.ready = Promise.create("the start of " + options.name());
        this.exit = Promise.create("the exit of " + options.name());
        Encoder out = new Encoder(table);
        try {
            Departures departures = out.departing();
            ChannelMoves.during(() -> {
                Calls.write(out, body);
                departures.leave(parcels);
            }).connect(channels);
        } catch (EncodingException bad) {
            throw new IllegalArgumentException(options.name() + " cannot be started: " + bad.getMessage(), bad);
        }
        this.call = out.toBytes();
    }

    static ChildLife of(ChildOptions options, Serializable body) {
        return new ChildLife(options, body);
    }

    /** Runs it to its end; gives what the body gave. */
    @Awaits
    @Nullable Object run() throws Throwable {
        phase = Phase.STARTING;
        try {
            live(start());
        } catch (StartFailure failure) {
            WorkerLostException lost = failure.toLost(options.name() + " could not be started");
            ready.tryFail(lost);
            channels.peerEnded(lost);
            throw lost;
        } finally {
            Async.shield(CLEANUP, this::bury);
        }
        return value();
    }

    // ---- start

    @Awaits
    private ChildLink start() throws StartFailure {
        Async.offload(this::makeDirectory);
        PoolDirectory place = directoryOrThrow();
        ChildStart starting = new ChildStart(place, "child", options.serialFilter(), () -> hook.start(launch(), place));
        hook.install();
        try {
            boolean patient = options.jvm().debug() == JvmOptions.Debug.SUSPEND;
            return new ChildLink(options.name(), starting.run(patient ? NO_LIMIT : options.startTimeout()),
                    ChannelPair.symbols(options.serialFilter()), channels);
        } finally {
            process = starting.process();
        }
    }

    private void makeDirectory() {
        try {
            PoolDirectory made = PoolDirectory.create();
            directory = made;
            List<String> arguments = LaunchLine.arguments(options.jvm(), made.path());
            Files.writeString(made.file("args"), LaunchLine.file(arguments));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private PoolDirectory directoryOrThrow() {
        PoolDirectory made = directory;
        if (made == null) {
            throw new AssertionError("made before");
        }
        return made;
    }

    private WorkerProcess.Launch launch() {
        String java = options.javaHome().map(LaunchLine::java).orElseGet(LaunchLine::java);
        File where = options.directory().map(Path::toFile).orElse(null);
        return new WorkerProcess.Launch(options.name(), java, this::environment, where,
                (pid, error, text) -> options.output().accept(new ChildOptions.Line(options.name(), pid, error, text)));
    }

    private void environment(Map<String, String> variables) {
        variables.keySet().removeIf(name -> !options.inherited().test(name));
        LaunchLine.clean(variables);
        variables.putAll(options.environment());
    }

    // ---- life

    @Awaits
    private void live(ChildLink started) {
        link = started;
        phase = Phase.RUNNING;
        try {
            started.call(table, ChildRuntime.envelope(table, options.name(), remaining(), call),
                    directoryOrThrow().path());
            ready.trySucceed(true);
            started.read(started::isAnswered);
            phase = Phase.ENDING;
            // It has been told that this was all; what does not end now was left behind by the body.
            Async.moveOnAfter(options.grace(), () -> started.read(() -> false));
        } catch (CancelledError cancelled) {
            phase = Phase.ENDING;
            Async.shield(options.grace().multipliedBy(3).plus(CLEANUP), () -> stop(started, cancelled.reason().message()));
            throw cancelled;
        }
    }

    private static @Nullable Duration remaining() {
        return CancelScope.effectiveDeadline().map(Deadline::remaining).orElse(null);
    }

    /** The ladder. Each step has the grace to work. */
    @Awaits
    private void stop(ChildLink started, String reason) {
        step(ChildProcess.Rung.ASKED, () -> started.ask(reason), started);
        step(ChildProcess.Rung.INTERRUPTED, started::interrupt, started);
        step(ChildProcess.Rung.TERMINATED, this::terminate, started);
        if (!started.hasEnded()) {
            rung = ChildProcess.Rung.KILLED;
        }
        // The kill itself is a part of the burial.
    }

    @Awaits
    private void step(ChildProcess.Rung with, Runnable action, ChildLink started) {
        if (!started.hasEnded() && !options.grace().isZero()) {
            rung = with;
            action.run();
            Async.moveOnAfter(options.grace(), () -> started.read(() -> false));
        }
    }

    private void terminate() {
        if (process != null) {
            process.terminate();
        }
    }

    // ---- the end

    @Awaits
    private void bury() throws IOException {
        ChildLink served = link;
        WorkerProcess child = process;
        try {
            if (served != null) {
                served.close();
            }
            if (child != null) {
                boolean byItself = served != null && served.hasEnded() && served.broken() == null;
                evidence = byItself ? Async.offload(() -> child.lastEvidence(Duration.ZERO)) : ChildStart.killed(child);
                hook.ended(child);
            }
        } finally {
            hook.remove();
            phase = Phase.GONE;
            exit.trySucceed(evidence == null ? new ExitStatus.NeverStarted("it was cancelled") : evidence.status());
            ready.tryCancel(options.name() + " has ended");
            channels.peerEnded(failure());
            parcels.delete();
            if (served != null) {
                served.permits().buried();
            }
            if (child != null) {
                SharedPlace.childBuried();
            }
            PoolDirectory made = directory;
            if (made != null) {
                Async.offload(made::delete);
            }
        }
    }

    private @Nullable Object value() throws Throwable {
        Throwable failure = failure();
        if (failure != null) {
            throw failure;
        }
        return link != null && link.answer() instanceof Awaitable.Succeeded<?>(var value) ? value : null;
    }

    /** Why there is no value; null where there is one. */
    private @Nullable Throwable failure() {
        ChildLink served = link;
        return switch (served == null ? Awaitable.State.pending() : served.answer()) {
            case Awaitable.Succeeded<?> _ -> null;
            case Awaitable.Failed<?>(var failure) -> failure;
            default -> new WorkerLostException(options.name() + " ended before its body"
                    + (served == null || served.broken() == null ? ""
                            : " (it was killed: it broke the protocol: " + served.broken() + ")"),
                    evidence == null ? new ExitStatus.NeverStarted("it was cancelled") : evidence.status(),
                    evidence == null ? "" : evidence.lastErrorOutput());
        };
    }

    // ---- what others see

    OptionalLong pid() {
        WorkerProcess child = process;
        return child == null ? OptionalLong.empty() : OptionalLong.of(child.pid());
    }

    ChildProcess.Rung rung() {
        return rung;
    }

    String lastOutput() {
        WorkerProcess child = process;
        return child == null ? "" : child.lastOutput();
    }

    @Override
    public String toString() {
        return options.name() + ": " + switch (phase) {
            case WAITING -> "waits to be started";
            case STARTING -> "waits until it is ready";
            case RUNNING -> "waits for " + link;
            case ENDING -> "waits for the end of " + link + (rung == ChildProcess.Rung.NONE ? "" : ", " + rung);
            case GONE -> "ended, " + (evidence == null ? "never started" : evidence.status());
        };
    }
}
