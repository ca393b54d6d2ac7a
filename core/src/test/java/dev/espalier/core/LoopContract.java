package dev.espalier.core;

import static dev.espalier.core.Waits.millis;
import static dev.espalier.core.Waits.seconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.espalier.core.spi.IoDriver;
import dev.espalier.core.spi.LoopClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What a loop promises on each engine and with any driver and clock. A driver of your own is tried by a class of three lines:
 *
 * <pre>{@code
 * class MyDriverTest extends LoopContract {
 *     @Override
 *     LoopOptions options(LoopFixture loops) {
 *         return loops.realTime().withDriver(MyDriver::new);
 *     }
 * }
 * }</pre>
 *
 * <p>The first half drives loops; the second half drives the driver alone, by the words of {@link IoDriver}. A driver without
 * channels says so with {@link #hasChannels()}.
 */
abstract class LoopContract {
    private static final LoopFixture DRIVER_ALONE = new LoopFixture(LoopOptions.Engine.AUTO);
    private static final int PRODUCERS = 3;
    private static final int EACH = 2_000;

    /** Options of a loop with the driver and the clock to be tried; the engine is the fixture's. */
    abstract LoopOptions options(LoopFixture loops);

    boolean hasChannels() {
        return true;
    }

    // ---- a loop: order

    @BothEngines
    void callbacksRunInOrderAndWhatTheyAddRunsInTheNextTick(LoopFixture loops) {
        try (EventLoop loop = loops.open(options(loops))) {
            var order = new ArrayList<String>();
            loop.callSoon(() -> {
                order.add("first");
                loop.callSoon(() -> order.add("added"));
            });
            loop.callSoonThreadsafe(() -> order.add("sent"));
            loop.callSoon(() -> order.add("second"));
            while (order.size() < 4) {
                loop.runOnce(Duration.ZERO);
            }
            assertThat(order.indexOf("first")).isLessThan(order.indexOf("second"));
            assertThat(order).last().isEqualTo("added");
        }
    }

    @BothEngines
    void tasksTakeTurnsInOrder(LoopFixture loops) {
        try (EventLoop loop = loops.open(options(loops))) {
            var order = new ArrayList<String>();
            loop.run(() -> TaskGroup.run(group -> {
                for (String name : new String[] {"a", "b", "c"}) {
                    group.start(() -> {
                        order.add(name + "1");
                        Async.checkpoint();
                        order.add(name + "2");
                    });
                }
            }));
            assertThat(order).containsExactly("a1", "b1", "c1", "a2", "b2", "c2");
        }
    }

    // ---- a loop: time

    @BothEngines
    void timersFireInOrderNeverEarlyAndEqualOnesFirstSetFirst(LoopFixture loops) {
        try (EventLoop loop = loops.open(options(loops))) {
            var order = new ArrayList<Integer>();
            loop.run(() -> {
                long start = loop.now();
                for (int milli : new int[] {5, 1, 3, 3}) {
                    loop.callLater(millis(milli), () -> {
                        assertThat(loop.now() - start).as("early").isGreaterThanOrEqualTo(millis(milli).toNanos());
                        order.add(milli);
                    });
                }
                Async.sleep(millis(9));
            });
            assertThat(order).containsExactly(1, 3, 3, 5);
        }
    }

    @BothEngines
    void aCancelledTimerNeverFires(LoopFixture loops) {
        try (EventLoop loop = loops.open(options(loops))) {
            var fired = new ArrayList<String>();
            loop.run(() -> {
                EventLoop.Handle timer = loop.callLater(millis(1), () -> fired.add("cancelled"));
                loop.callLater(millis(2), () -> fired.add("kept"));
                assertThat(timer.cancel()).isTrue();
                Async.sleep(millis(4));
            });
            assertThat(fired).containsExactly("kept");
        }
    }

    @BothEngines
    void aSecondOfSleepsTakesFewPolls(LoopFixture loops) {
        var polls = new AtomicInteger();
        LoopOptions options = options(loops);
        var counting = new WrappedDriver(options.driver().get()) {
            @Override
            public void poll(long timeoutNanos) {
                polls.incrementAndGet();
                super.poll(timeoutNanos);
            }
        };
        try (EventLoop loop = loops.open(options.withDriver(() -> counting))) {
            loop.run(() -> {
                for (int i = 0; i < 20; i++) {
                    Async.sleep(millis(2));
                }
            });
        }
        assertThat(polls.get()).as("a driver that does not wait makes a loop that spins").isLessThan(500);
    }

    // ---- a loop: other threads

    @BothEngines
    void aLoopThatSleepsWithoutEndIsWokenByEachWord(LoopFixture loops) {
        try (EventLoop loop = loops.open(options(loops))) {
            loop.run(() -> {
                for (int i = 0; i < 500; i++) {
                    Promise<Integer> answer = Promise.create();
                    int value = i;
                    CompletableFuture.runAsync(() -> loop.execute(() -> answer.succeed(value)));
                    assertThat(answer.await()).isEqualTo(i);
                }
            });
        }
    }

    @BothEngines
    void nothingThatManyThreadsSendIsLostAndEachKeepsItsOrder(LoopFixture loops) {
        var received = IntStream.range(0, PRODUCERS).mapToObj(_ -> (List<Integer>) new ArrayList<Integer>()).toList();
        try (EventLoop loop = loops.open(options(loops))) {
            loop.run(() -> {
                Promise<String> all = Promise.create();
                var total = new AtomicInteger();
                for (List<Integer> mine : received) {
                    Thread.ofPlatform().start(() -> produce(loop, i -> {
                        mine.add(i);
                        if (total.incrementAndGet() == PRODUCERS * EACH) {
                            all.succeed("received");
                        }
                    }));
                }
                all.await();
            });
        }
        assertThat(received).allSatisfy(mine -> assertThat(mine).isEqualTo(IntStream.range(0, EACH).boxed().toList()));
    }

    private static void produce(EventLoop loop, java.util.function.IntConsumer onLoop) {
        for (int i = 0; i < EACH; i++) {
            int value = i;
            loop.execute(() -> onLoop.accept(value));
            if (i % 7 == 0) {
                LockSupport.parkNanos(1 + i % 30_000); // the loop falls asleep now and then, at any moment
            }
        }
    }

    @BothEngines
    void aStepByHandDoesNotWaitIfToldSo(LoopFixture loops) {
        try (EventLoop loop = loops.open(options(loops))) {
            long start = loop.now();
            loop.callLater(Duration.ofHours(1), () -> {});
            assertThat(loop.runOnce(Duration.ZERO)).as("nothing is ready").isFalse();
            assertThat(loop.now() - start).isLessThan(Duration.ofMinutes(30).toNanos());
        }
    }

    // ---- a loop: its end

    @BothEngines
    void closingEndsTasksAndClosesTheDriverOnce(LoopFixture loops) {
        var closes = new AtomicInteger();
        LoopOptions options = options(loops);
        var counting = new WrappedDriver(options.driver().get()) {
            @Override
            public void close() {
                closes.incrementAndGet();
                super.close();
            }
        };
        EventLoop loop = loops.open(options.withDriver(() -> counting));
        CompletableFuture<Void> task = loop.submit(Async::sleepForever);
        loop.runOnce(Duration.ZERO);
        loop.close();
        loop.close();
        assertThat(closes).hasValue(1);
        assertThat(task).isCancelled();
        assertThatThrownBy(() -> loop.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        counting.wakeup(); // of a thread that was on its way: it does nothing
    }

    @BothEngines
    void aLoopRunsAgainAndAgain(LoopFixture loops) {
        try (EventLoop loop = loops.open(options(loops))) {
            for (int i = 0; i < 5; i++) {
                int value = i;
                assertThat(loop.<Integer, RuntimeException>run(() -> {
                    Async.sleep(millis(1));
                    return value;
                })).isEqualTo(i);
            }
        }
    }

    // ---- the driver alone: time and wake-ups

    @Test
    void aPollWithATimeEndsAndTimePasses() {
        LoopOptions options = options(DRIVER_ALONE);
        LoopClock clock = options.clock();
        try (IoDriver driver = options.driver().get()) {
            long end = clock.nanoTime() + millis(5).toNanos();
            int polls = 0;
            for (long now = clock.nanoTime(); now - end < 0; now = clock.nanoTime()) {
                driver.poll(end - now);
                assertThat(++polls).as("polls that return early").isLessThan(100);
            }
        }
    }

    @Test
    void aWakeUpThatCameBeforeThePollIsNotLost() {
        try (IoDriver driver = options(DRIVER_ALONE).driver().get()) {
            driver.wakeup();
            driver.wakeup();
            driver.poll(-1); // would wait for ever
            if (hasChannels()) {
                withPipe(pipe -> {
                    IoDriver.Registration registration = driver.register(pipe.source(), _ -> {});
                    driver.wakeup();
                    driver.poll(-1);
                    registration.cancel();
                });
            }
        }
    }

    @Test
    void anInterruptOfThePollingThreadDoesNotKeepTheNextPollFromWaiting() {
        LoopOptions options = options(DRIVER_ALONE);
        LoopClock clock = options.clock();
        try (IoDriver driver = options.driver().get()) {
            Thread.currentThread().interrupt();
            driver.poll(1);
            long end = clock.nanoTime() + millis(2).toNanos();
            int polls = 0;
            for (long now = clock.nanoTime(); now - end < 0; now = clock.nanoTime()) {
                driver.poll(end - now);
                assertThat(++polls).isLessThan(100);
            }
        } finally {
            Thread.interrupted();
        }
    }

    // ---- the driver alone: channels

    @FunctionalInterface
    private interface WithPipe {
        void run(Pipe pipe) throws IOException;
    }

    private static void withPipe(WithPipe body) {
        try {
            Pipe pipe = Pipe.open();
            pipe.source().configureBlocking(false);
            pipe.sink().configureBlocking(false);
            try (var _ = pipe.source(); var _ = pipe.sink()) {
                body.run(pipe);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Polls until the condition holds; a driver may return early, but not for ever. */
    private static void pollUntil(IoDriver driver, java.util.function.BooleanSupplier condition) {
        for (int polls = 0; !condition.getAsBoolean(); polls++) {
            assertThat(polls).as("polls without what was waited for").isLessThan(100);
            driver.poll(seconds(10).toNanos());
        }
    }

    /** Polls some times, so that whatever is to be told is told. */
    private static void pollSome(IoDriver driver) {
        for (int i = 0; i < 5; i++) {
            driver.poll(0);
        }
    }

    @Test
    void aChannelIsToldOfWhileItIsReadyAndWanted() {
        assumeTrue(hasChannels());
        try (IoDriver driver = options(DRIVER_ALONE).driver().get()) {
            withPipe(pipe -> {
                var told = new AtomicInteger();
                IoDriver.Registration source = driver.register(pipe.source(), operations -> {
                    assertThat(operations).isEqualTo(SelectionKey.OP_READ);
                    told.incrementAndGet();
                });
                assertThat(driver.registrations()).isEqualTo(1);
                pipe.sink().write(ByteBuffer.wrap(new byte[] {1}));
                pollSome(driver);
                assertThat(told).as("without interest").hasValue(0);
                source.interest(SelectionKey.OP_READ);
                pollUntil(driver, () -> told.get() >= 1);
                pollUntil(driver, () -> told.get() >= 2); // again, as the byte is still there
                source.interest(0);
                int before = told.get();
                pollSome(driver);
                assertThat(told).as("after the interest was taken back").hasValue(before);
                source.interest(SelectionKey.OP_READ);
                pipe.source().read(ByteBuffer.allocate(8));
                pollSome(driver);
                assertThat(told).as("after the byte was read").hasValue(before);
                source.cancel();
            });
        }
    }

    @Test
    void aCancelledRegistrationIsToldOfNothingMore() {
        assumeTrue(hasChannels());
        try (IoDriver driver = options(DRIVER_ALONE).driver().get()) {
            withPipe(pipe -> {
                var told = new ArrayList<String>();
                IoDriver.Registration source = driver.register(pipe.source(), _ -> told.add("source"));
                IoDriver.Registration sink = driver.register(pipe.sink(), _ -> told.add("sink"));
                source.interest(SelectionKey.OP_READ);
                pipe.sink().write(ByteBuffer.wrap(new byte[] {1}));
                source.cancel();
                source.cancel();
                sink.interest(SelectionKey.OP_WRITE);
                pollUntil(driver, () -> !told.isEmpty());
                assertThat(told).containsOnly("sink");
                sink.cancel();
                pollSome(driver);
                assertThat(driver.registrations()).isZero();
            });
        }
    }

    @Test
    void aChannelCanBeRegisteredAgainAfterACancel() {
        assumeTrue(hasChannels());
        try (IoDriver driver = options(DRIVER_ALONE).driver().get()) {
            withPipe(pipe -> {
                driver.register(pipe.source(), _ -> {}).cancel();
                driver.poll(0);
                var told = new AtomicInteger();
                IoDriver.Registration again = driver.register(pipe.source(), _ -> told.incrementAndGet());
                again.interest(SelectionKey.OP_READ);
                pipe.sink().write(ByteBuffer.wrap(new byte[] {1}));
                pollUntil(driver, () -> told.get() > 0);
                again.cancel();
            });
        }
    }

    @Test
    void aClosedChannelIsRefusedAndOneThatClosesIsToldOfNothing() {
        assumeTrue(hasChannels());
        try (IoDriver driver = options(DRIVER_ALONE).driver().get()) {
            withPipe(pipe -> {
                var told = new AtomicInteger();
                IoDriver.Registration source = driver.register(pipe.source(), _ -> told.incrementAndGet());
                source.interest(SelectionKey.OP_READ);
                source.cancel();
                pipe.source().close();
                pollSome(driver);
                assertThat(told).hasValue(0);
                assertThatThrownBy(() -> driver.register(pipe.source(), _ -> {})).isInstanceOf(ClosedChannelException.class);
            });
        }
    }

    @BothEngines
    void aReadyChannelEndsASleepWithoutEnd(LoopFixture loops) {
        assumeTrue(hasChannels());
        try (EventLoop loop = loops.open(options(loops))) {
            withPipe(pipe -> loop.run(() -> {
                try (var readable = ChannelReadiness.of(pipe.source())) {
                    for (int i = 0; i < 50; i++) {
                        CompletableFuture.runAsync(() -> write(pipe));
                        readable.awaitReadable();
                        assertThat(pipe.source().read(ByteBuffer.allocate(8))).isEqualTo(1);
                    }
                }
            }));
        }
    }

    private static void write(Pipe pipe) {
        try {
            pipe.sink().write(ByteBuffer.wrap(new byte[] {1}));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
