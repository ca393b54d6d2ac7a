package dev.espalier.testing;

import java.lang.constant.MethodTypeDesc;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which methods of the JDK escape the schedule, and what to do instead. A name is followed by the descriptors of its parameters
 * if only that form escapes: {@code Instant.now()} does, {@code Instant.now(Clock)} does not. A star stands for any class.
 */
final class EscapeRules {
    private static final String TIME = "the clock of the JDK goes on while virtual time stands; take the time from an "
            + "InstantSource or a Clock, in a test LoopTester.clock(), or from EventLoop.now()";
    private static final String RANDOM = "no seed decides this number; take it from EventLoop.random(), in a test "
            + "LoopTester.random(), choose or flip";
    private static final String IDENTITY = "it differs from run to run; give things a name or a number of your own";
    private static final String ORDER = "the file system decides this order; sort";
    private static final String THREAD = "no schedule decides when another thread runs; start a task in a TaskGroup, or let "
            + "Async.offload do what must have a thread";
    private static final String WAIT = "it holds the loop in real time, and no other task runs meanwhile; await what the library "
            + "has for it, or let Async.offload wait";
    private static final String OUTSIDE = "its answers come from outside, when they come; in a test use what answers by the "
            + "schedule, such as MemoryStreams";

    private static final String CONCURRENT = "java/util/concurrent/";
    private static final Map<String, String> INSTEAD = new HashMap<>();

    static {
        time();
        random();
        threads();
        waits();
        rule(IDENTITY, "java/lang/System", "identityHashCode");
        rule(IDENTITY, "java/lang/Thread", "threadId", "getId");
        rule(ORDER, "java/io/File", "list", "listFiles");
        rule(ORDER, "java/nio/file/Files", "list", "walk", "find", "newDirectoryStream");
    }

    private EscapeRules() {}

    private static void time() {
        rule(TIME, "java/lang/System", "nanoTime", "currentTimeMillis");
        rule(TIME, "java/time/Clock", "systemUTC", "systemDefaultZone", "system", "tickMillis", "tickSeconds", "tickMinutes");
        rule(TIME, "java/time/InstantSource", "system");
        rule(TIME, "java/time/Instant", "now()");
        for (String type : List.of("LocalDate", "LocalTime", "LocalDateTime", "ZonedDateTime", "OffsetDateTime", "OffsetTime",
                "Year", "YearMonth", "MonthDay")) {
            rule(TIME, "java/time/" + type, "now()", "now(Ljava/time/ZoneId;)");
        }
        rule(TIME, "java/util/Date", "<init>()");
        rule(TIME, "java/util/Calendar", "getInstance");
    }

    private static void random() {
        rule(RANDOM, "java/lang/Math", "random");
        rule(RANDOM, "java/lang/StrictMath", "random");
        rule(RANDOM, CONCURRENT + "ThreadLocalRandom", "current");
        rule(RANDOM, "java/util/UUID", "randomUUID");
        rule(RANDOM, "java/util/Random", "<init>()");
        rule(RANDOM, "java/util/SplittableRandom", "<init>()");
        rule(RANDOM, "java/security/SecureRandom", "<init>", "getInstance", "getInstanceStrong");
        rule(RANDOM, "java/util/random/RandomGenerator", "getDefault", "of");
        rule(RANDOM, "java/util/Collections", "shuffle(Ljava/util/List;)");
    }

    private static void threads() {
        rule(THREAD, "java/lang/Thread", "<init>", "start", "startVirtualThread", "ofVirtual", "ofPlatform");
        rule(THREAD, CONCURRENT + "Executors", "newFixedThreadPool", "newCachedThreadPool", "newSingleThreadExecutor",
                "newScheduledThreadPool", "newSingleThreadScheduledExecutor", "newWorkStealingPool",
                "newVirtualThreadPerTaskExecutor", "newThreadPerTaskExecutor");
        for (String pool : List.of("ThreadPoolExecutor", "ScheduledThreadPoolExecutor", "ForkJoinPool")) {
            rule(THREAD, CONCURRENT + pool, "<init>", "commonPool");
        }
        rule(THREAD, CONCURRENT + "CompletableFuture", "supplyAsync(Ljava/util/function/Supplier;)",
                "runAsync(Ljava/lang/Runnable;)", "delayedExecutor", "orTimeout", "completeOnTimeout");
        for (String future : List.of("CompletableFuture", "CompletionStage")) { // the forms without an executor
            rule(THREAD, CONCURRENT + future, "thenApplyAsync(Ljava/util/function/Function;)",
                    "thenAcceptAsync(Ljava/util/function/Consumer;)", "thenRunAsync(Ljava/lang/Runnable;)",
                    "thenComposeAsync(Ljava/util/function/Function;)", "handleAsync(Ljava/util/function/BiFunction;)",
                    "whenCompleteAsync(Ljava/util/function/BiConsumer;)", "exceptionallyAsync(Ljava/util/function/Function;)",
                    "thenCombineAsync(Ljava/util/concurrent/CompletionStage;Ljava/util/function/BiFunction;)");
        }
        rule(THREAD, "java/util/Timer", "<init>");
        rule(THREAD, "java/lang/ref/Cleaner", "create");
        rule(THREAD, "java/util/Arrays", "parallelSort", "parallelPrefix", "parallelSetAll");
        for (String stream : List.of("BaseStream", "Stream", "IntStream", "LongStream", "DoubleStream")) {
            rule(THREAD, "java/util/stream/" + stream, "parallel");
        }
        rule(THREAD, "*", "parallelStream()");
    }

    private static void waits() {
        rule(WAIT, "java/lang/Thread", "sleep", "join", "yield", "onSpinWait");
        rule(WAIT, "*", "wait()", "wait(J)", "wait(JI)");
        rule(WAIT, CONCURRENT + "locks/LockSupport", "park", "parkNanos", "parkUntil");
        rule(WAIT, CONCURRENT + "CountDownLatch", "await");
        rule(WAIT, CONCURRENT + "CyclicBarrier", "await");
        rule(WAIT, CONCURRENT + "Semaphore", "acquire", "acquireUninterruptibly");
        rule(WAIT, CONCURRENT + "TimeUnit", "sleep", "timedJoin", "timedWait");
        rule(OUTSIDE, "java/net/Socket", "<init>", "connect");
        rule(OUTSIDE, "java/net/ServerSocket", "accept");
        rule(OUTSIDE, "java/net/http/HttpClient", "send", "sendAsync");
        rule(OUTSIDE, "java/lang/ProcessBuilder", "start");
        rule(OUTSIDE, "java/lang/Runtime", "exec");
    }

    private static void rule(String instead, String owner, String... methods) {
        for (String method : methods) {
            INSTEAD.put(owner + "." + method, instead);
        }
    }

    /** What to do instead of a call; null if it may be made. */
    static @Nullable String instead(String owner, String name, MethodTypeDesc type) {
        String descriptor = type.descriptorString();
        String form = name + descriptor.substring(0, descriptor.indexOf(')') + 1);
        for (String key : List.of(owner + "." + name, owner + "." + form, "*." + form)) {
            String instead = INSTEAD.get(key);
            if (instead != null) {
                return instead;
            }
        }
        return null;
    }
}
