package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaits;
import dev.espalier.core.CancelScope;
import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.EventLoop;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The start of one child, from the process to the moment when it has proved who it is: the same for the workers of a
 * pool and for a {@link ChildProcess}. Used once.
 */
final class ChildStart {
    private static final Duration CLEANUP = Duration.ofSeconds(30);

    /** Starts the process. Blocks. */
    interface Spawn {
        WorkerProcess start() throws IOException;
    }

    /** A child that is ready. */
    record Ready(WorkerProcess process, WorkerChannel channel, WorkerMemory memory, @Nullable WorkerRings rings) {
    }

    private final PoolDirectory directory;
    private final String place;
    private final String serialFilter;
    private final Spawn spawn;
    private final EventLoop loop = EventLoop.current();
    /** Written by the thread that starts it, so that it is known also when the start is cancelled just then. */
    private volatile @Nullable WorkerProcess process;
    private boolean over;
    private boolean wantsRings;
    private boolean trainee;

    /** A start whose socket and shared memory are files of the directory whose names begin with {@code place}. */
    ChildStart(PoolDirectory directory, String place, String serialFilter, Spawn spawn) {
        this.directory = directory;
        this.place = place;
        this.serialFilter = serialFilter;
        this.spawn = spawn;
    }

    /** Work shall go through rings, where they can be had. */
    ChildStart withRings() {
        wantsRings = true;
        return this;
    }

    /** It is started for its {@link StartCache}, with less than the whole class path. */
    ChildStart asTrainee(boolean only) {
        trainee = only;
        return this;
    }

    /** The process, to be buried however the start went; null when there is none. */
    @Nullable WorkerProcess process() {
        return process;
    }

    /** Starts it and waits until it is ready. */
    @Awaits
    Ready run(Duration timeout) throws StartFailure {
        try {
            return Async.timeout(timeout, this::connectUnlessEnded);
        } catch (DeadlineExceededException late) {
            throw failure("it was not ready within " + timeout, late);
        } catch (IOException failed) {
            throw failure(failed.toString(), failed);
        } finally {
            over = true;
        }
    }

    @Awaits
    private StartFailure failure(String reason, Exception cause) {
        WorkerProcess child = process;
        if (child == null) {
            return new StartFailure(reason, new WorkerProcess.Evidence(new ExitStatus.NeverStarted(reason), ""), cause);
        }
        return new StartFailure(reason, Async.shield(CLEANUP, () -> killed(child)), cause);
    }

    /** Ends a child and reads its traces. */
    @Awaits
    static WorkerProcess.Evidence killed(WorkerProcess child) {
        return Async.offload(() -> {
            child.kill();
            return child.evidence();
        });
    }

    @Awaits
    private Ready connectUnlessEnded() throws IOException {
        return CancelScope.<Ready, IOException>call(this::connect)
                .orElseThrow(() -> new IOException("it ended before it was ready"));
    }

    // The child is started before its socket is made: it needs 35 ms to get there.
    @Awaits
    private Ready connect(CancelScope scope) throws IOException {
        WorkerProcess child = Async.offload(() -> {
            WorkerProcess started = spawn.start();
            process = started;
            return started;
        });
        child.onExit(() -> loop.callSoonThreadsafe(() -> {
            if (!over) {
                scope.cancel(child + " ended before it was ready");
            }
        }));
        byte[] token = Handshake.random();
        WorkerChannel connected = admit(child, token);
        try {
            Greeting.Hello said = connected.greet(token);
            if (!trainee) {
                Greeting.check(said, child.isOfOurJdk());
            }
            return welcome(child, connected);
        } catch (IOException | RuntimeException | Error failed) {
            connected.close();
            throw failed;
        }
    }

    @Awaits
    private WorkerChannel admit(WorkerProcess child, byte[] token) throws IOException {
        WorkerDoor door = WorkerDoor.open(directory.file(place + ".sock"));
        try {
            child.tell(new Ticket(token, ProcessHandle.current().pid(), RemoteMain.depth() + 1, door.place()));
            return WorkerChannel.accept(door.server(), directory.path());
        } finally {
            door.close();
        }
    }

    @Awaits
    private Ready welcome(WorkerProcess child, WorkerChannel connected) throws IOException {
        Path file = directory.file(place + ".memory");
        WorkerMemory memory = WorkerMemory.create(file);
        String memoryFile = memory.isShared() ? file.toString() : "";
        Path ringFile = directory.file(place + ".rings");
        WorkerRings rings = wantsRings ? rings(ringFile) : null;
        try {
            Encoder welcome = new Encoder(new SymbolTable());
            new Greeting.Welcome(serialFilter, directory.path().toString(), memoryFile,
                    rings == null ? "" : ringFile.toString(), SharedPlace.text()).write(welcome);
            connected.send(FrameKind.WELCOME, welcome.toBytes());
            return new Ready(child, connected, memory, rings);
        } catch (IOException | RuntimeException | Error failed) {
            if (rings != null) {
                rings.close();
            }
            throw failed;
        }
    }

    /**
     * Null where there is no room for them; then the socket has all. So it is with {@code -Despalier.rings=off}, for those
     * who look for a fault.
     */
    static @Nullable WorkerRings rings(Path file) {
        if ("off".equals(System.getProperty("espalier.rings"))) {
            return null;
        }
        try {
            return WorkerRings.create(file);
        } catch (IOException | UnsupportedOperationException unavailable) {
            return null;
        }
    }
}
