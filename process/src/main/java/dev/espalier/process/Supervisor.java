package dev.espalier.process;

import dev.espalier.core.Async;
import dev.espalier.core.Awaitable;
import dev.espalier.core.Awaits;
import dev.espalier.core.Channel;
import dev.espalier.core.EventLoop;
import dev.espalier.core.GroupPolicy;
import dev.espalier.core.Receiver;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBody;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps services running: starts them in order, restarts what ends, and stops them in the reverse order. A service is a body of a
 * task; one that runs in a child JVM starts a {@link ChildProcess} and waits for it.
 *
 * {@snippet class="dev.espalier.process.SupervisorTest" region="supervisor"}
 *
 * <p>If services end more often than allowed, the supervisor stops all and fails its group with {@link IllegalStateException}, which
 * has the last failures as suppressed ones. It ends by itself when no service is left that would be restarted.
 *
 * <p><b>Cancellation.</b> Its group's cancellation reaches all services at once. {@link #stop} keeps the order.
 *
 * <p><b>Threads.</b> It belongs to the loop of its group.
 */
public final class Supervisor {
    /** Who is restarted when a service has ended. */
    public enum Strategy {
        /** That service. */
        ONE_FOR_ONE,
        /** All: the others are stopped first. */
        ONE_FOR_ALL,
        /** That service and those that were started after it. */
        REST_FOR_ONE
    }

    /** When a service is restarted. */
    public enum Restart {
        /** Whenever it ends. */
        PERMANENT,
        /** When it fails. */
        TRANSIENT,
        /** Never. */
        TEMPORARY
    }

    /** What happened. */
    public enum Kind {
        /** A service was started, or started again. */
        STARTED,
        /** It ended by itself, or failed. */
        ENDED,
        /** It was stopped. */
        STOPPED,
        /** Services ended more often than allowed. */
        GAVE_UP
    }

    /**
     * One service.
     *
     * @param name of its task
     * @param restart when it is restarted
     * @param body what it does
     */
    public record Service(String name, Restart restart, VoidBody<?> body) {
    }

    /**
     * How often services may be restarted.
     *
     * @param restarts so many, 0 or more
     * @param period within this time; positive
     */
    public record Intensity(int restarts, Duration period) {
        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException if one is outside of its bounds
         */
        public Intensity {
            PoolOptions.check(restarts >= 0, "restarts", restarts, "0 or more");
            PoolOptions.check(period.isPositive(), "period", period, "positive");
        }
    }

    /**
     * What happened to a service.
     *
     * @param kind what
     * @param service its name; of the last that ended, if the supervisor gave up
     * @param failure why it ended; empty if it did not fail
     */
    public record Event(Kind kind, String service, Optional<Throwable> failure) {
    }

    private record Ended(int place, Task<Void> task) {
    }

    private static final int EVENTS = 1024;

    // By the holder of the loop's turn.
    private final Strategy strategy;
    private final Intensity intensity;
    private final List<Service> services;
    private final List<@Nullable Task<Void>> tasks = new ArrayList<>();
    private final Channel<Optional<Ended>> ends = Channel.unlimited();
    private final Channel<Event> events = Channel.open(EVENTS, Channel.Overflow.DROP_OLDEST);
    private final ArrayDeque<Long> restarts = new ArrayDeque<>();
    private final ArrayDeque<Throwable> failures = new ArrayDeque<>();
    private final Task<Void> task;

    private Supervisor(TaskGroup group, Strategy strategy, Intensity intensity, List<Service> services) {
        this.strategy = strategy;
        this.intensity = intensity;
        this.services = List.copyOf(services);
        services.forEach(_ -> tasks.add(null));
        this.task = group.start("supervisor", this::run);
    }

    /**
     * Starts services under a supervisor and returns at once.
     *
     * @param group where it belongs to
     * @param strategy who is restarted
     * @param intensity how often
     * @param services in the order of their start
     * @return the supervisor
     */
    public static Supervisor start(TaskGroup group, Strategy strategy, Intensity intensity, List<Service> services) {
        return new Supervisor(group, strategy, intensity, services);
    }

    /**
     * {@return what happens, from the beginning; the oldest of more than 1024 events that nobody receives are dropped. It ends with
     * the supervisor}
     */
    public Receiver<Event> events() {
        return events.receiver();
    }

    /**
     * Stops the services, the last that was started first, each before the next, and waits for the end.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, the caller stops waiting; the request stays.
     */
    @Awaits
    public void stop() {
        ends.sender().trySend(Optional.empty());
        task.join();
    }

    @Awaits
    private void run() {
        try {
            TaskGroup.run(GroupPolicy.supervisor(), this::supervise);
        } finally {
            events.sender().close();
        }
    }

    @Awaits
    private void supervise(TaskGroup group) {
        startFrom(group, 0, false);
        while (tasks.stream().anyMatch(each -> each != null)) {
            Optional<Ended> next = ends.receiver().receive();
            if (next.isEmpty()) {
                stopFrom(0);
                return;
            }
            ended(group, next.get());
        }
    }

    @Awaits
    private void ended(TaskGroup group, Ended end) {
        int place = end.place();
        if (tasks.get(place) != end.task()) {
            return; // one that was stopped
        }
        tasks.set(place, null);
        Service service = services.get(place);
        Throwable failure = switch (end.task().state()) {
            case Awaitable.Failed<Void>(var thrown) -> thrown;
            default -> null;
        };
        tell(Kind.ENDED, service, failure);
        if (service.restart() == Restart.PERMANENT || (service.restart() == Restart.TRANSIENT && failure != null)) {
            restart(group, place, failure);
        }
    }

    @Awaits
    private void restart(TaskGroup group, int place, @Nullable Throwable failure) {
        long now = EventLoop.current().now();
        while (!restarts.isEmpty() && now - restarts.peek() > intensity.period().toNanos()) {
            restarts.remove();
            failures.poll();
        }
        restarts.add(now);
        failures.add(failure == null ? new IllegalStateException(services.get(place).name() + " ended by itself") : failure);
        if (restarts.size() > intensity.restarts()) {
            tell(Kind.GAVE_UP, services.get(place), failure);
            stopFrom(0);
            var gaveUp = new IllegalStateException("services ended " + restarts.size() + " times within " + intensity.period()
                    + ", more often than the " + intensity.restarts() + " restarts allowed; the last was "
                    + services.get(place).name());
            failures.forEach(gaveUp::addSuppressed);
            throw gaveUp;
        }
        int from = strategy == Strategy.ONE_FOR_ALL ? 0 : place;
        if (strategy == Strategy.ONE_FOR_ONE) {
            begin(group, place);
        } else {
            stopFrom(from);
            startFrom(group, from, true);
        }
    }

    private void startFrom(TaskGroup group, int from, boolean again) {
        for (int i = from; i < services.size(); i++) {
            if (!again || services.get(i).restart() != Restart.TEMPORARY) {
                begin(group, i);
            }
        }
    }

    private void begin(TaskGroup group, int place) {
        Service service = services.get(place);
        Task<Void> started = group.start(service.name(), service.body());
        tasks.set(place, started);
        started.onDone(() -> ends.sender().trySend(Optional.of(new Ended(place, started))));
        tell(Kind.STARTED, service, null);
    }

    @Awaits
    private void stopFrom(int from) {
        for (int i = services.size() - 1; i >= from; i--) {
            Task<Void> running = tasks.get(i);
            if (running != null) {
                tasks.set(i, null);
                running.cancelAndJoin("its supervisor stops it");
                tell(Kind.STOPPED, services.get(i), null);
            }
        }
    }

    private void tell(Kind kind, Service service, @Nullable Throwable failure) {
        events.sender().trySend(new Event(kind, service.name(), Optional.ofNullable(failure)));
    }

    @Override
    public String toString() {
        return "Supervisor[" + strategy + ", " + tasks.stream().filter(each -> each != null).count() + " of " + services.size()
                + " services run]";
    }
}
