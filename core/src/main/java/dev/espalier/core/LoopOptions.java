package dev.espalier.core;

import dev.espalier.core.spi.ContextCarrier;
import dev.espalier.core.spi.ErrorReport;
import dev.espalier.core.spi.IoDriver;
import dev.espalier.core.spi.LoopClock;
import dev.espalier.core.spi.LoopRandom;
import dev.espalier.core.spi.ReadyOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * How a loop is made.
 *
 * @param engine how its coroutines take turns
 * @param clock its time
 * @param random its random numbers
 * @param order which ready item runs next
 * @param driver makes its driver
 * @param errorSink is told of failures that have no caller; runs as a callback of the loop
 * @param shutdownTimeout how long its remaining tasks may take to end once they are cancelled at the end of a run
 * @param offloadThreads how many offloaded bodies run at once, from 1
 * @param stackSize stack size of its thread in bytes; 0 leaves it to the JVM
 * @param spawnTraces whether each task remembers where and when it was started; costs about a microsecond a task
 * @param interrupts whether Ctrl-C cancels a run on this loop while it lasts
 * @param ctrlC what each press of Ctrl-C does to such a run, by the number of the press, from 1; called on a thread of the JDK
 * @param shutdownHook whether the end of the JVM, by SIGTERM for one, cancels a run on this loop while it lasts, and waits for
 *     its end, at most for the shutdown timeout
 * @param debug whether the loop begins in debug mode; {@link EventLoop#setDebug} switches it at run time
 * @param warningSink is told of what is slow, stuck or careless although nothing failed (a {@link ErrorReport.Kind} that is a
 *     finding); any thread may call it, also while the loop is blocked, so it must be quick and touch nothing of the loop
 * @param operationBudget how many awaits in a row that need not wait a task gets before it gives way all the same; with 0, for
 *     tests, it gives way at each
 * @param timeBudget how long a task may go on with such awaits before it gives way at one of them; zero: no limit. Counted
 *     from the 32nd of them, on the loop's clock
 * @param slowStep a step or a tick of the loop that takes longer is counted and told to the warning sink; zero: never. In
 *     real time; the library looks every quarter of it
 * @param blockedAfter a step that takes longer is told to the warning sink while it lasts, once, and again when it is over;
 *     zero: never
 * @param contextCarriers what else started code takes along from the code that starts it, besides context variables
 * @param name what the loop is called in errors, dumps and thread lists, beside its number; empty: the number says enough
 */
public record LoopOptions(
        Engine engine,
        LoopClock clock,
        LoopRandom random,
        ReadyOrder order,
        Supplier<? extends IoDriver> driver,
        Consumer<? super ErrorReport> errorSink,
        Duration shutdownTimeout,
        int offloadThreads,
        long stackSize,
        boolean spawnTraces,
        boolean interrupts,
        IntFunction<OnCtrlC> ctrlC,
        boolean shutdownHook,
        boolean debug,
        Consumer<? super ErrorReport> warningSink,
        int operationBudget,
        Duration timeBudget,
        Duration slowStep,
        Duration blockedAfter,
        List<ContextCarrier> contextCarriers,
        String name) {

    /** How the coroutines of a loop take turns. */
    public enum Engine {
        /** What {@code -Despalier.engine=carrier|handoff} says; without it, the carrier engine where it can run. */
        AUTO,
        /** On the loop's own thread. Needs {@code --add-opens java.base/java.lang=dev.espalier.core}. */
        CARRIER,
        /** On the JDK's virtual-thread scheduler. Needs nothing. */
        HANDOFF
    }

    /** What a press of Ctrl-C does to a run. */
    public enum OnCtrlC {
        /** Cancels the main task, which then has all the time it wants to clean up. */
        CANCEL,
        /** Tells the warning sink which tasks are alive, and ends the JVM with status 130; its shutdown hooks have two seconds. */
        EXIT,
        /** Ends the JVM with status 130 on the spot. */
        HALT,
        /** Nothing. */
        IGNORE;

        /**
         * {@return the first press cancels, the second exits, further ones halt}
         *
         * @param press the number of the press, from 1
         */
        public static OnCtrlC usual(int press) {
            return press == 1 ? CANCEL : press == 2 ? EXIT : HALT;
        }
    }

    /** Checks the numbers and copies the list. */
    public LoopOptions {
        contextCarriers = List.copyOf(contextCarriers);
        if (offloadThreads < 1) {
            throw new IllegalArgumentException("offloadThreads must be at least 1, not " + offloadThreads);
        }
        notNegative("shutdownTimeout", shutdownTimeout);
        notNegative("timeBudget", timeBudget);
        notNegative("slowStep", slowStep);
        notNegative("blockedAfter", blockedAfter);
        if (stackSize < 0) {
            throw new IllegalArgumentException("stackSize must not be negative: " + stackSize);
        }
        if (operationBudget < 0) {
            throw new IllegalArgumentException("operationBudget must not be negative: " + operationBudget);
        }
    }

    private static void notNegative(String what, Duration value) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(what + " must not be negative: " + value);
        }
    }

    /**
     * {@return the options of {@link Async#run(Body)}: engine by probe, real time, FIFO, errors and warnings to the system
     * logger, ten seconds to shut down, 40 offload threads, a stack of 8 MiB, no spawn traces, no Ctrl-C
     * handling and no shutdown hook, debug mode if the system
     * property {@code espalier.debug} is {@code true}, a budget of 128 operations or 10 ms, slow steps from 100 ms, blocked after
     * 2 s, no context carriers, no name}
     *
     * <p>The logger is {@code dev.espalier.core}; slow steps are logged at level DEBUG unless a loop is in debug mode.
     */
    public static LoopOptions defaults() {
        return new LoopOptions(
                Engine.AUTO,
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextLong(),
                ReadyOrder.FIFO,
                NioDriver::new,
                report -> log(System.Logger.Level.ERROR, report),
                Duration.ofSeconds(10),
                40,
                8 << 20,
                false,
                false,
                OnCtrlC::usual,
                false,
                Boolean.getBoolean("espalier.debug"),
                LoopOptions::logWarning,
                128,
                Duration.ofMillis(10),
                Duration.ofMillis(100),
                Duration.ofSeconds(2),
                List.of(),
                "");
    }

    /** A slow step is no news in production and most welcome while debugging. */
    private static void logWarning(ErrorReport finding) {
        boolean quiet = finding.kind() == ErrorReport.Kind.SLOW
                && Arrays.stream(LiveLoops.all()).noneMatch(EventLoop::isDebug);
        log(quiet ? System.Logger.Level.DEBUG : System.Logger.Level.WARNING, finding);
    }

    private static void log(System.Logger.Level level, ErrorReport report) {
        var text = new StringBuilder(report.message());
        if (report.task() != null) {
            text.append(" (task '").append(report.task()).append("')");
        }
        if (report.source() != null) {
            text.append(" (").append(report.source()).append(')');
        }
        report.createdAt().forEach(frame -> text.append("\n\tmade at ").append(frame));
        System.getLogger("dev.espalier.core").log(level, text.toString(), report.exception());
    }

    /**
     * {@return these options with another engine}
     *
     * @param value the engine
     */
    public LoopOptions withEngine(Engine value) {
        return with(draft -> draft.engine = value);
    }

    /**
     * {@return these options with another clock}
     *
     * @param value the clock
     */
    public LoopOptions withClock(LoopClock value) {
        return with(draft -> draft.clock = value);
    }

    /**
     * {@return these options with another source of random numbers}
     *
     * @param value the source
     */
    public LoopOptions withRandom(LoopRandom value) {
        return with(draft -> draft.random = value);
    }

    /**
     * {@return these options with another order}
     *
     * @param value the order
     */
    public LoopOptions withOrder(ReadyOrder value) {
        return with(draft -> draft.order = value);
    }

    /**
     * {@return these options with another driver}
     *
     * @param value makes the driver, once for each loop
     */
    public LoopOptions withDriver(Supplier<? extends IoDriver> value) {
        return with(draft -> draft.driver = value);
    }

    /**
     * {@return these options with another error sink}
     *
     * @param value the sink
     */
    public LoopOptions withErrorSink(Consumer<? super ErrorReport> value) {
        return with(draft -> draft.errorSink = value);
    }

    /**
     * {@return these options with another time to shut down}
     *
     * @param value the time, not negative
     */
    public LoopOptions withShutdownTimeout(Duration value) {
        return with(draft -> draft.shutdownTimeout = value);
    }

    /**
     * {@return these options with another number of offload threads}
     *
     * @param value the number, from 1
     */
    public LoopOptions withOffloadThreads(int value) {
        return with(draft -> draft.offloadThreads = value);
    }

    /**
     * {@return these options with another stack size of the loop's thread}
     *
     * @param value bytes, not negative; 0 leaves it to the JVM; the hand-off engine has no such thread
     */
    public LoopOptions withStackSize(long value) {
        return with(draft -> draft.stackSize = value);
    }

    /**
     * {@return these options with or without spawn traces}
     *
     * @param value whether each task remembers where it was started
     */
    public LoopOptions withSpawnTraces(boolean value) {
        return with(draft -> draft.spawnTraces = value);
    }

    /**
     * {@return these options with another answer to Ctrl-C, where that is handled at all}
     *
     * @param value from the number of the press, from 1, to what it does; it must be quick
     */
    public LoopOptions withCtrlC(IntFunction<OnCtrlC> value) {
        return with(draft -> draft.ctrlC = value);
    }

    /**
     * {@return these options with or without a part in the end of the JVM}
     *
     * @param value whether the end of the JVM cancels a run on this loop and waits for its end
     */
    public LoopOptions withShutdownHook(boolean value) {
        return with(draft -> draft.shutdownHook = value);
    }

    /**
     * {@return these options with or without Ctrl-C handling}
     *
     * @param value whether Ctrl-C cancels a run on this loop while it lasts
     */
    public LoopOptions withInterrupts(boolean value) {
        return with(draft -> draft.interrupts = value);
    }

    /**
     * {@return these options with or without debug mode}
     *
     * @param value whether the loop begins in debug mode
     */
    public LoopOptions withDebug(boolean value) {
        return with(draft -> draft.debug = value);
    }

    /**
     * {@return these options with another warning sink}
     *
     * @param value the sink, called by any thread
     */
    public LoopOptions withWarningSink(Consumer<? super ErrorReport> value) {
        return with(draft -> draft.warningSink = value);
    }

    /**
     * {@return these options with another operation budget}
     *
     * @param value how many awaits in a row that need not wait a task gets before it gives way, not negative
     */
    public LoopOptions withOperationBudget(int value) {
        return with(draft -> draft.operationBudget = value);
    }

    /**
     * {@return these options with another time budget}
     *
     * @param value how long a task may go on with awaits that need not wait, not negative; zero: no limit
     */
    public LoopOptions withTimeBudget(Duration value) {
        return with(draft -> draft.timeBudget = value);
    }

    /**
     * {@return these options with another limit for slow steps}
     *
     * @param value from when a step or tick is slow, not negative; zero: never
     */
    public LoopOptions withSlowStep(Duration value) {
        return with(draft -> draft.slowStep = value);
    }

    /**
     * {@return these options with another limit for blocked loops}
     *
     * @param value from when a step blocks the loop, not negative; zero: never
     */
    public LoopOptions withBlockedAfter(Duration value) {
        return with(draft -> draft.blockedAfter = value);
    }

    /**
     * {@return these options with other context carriers}
     *
     * @param value the carriers, the outermost first; asked each time something is started on the loop
     */
    public LoopOptions withContextCarriers(List<? extends ContextCarrier> value) {
        return with(draft -> draft.contextCarriers = List.copyOf(value));
    }

    /**
     * {@return these options with a name for the loop}
     *
     * @param value what it is called beside its number; empty: nothing
     */
    public LoopOptions withName(String value) {
        return with(draft -> draft.name = value);
    }

    private LoopOptions with(Consumer<Draft> change) {
        var draft = new Draft(this);
        change.accept(draft);
        return draft.finish();
    }

    /** The options with one place to write each into: a record has no other way to replace one component of many. */
    private static final class Draft {
        private Engine engine;
        private LoopClock clock;
        private LoopRandom random;
        private ReadyOrder order;
        private Supplier<? extends IoDriver> driver;
        private Consumer<? super ErrorReport> errorSink;
        private Duration shutdownTimeout;
        private int offloadThreads;
        private long stackSize;
        private boolean spawnTraces;
        private boolean interrupts;
        private IntFunction<OnCtrlC> ctrlC;
        private boolean shutdownHook;
        private boolean debug;
        private Consumer<? super ErrorReport> warningSink;
        private int operationBudget;
        private Duration timeBudget;
        private Duration slowStep;
        private Duration blockedAfter;
        private List<ContextCarrier> contextCarriers;
        private String name;

        private Draft(LoopOptions from) {
            engine = from.engine;
            clock = from.clock;
            random = from.random;
            order = from.order;
            driver = from.driver;
            errorSink = from.errorSink;
            shutdownTimeout = from.shutdownTimeout;
            offloadThreads = from.offloadThreads;
            stackSize = from.stackSize;
            spawnTraces = from.spawnTraces;
            interrupts = from.interrupts;
            ctrlC = from.ctrlC;
            shutdownHook = from.shutdownHook;
            debug = from.debug;
            warningSink = from.warningSink;
            operationBudget = from.operationBudget;
            timeBudget = from.timeBudget;
            slowStep = from.slowStep;
            blockedAfter = from.blockedAfter;
            contextCarriers = from.contextCarriers;
            name = from.name;
        }

        private LoopOptions finish() {
            return new LoopOptions(engine, clock, random, order, driver, errorSink, shutdownTimeout, offloadThreads,
                    stackSize, spawnTraces, interrupts, ctrlC, shutdownHook, debug, warningSink, operationBudget,
                    timeBudget, slowStep, blockedAfter, contextCarriers, name);
        }
    }
}
