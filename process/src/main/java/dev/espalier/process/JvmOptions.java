package dev.espalier.process;

import java.util.List;

/**
 * The JVM of a child. Children inherit no JVM options of this process.
 *
 * @param heapBytes the largest heap, at least 16 MiB
 * @param processors what the child believes to have; it sizes its garbage collector and compiler by it, 1 to 1024
 * @param collector the garbage collector
 * @param quickStart true compiles with the first compiler only: ready 10 to 20 ms earlier, and slower once hot; for short work
 * @param debug whether a debugger can connect
 * @param arguments more options of the command line, such as {@code -Dname=value} or {@code -javaagent:…}; they stand
 *         behind those that are made of the other values
 */
public record JvmOptions(
        long heapBytes, int processors, Collector collector, boolean quickStart, Debug debug, List<String> arguments) {

    static final long LEAST_HEAP = 16L << 20;

    /** A garbage collector. */
    public enum Collector {
        /** One thread; the right one for one processor and heaps below 2 GB. */
        SERIAL,
        /** Several threads, for throughput. */
        PARALLEL,
        /** Short pauses with large heaps. */
        G1,
        /** Pauses below a millisecond. */
        ZGC
    }

    /** Whether a debugger can connect. */
    public enum Debug {
        /** No. A debugger of this process does not reach its children either. */
        OFF,
        /** At a free port of the loopback address, which the child prints as its first line. */
        LISTEN,
        /** The same, and the child waits for it before it runs anything. The start has no time limit then. */
        SUSPEND
    }

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is outside of its bounds
     */
    public JvmOptions {
        PoolOptions.check(heapBytes >= LEAST_HEAP, "heapBytes", heapBytes, "at least " + LEAST_HEAP);
        PoolOptions.check(processors >= 1 && processors <= 1024, "processors", processors, "1 to 1024");
        arguments = List.copyOf(arguments);
    }

    /**
     * {@return a heap as large as that of this process may be, divided by its processors; one processor, the serial collector,
     * both compilers, no debugger}
     */
    public static JvmOptions defaults() {
        int processors = Runtime.getRuntime().availableProcessors();
        long heap = Math.max(4 * LEAST_HEAP, Runtime.getRuntime().maxMemory() / processors);
        return new JvmOptions(heap, 1, Collector.SERIAL, false, Debug.OFF, List.of());
    }

    /**
     * {@return these options with another value}
     *
     * @param heapBytes the largest heap, in bytes
     */
    public JvmOptions withHeapBytes(long heapBytes) {
        return new JvmOptions(heapBytes, processors, collector, quickStart, debug, arguments);
    }

    /**
     * {@return these options with another value}
     *
     * @param processors what the child believes to have
     */
    public JvmOptions withProcessors(int processors) {
        return new JvmOptions(heapBytes, processors, collector, quickStart, debug, arguments);
    }

    /**
     * {@return these options with another value}
     *
     * @param collector the garbage collector
     */
    public JvmOptions withCollector(Collector collector) {
        return new JvmOptions(heapBytes, processors, collector, quickStart, debug, arguments);
    }

    /**
     * {@return these options with another value}
     *
     * @param quickStart true for the first compiler only
     */
    public JvmOptions withQuickStart(boolean quickStart) {
        return new JvmOptions(heapBytes, processors, collector, quickStart, debug, arguments);
    }

    /**
     * {@return these options with another value}
     *
     * @param debug whether a debugger can connect
     */
    public JvmOptions withDebug(Debug debug) {
        return new JvmOptions(heapBytes, processors, collector, quickStart, debug, arguments);
    }

    /**
     * {@return these options with another value}
     *
     * @param arguments more options of the command line
     */
    public JvmOptions withArguments(List<String> arguments) {
        return new JvmOptions(heapBytes, processors, collector, quickStart, debug, arguments);
    }
}
