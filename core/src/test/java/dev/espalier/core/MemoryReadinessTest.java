package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.Lookout;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A thread that writes to memory in place of another process, with a pipe as bell. */
class MemoryReadinessTest {
    /** A counter that others raise, and the loop reads. */
    private static final class Counter implements Lookout {
        final AtomicInteger written = new AtomicInteger();
        final AtomicBoolean parked = new AtomicBoolean();
        final Pipe bell;
        int read;
        int most = Integer.MAX_VALUE; // in one turn
        Runnable after = () -> { };

        Counter(Pipe bell) {
            this.bell = bell;
        }

        @Override
        public boolean hasNews() {
            return written.get() != read;
        }

        @Override
        public void parked(boolean value) {
            parked.set(value);
        }

        @Override
        public boolean isParked() {
            return parked.get();
        }

        @Override
        public void news() {
            read += Math.min(most, written.get() - read);
            after.run();
        }

        void write() throws Exception {
            written.incrementAndGet();
            if (parked.compareAndSet(true, false)) {
                bell.sink().write(ByteBuffer.allocate(1));
            }
        }
    }

    private interface Use {
        void run(Counter counter, MemoryReadiness readiness) throws Exception;
    }

    private static void with(LoopFixture loops, Use use) throws Exception {
        Pipe bell = Pipe.open();
        bell.source().configureBlocking(false);
        try (var source = bell.source(); var _ = bell.sink(); EventLoop loop = loops.open(loops.realTime())) {
            loop.run(() -> TaskGroup.run(group -> {
                try (var heard = ChannelReadiness.of(source)) {
                    Task<?> listener = group.start(() -> {
                        while (true) {
                            source.read(ByteBuffer.allocate(8));
                            heard.awaitReadable();
                        }
                    });
                    var counter = new Counter(bell);
                    try (var readiness = MemoryReadiness.of(counter)) {
                        use.run(counter, readiness);
                    }
                    listener.cancel("the end");
                    listener.join();
                }
            }));
            assertThat(loop.scheduler.lookouts.lost()).isZero();
            assertThat(loop.statistics().external()).isZero();
        }
    }

    @BothEngines
    void newsOfAThreadThatComesAndGoesIsNeverMissed(LoopFixture loops) throws Exception {
        int count = 3000;
        with(loops, (counter, readiness) -> {
            var all = Event.create();
            counter.after = () -> {
                if (counter.read == count) {
                    all.set();
                }
            };
            readiness.expect(true);
            var writer = Thread.ofPlatform().start(() -> {
                try {
                    for (int i = 0; i < count; i++) {
                        counter.write();
                        // now the loop is awake, now it spins, now it sleeps
                        long until = System.nanoTime() + i % 100 * 2000L;
                        while (System.nanoTime() < until) {
                            Thread.onSpinWait();
                        }
                    }
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            all.await();
            writer.join();
            readiness.expect(false);
            assertThat(counter.parked).isFalse();
        });
    }

    @BothEngines
    void whatACallbackLeavesIsForTheNextTick(LoopFixture loops) throws Exception {
        with(loops, (counter, readiness) -> {
            counter.most = 1;
            counter.written.set(5);
            readiness.expect(true);
            var others = new AtomicInteger();
            while (counter.read < 5) {
                Async.checkpoint();
                others.incrementAndGet();
            }
            assertThat(others).hasValueGreaterThanOrEqualTo(5);
        });
    }

    @BothEngines
    void aTimerIsNotLateBecauseSomethingIsExpected(LoopFixture loops) throws Exception {
        with(loops, (counter, readiness) -> {
            readiness.expect(true);
            assertThat(Async.moveOnAfter(Duration.ofMillis(1), () -> Event.create().await())).isFalse();
        });
    }

    @BothEngines
    void withoutExpectationNobodyLooks(LoopFixture loops) throws Exception {
        with(loops, (counter, readiness) -> {
            counter.written.set(1);
            readiness.expect(true);
            readiness.expect(false);
            Async.sleep(Duration.ofMillis(1));
            assertThat(counter.read).isZero();
            readiness.expect(true);
            while (counter.read == 0) {
                Async.checkpoint();
            }
        });
    }

    @BothEngines
    void aCallbackThatWasReadyWhenItWasClosedDoesNotRun(LoopFixture loops) throws Exception {
        with(loops, (counter, readiness) -> {
            counter.written.set(1);
            readiness.expect(true);
            EventLoop.current().callSoon(readiness::close);
            Async.checkpoint();
            Async.checkpoint();
            int read = counter.read;
            counter.written.set(2);
            Async.checkpoint();
            assertThat(counter.read).isEqualTo(read);
            readiness.close();
            assertThatThrownBy(() -> readiness.expect(true)).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("looks at nothing any more");
        });
    }

    @BothEngines
    void aWriterThatDoesNotRingIsFoundOut(LoopFixture loops) throws Exception {
        try (EventLoop loop = loops.open(loops.realTime())) {
            loop.run(() -> {
                var counter = new Counter(Pipe.open());
                try (var source = counter.bell.source(); var sink = counter.bell.sink();
                        var readiness = MemoryReadiness.of(counter)) {
                    assertThat(source.isOpen() && sink.isOpen()).isTrue();
                    readiness.expect(true);
                    // Again, if the loop looked once more just after it had said that it is parked, and saw it.
                    while (EventLoop.current().scheduler.lookouts.lost() == 0) {
                        Thread.ofPlatform().start(() -> {
                            while (!counter.parked.get()) {
                                Thread.onSpinWait();
                            }
                            counter.written.incrementAndGet();
                        });
                        Async.sleep(Duration.ofMillis(20));
                    }
                    while (counter.hasNews()) {
                        Async.checkpoint();
                    }
                }
            });
        }
    }

    @BothEngines
    void aFailureIsReportedAndTheNextNewsComes(LoopFixture loops) throws Exception {
        with(loops, (counter, readiness) -> {
            counter.written.set(2);
            counter.most = 1;
            counter.after = () -> {
                if (counter.read == 1) {
                    throw new IllegalArgumentException("bad news");
                }
            };
            readiness.expect(true);
            while (counter.read < 2) {
                Async.checkpoint();
            }
        });
        assertThat(loops.takeReports()).singleElement()
                .satisfies(report -> assertThat(report.exception()).hasMessage("bad news"));
    }
}
