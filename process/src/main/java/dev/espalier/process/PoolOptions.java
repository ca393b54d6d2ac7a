package dev.espalier.process;

import dev.espalier.core.RetryPolicy;
import java.io.ObjectInputFilter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How a {@link ProcessPool} is made. Start from {@link #defaults()} and change what matters.
 *
 * @param size how many children there are
 * @param heapBytes the largest heap of each child, at least 16 MiB
 * @param processors what each child believes to have; it sizes its garbage collector and compiler by it, 1 to 1024
 * @param startTimeout from a child's turn to start until it is ready; positive
 * @param startAttempts so many starts that fail one after another make the pool fail; at least 1
 * @param restarts how children are replaced that end without having ended a task
 * @param recycling when children are replaced that are well
 * @param cancelGrace how long a running task may go on after it was interrupted, before its child is killed; zero kills
 *         at once
 * @param closeGrace how long children may take to end when the pool is closed, before they are killed; zero kills at
 *         once
 * @param queueLimit submitted tasks that may wait for a worker; who submits more waits for room; at least 1
 * @param serialFilter which classes may come out of a message, in the pattern language of
 *         {@link ObjectInputFilter.Config}; it holds in both directions and for records and enums too
 * @param jvmArguments more options of the child's command line, such as {@code -Dname=value} or {@code -javaagent:…};
 *         children inherit no JVM options of the parent
 * @param initializer runs in each child before it gets tasks; a child in which it fails, or has not ended after
 *         {@code startTimeout}, could not be started
 * @param teardown runs in each child that ends in order, after its last task
 * @param output gets what children print, line by line, on threads of the pool; must be safe for use by several threads
 */
public record PoolOptions(
        Size size,
        long heapBytes,
        int processors,
        Duration startTimeout,
        int startAttempts,
        Restarts restarts,
        Recycling recycling,
        Duration cancelGrace,
        Duration closeGrace,
        int queueLimit,
        String serialFilter,
        List<String> jvmArguments,
        Optional<RemoteVoidBody<?>> initializer,
        Optional<RemoteVoidBody<?>> teardown,
        Consumer<? super Line> output) {

    private static final long LEAST_HEAP = 16L << 20;
    // Of the JDK, what values and exceptions are made of; of the program and its libraries, everything. Left out are
    // among others the classes that read further objects on their own, past this filter.
    static final String FILTER = "maxdepth=512;maxrefs=100000000;"
            + "!java.security.SignedObject;!javax.crypto.SealedObject;"
            + "java.lang.*;java.lang.invoke.*;java.lang.reflect.*;java.io.*;java.math.*;java.net.**;java.nio.**;"
            + "java.security.**;java.sql.*;java.text.*;java.time.**;java.util.**;javax.crypto.*;javax.net.ssl.*;"
            + "!java.**;!javax.imageio.**;!javax.management.**;!javax.naming.**;!javax.print.**;!javax.rmi.**;"
            + "!javax.script.**;!javax.security.**;!javax.sound.**;!javax.sql.**;!javax.swing.**;!javax.xml.**;"
            + "!jdk.**;!sun.**;!com.sun.**;*";

    /**
     * A line that a child printed.
     *
     * @param worker the number of the worker in its pool, from 1
     * @param pid the process id of the child
     * @param error true for standard error, false for standard output
     * @param text the line without its end; one of more than 8192 characters comes in parts
     */
    public record Line(int worker, long pid, boolean error, String text) {
    }

    /**
     * How many children a pool has. It grows when work waits that another worker could do, and shrinks when workers have
     * nothing to do; see also {@link ProcessPool#resize}.
     *
     * @param minimum so many always work, 0 to the maximum; with none the first task waits for the start of a child
     * @param maximum so many at most, 1 to 1024
     * @param spares so many more, 0 to 64, are started and wait: growth, replacement and recycling cost no start then
     * @param idle a worker above the minimum that has had no task for so long ends; positive
     */
    public record Size(int minimum, int maximum, int spares, Duration idle) {
        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException if one is outside of its bounds
         */
        public Size {
            check(maximum >= 1 && maximum <= 1024, "maximum", maximum, "1 to 1024");
            check(minimum >= 0 && minimum <= maximum, "minimum", minimum, "0 to the maximum of " + maximum);
            check(spares >= 0 && spares <= 64, "spares", spares, "0 to 64");
            check(idle.isPositive(), "idle", idle, "positive");
        }

        /**
         * {@return always the same size, without spares}
         *
         * @param workers so many, 1 to 1024
         */
        public static Size fixed(int workers) {
            return between(workers, workers);
        }

        /**
         * {@return a size that follows the work, without spares; a worker ends after a minute with nothing to do}
         *
         * @param minimum so many always, 0 to the maximum
         * @param maximum so many at most, 1 to 1024
         */
        public static Size between(int minimum, int maximum) {
            return new Size(minimum, maximum, 0, Duration.ofMinutes(1));
        }

        /**
         * {@return this size with another value}
         *
         * @param spares so many more wait
         */
        public Size withSpares(int spares) {
            return new Size(minimum, maximum, spares, idle);
        }

        /**
         * {@return this size with another value}
         *
         * @param idle after which time a worker without tasks ends
         */
        public Size withIdle(Duration idle) {
            return new Size(minimum, maximum, spares, idle);
        }
    }

    /**
     * When children are replaced that are well, because they may have grown or leak. The other one is ready before the
     * old one takes no more tasks and ends after those that it has: there is never a worker less. Until then the old one goes
     * on, so the limits are no bounds. See also {@link ProcessPool#recycle}.
     *
     * @param tasks after so many tasks, each item of a map counted; 0: never
     * @param jitter the share, 0 to 1, by which tasks and age may be shorter, at random: not all shall go at once
     * @param age after so long; zero: never
     * @param residentBytes when the process occupies so much memory, on Linux; 0: never. The heap alone is limited by
     *         {@link PoolOptions#heapBytes()}
     */
    public record Recycling(long tasks, double jitter, Duration age, long residentBytes) {
        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException if one is outside of its bounds
         */
        public Recycling {
            check(tasks >= 0, "tasks", tasks, "0 or more");
            check(jitter >= 0 && jitter <= 1, "jitter", jitter, "0 to 1");
            check(!age.isNegative(), "age", age, "zero or positive");
            check(residentBytes >= 0, "residentBytes", residentBytes, "0 or more");
        }

        /**
         * {@return no recycling, and a jitter of a tenth for what is added}
         */
        public static Recycling never() {
            return new Recycling(0, 0.1, Duration.ZERO, 0);
        }

        /**
         * {@return also after so many tasks}
         *
         * @param tasks so many; 0: never
         */
        public Recycling afterTasks(long tasks) {
            return new Recycling(tasks, jitter, age, residentBytes);
        }

        /**
         * {@return also after some time}
         *
         * @param age so long; zero: never
         */
        public Recycling afterAge(Duration age) {
            return new Recycling(tasks, jitter, age, residentBytes);
        }

        /**
         * {@return also when it occupies much memory}
         *
         * @param residentBytes so much; 0: never
         */
        public Recycling aboveResident(long residentBytes) {
            return new Recycling(tasks, jitter, age, residentBytes);
        }

        /**
         * {@return this with another value}
         *
         * @param jitter the share by which tasks and age may be shorter
         */
        public Recycling withJitter(double jitter) {
            return new Recycling(tasks, jitter, age, residentBytes);
        }
    }

    /**
     * How children are replaced that end without having ended a task, be it well or badly: a crash loop would go on for
     * ever at the cost of a processor. A child that dies with a task it ran is replaced at once, however often.
     *
     * @param most so many for each worker may end so within the period; with one more the pool fails, with their
     *         ends as {@linkplain WorkerLostException#losses() causes}; 0 or more
     * @param period the time in which they are counted; positive
     * @param backoff how long to wait before a child is started, when so many for each worker have ended so in a row
     */
    public record Restarts(int most, Duration period, RetryPolicy.Backoff backoff) {
        /**
         * Checks the values.
         *
         * @throws IllegalArgumentException if one is outside of its bounds
         */
        public Restarts {
            check(most >= 0, "most", most, "0 or more");
            check(period.isPositive(), "period", period, "positive");
            Objects.requireNonNull(backoff);
        }

        /**
         * {@return five for each worker within a minute; after 50 ms, then twice as long each time, at most 2 s}
         */
        public static Restarts defaults() {
            return new Restarts(5, Duration.ofMinutes(1),
                    RetryPolicy.Backoff.exponential(Duration.ofMillis(50), 2).atMost(Duration.ofSeconds(2)));
        }
    }

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is outside of its bounds
     */
    public PoolOptions {
        check(heapBytes >= LEAST_HEAP, "heapBytes", heapBytes, "at least " + LEAST_HEAP);
        check(processors >= 1 && processors <= 1024, "processors", processors, "1 to 1024");
        check(startTimeout.isPositive(), "startTimeout", startTimeout, "positive");
        check(startAttempts >= 1, "startAttempts", startAttempts, "at least 1");
        Objects.requireNonNull(size);
        Objects.requireNonNull(restarts);
        Objects.requireNonNull(recycling);
        check(!cancelGrace.isNegative(), "cancelGrace", cancelGrace, "zero or positive");
        check(!closeGrace.isNegative(), "closeGrace", closeGrace, "zero or positive");
        check(queueLimit >= 1, "queueLimit", queueLimit, "at least 1");
        if (!serialFilter.equals(FILTER)) {
            ObjectInputFilter.Config.createFilter(serialFilter);
        }
        jvmArguments = List.copyOf(jvmArguments);
    }

    /**
     * {@return one worker per processor, with heaps that together are as large as that of this process may be; 10 s to
     * start, three attempts, the {@linkplain Restarts#defaults() usual restarts}, 2 s of grace for a cancelled task and for closing, 100 000 waiting tasks, all classes but
     * those of known attacks, no further options, and output that goes to the streams of this process}
     */
    public static PoolOptions defaults() {
        int processors = Runtime.getRuntime().availableProcessors();
        long heap = Math.max(4 * LEAST_HEAP, Runtime.getRuntime().maxMemory() / processors);
        Duration grace = Duration.ofSeconds(2);
        return new PoolOptions(Size.fixed(processors), heap, 1, Duration.ofSeconds(10), 3, Restarts.defaults(),
                Recycling.never(), grace, grace, 100_000, FILTER, List.of(), Optional.empty(), Optional.empty(),
                PoolOptions::print);
    }

    /**
     * {@return these options with so many workers, neither more nor less}
     *
     * @param workers how many child JVMs, 1 to 1024
     */
    public PoolOptions withWorkers(int workers) {
        check(workers >= 1 && workers <= 1024, "workers", workers, "1 to 1024");
        return with(draft -> draft.size = new Size(workers, workers, size.spares(), size.idle()));
    }

    /**
     * {@return these options with another value}
     *
     * @param size how many child JVMs
     */
    public PoolOptions withSize(Size size) {
        return with(draft -> draft.size = size);
    }

    /**
     * {@return these options with another value}
     *
     * @param heapBytes the largest heap of each child, in bytes
     */
    public PoolOptions withHeapBytes(long heapBytes) {
        return with(draft -> draft.heapBytes = heapBytes);
    }

    /**
     * {@return these options with another value}
     *
     * @param processors what each child believes to have
     */
    public PoolOptions withProcessors(int processors) {
        return with(draft -> draft.processors = processors);
    }

    /**
     * {@return these options with another value}
     *
     * @param startTimeout from a child's turn to start until it is ready
     */
    public PoolOptions withStartTimeout(Duration startTimeout) {
        return with(draft -> draft.startTimeout = startTimeout);
    }

    /**
     * {@return these options with another value}
     *
     * @param startAttempts how many failed starts in a row make the pool fail
     */
    public PoolOptions withStartAttempts(int startAttempts) {
        return with(draft -> draft.startAttempts = startAttempts);
    }

    /**
     * {@return these options with another value}
     *
     * @param restarts how children are replaced that were of no use
     */
    public PoolOptions withRestarts(Restarts restarts) {
        return with(draft -> draft.restarts = restarts);
    }

    /**
     * {@return these options with another value}
     *
     * @param recycling when children are replaced that are well
     */
    public PoolOptions withRecycling(Recycling recycling) {
        return with(draft -> draft.recycling = recycling);
    }

    /**
     * {@return these options with another value}
     *
     * @param cancelGrace between interrupt and kill of a cancelled task
     */
    public PoolOptions withCancelGrace(Duration cancelGrace) {
        return with(draft -> draft.cancelGrace = cancelGrace);
    }

    /**
     * {@return these options with another value}
     *
     * @param closeGrace how long children may take to end
     */
    public PoolOptions withCloseGrace(Duration closeGrace) {
        return with(draft -> draft.closeGrace = closeGrace);
    }

    /**
     * {@return these options with another value}
     *
     * @param queueLimit how many tasks may wait for a worker
     */
    public PoolOptions withQueueLimit(int queueLimit) {
        return with(draft -> draft.queueLimit = queueLimit);
    }

    /**
     * {@return these options with another value}
     *
     * @param serialFilter which classes may come out of a message
     */
    public PoolOptions withSerialFilter(String serialFilter) {
        return with(draft -> draft.serialFilter = serialFilter);
    }

    /**
     * {@return these options with another value}
     *
     * @param jvmArguments more options of the child's command line
     */
    public PoolOptions withJvmArguments(List<String> jvmArguments) {
        return with(draft -> draft.jvmArguments = jvmArguments);
    }

    /**
     * {@return these options with another value}
     *
     * {@snippet class="dev.espalier.process.WorkerSetupTest" region="initializer"}
     *
     * @param initializer runs in each child before it gets tasks; it must be able to travel
     */
    public PoolOptions withInitializer(RemoteVoidBody<?> initializer) {
        return with(draft -> draft.initializer = Optional.of(initializer));
    }

    /**
     * {@return these options with another value}
     *
     * @param teardown runs in each child that ends in order, after its last task and before each {@link WorkerLocal} is
     *         closed; it must be able to travel. When the pool is closed it has the rest of the grace for closing. What
     *         it throws goes to the loop's error sink. A child that dies or is killed does not run it
     */
    public PoolOptions withTeardown(RemoteVoidBody<?> teardown) {
        return with(draft -> draft.teardown = Optional.of(teardown));
    }

    /**
     * {@return these options with another value}
     *
     * @param output gets what children print
     */
    public PoolOptions withOutput(Consumer<? super Line> output) {
        return with(draft -> draft.output = output);
    }

    /** What a changed copy is made of. */
    private static final class Draft {
        Size size;
        long heapBytes;
        int processors;
        Duration startTimeout;
        int startAttempts;
        Restarts restarts;
        Recycling recycling;
        Duration cancelGrace;
        Duration closeGrace;
        int queueLimit;
        String serialFilter;
        List<String> jvmArguments;
        Optional<RemoteVoidBody<?>> initializer;
        Optional<RemoteVoidBody<?>> teardown;
        Consumer<? super Line> output;

        Draft(PoolOptions from) {
            size = from.size;
            heapBytes = from.heapBytes;
            processors = from.processors;
            startTimeout = from.startTimeout;
            startAttempts = from.startAttempts;
            restarts = from.restarts;
            recycling = from.recycling;
            cancelGrace = from.cancelGrace;
            closeGrace = from.closeGrace;
            queueLimit = from.queueLimit;
            serialFilter = from.serialFilter;
            jvmArguments = from.jvmArguments;
            initializer = from.initializer;
            teardown = from.teardown;
            output = from.output;
        }

        PoolOptions made() {
            return new PoolOptions(size, heapBytes, processors, startTimeout, startAttempts, restarts, recycling,
                    cancelGrace, closeGrace, queueLimit, serialFilter, jvmArguments, initializer, teardown, output);
        }
    }

    private PoolOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.made();
    }

    static void check(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be " + rule);
        }
    }

    private static void print(Line line) {
        (line.error ? System.err : System.out).println("[worker " + line.worker + "] " + line.text);
    }
}
