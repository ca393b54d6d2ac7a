package dev.espalier.core;

import static dev.espalier.core.Async.sleep;
import static dev.espalier.core.Waits.seconds;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.spi.CacheStatistics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CacheTest {
    private static final CacheLimits TEN = CacheLimits.ofSize(10);

    /** Counts its loads; each takes a second. */
    private static final class Loads {
        private final AtomicInteger begun = new AtomicInteger();
        private final List<String> cancelled = new ArrayList<>();

        private String load(String key) {
            int number = begun.incrementAndGet();
            try {
                sleep(seconds(1));
            } catch (CancelledError e) {
                cancelled.add(e.reason().message());
                throw e;
            }
            return key + number;
        }
    }

    // ---- single flight

    @BothEngines
    void manyWhoAskForOneKeyCauseOneLoad(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var loads = new Loads();
            var cache = SingleFlightCache.open(group, TEN, loads::load);
            List<String> values = Async.gather(() -> cache.get("a"), () -> cache.get("a"), () -> cache.get("b"));
            assertThat(values).containsExactly("a1", "a1", "b2");
            assertThat(cache.get("a")).isEqualTo("a1");
            assertThat(cache.tryGet("b")).contains("b2");
            assertThat(cache.tryGet("c")).isEmpty();
            assertThat(cache.statistics())
                    .isEqualTo(new CacheStatistics(2, 3, 1, 2, 0, 0, 2_000_000_000L, 0, 2, 0));
        }));
    }

    @BothEngines
    void aFailureReachesAllWaitersTypedAndIsNotKept(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var loads = new AtomicInteger();
            SingleFlightCache<String, String> cache = SingleFlightCache.open(group, TEN, key -> {
                sleep(seconds(1));
                if (loads.incrementAndGet() == 1) {
                    throw new IOException("no answer");
                }
                return key;
            });
            Task<?> typed = group.start(() -> assertThatThrownBy(() -> cache.get("a", IOException.class))
                    .isInstanceOf(IOException.class));
            assertThatThrownBy(() -> cache.get("a"))
                    .isInstanceOf(TaskFailedException.class)
                    .hasCauseInstanceOf(IOException.class);
            typed.await();
            assertThat(cache.get("a")).isEqualTo("a");
            assertThat(cache.statistics().failures()).isEqualTo(1);
        }));
    }

    @BothEngines
    void aLoadIsUnderNoTimeLimitOfItsFirstCallerAndHasNoneOfItsContext(LoopFixture loops) {
        ContextVar<String> user = ContextVar.named("user");
        loops.run(() -> TaskGroup.run(group -> {
            SingleFlightCache<String, String> cache = SingleFlightCache.open(group, TEN, key -> {
                sleep(seconds(3));
                return user.find().orElse("nobody");
            });
            Task<String> patient = group.start(() -> {
                sleep(seconds(1));
                return cache.get("a");
            });
            user.with("ann", () -> assertThatThrownBy(() -> Async.timeout(seconds(2), () -> cache.get("a")))
                    .isInstanceOf(DeadlineExceededException.class));
            assertThat(patient.await()).isEqualTo("nobody");
            assertThat(cache.statistics().loads()).isEqualTo(1);
        }));
    }

    @BothEngines
    void aCancelledWaiterOnlyLeaves(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var loads = new Loads();
            var cache = SingleFlightCache.open(group, TEN, loads::load);
            Task<String> first = group.start(() -> cache.get("a"));
            Task<String> second = group.start(() -> cache.get("a"));
            settle();
            first.cancelAndJoin("leaves");
            assertThat(second.await()).isEqualTo("a1");
            assertThat(loads.cancelled).isEmpty();
        }));
    }

    @BothEngines
    void theLastWaitersCancellationCancelsTheLoadAndTheNextOneLoadsAfresh(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var loads = new Loads();
            var cache = SingleFlightCache.open(group, TEN, loads::load);
            List<Task<String>> waiters = List.of(group.start(() -> cache.get("a")), group.start(() -> cache.get("a")));
            settle();
            waiters.forEach(waiter -> waiter.cancel("leaves"));
            settle();
            assertThat(loads.cancelled).hasSize(1).first().asString().contains("nobody waits");
            assertThat(cache.get("a")).isEqualTo("a2");
            assertThat(cache.statistics().cancellations()).isEqualTo(1);
        }));
    }

    @BothEngines
    void whoAsksWhileACancelledLoadUnwindsGetsALoadOfItsOwn(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var begun = new AtomicInteger();
            SingleFlightCache<String, Integer> cache = SingleFlightCache.open(group, TEN, key -> {
                int number = begun.incrementAndGet();
                try {
                    sleep(seconds(1));
                } finally {
                    Async.shield(seconds(9), () -> sleep(seconds(3)));
                }
                return number;
            });
            Async.moveOnAfter(Waits.millis(500), () -> cache.get("a"));
            assertThat(cache.get("a")).isEqualTo(2);
            assertThat(cache.tryGet("a")).contains(2);
        }));
    }

    @BothEngines
    void theFailureOfALoadThatNobodyWaitsForGoesToTheErrorSink(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            SingleFlightCache<String, Integer> cache = SingleFlightCache.open(group, TEN, key -> {
                try {
                    sleep(seconds(1));
                } finally {
                    throwing(new IOException("while cleaning up"));
                }
                return 1;
            });
            assertThat(Async.moveOnAfter(Waits.millis(500), () -> cache.get("a"))).isEmpty();
        }));
        assertThat(loops.takeReports()).singleElement().satisfies(report -> {
            assertThat(report.exception()).hasMessage("while cleaning up");
            assertThat(report.message()).contains("'a'");
        });
    }

    private static void throwing(IOException e) throws IOException {
        throw e;
    }

    // ---- writing

    @BothEngines
    void whatIsPutOrInvalidatedDuringALoadWinsOverIt(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var loads = new Loads();
            var cache = SingleFlightCache.open(group, TEN, loads::load);
            Task<String> overtaken = group.start(() -> cache.get("a"));
            Task<String> dropped = group.start(() -> cache.get("b"));
            settle();
            cache.put("a", "put");
            cache.invalidate("b");
            assertThat(cache.get("a")).isEqualTo("put");
            assertThat(overtaken.await() + dropped.await()).as("who waited gets what was loaded").isEqualTo("a1b2");
            assertThat(cache.tryGet("a")).contains("put");
            assertThat(cache.tryGet("b")).isEmpty();
            cache.invalidateAll();
            assertThat(cache.get("a")).isEqualTo("a3");
        }));
    }

    // ---- limits, on the loop's clock

    @BothEngines
    void valuesExpireOnTheClockOfTheLoop(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var loads = new Loads();
            var cache = SingleFlightCache.open(group, TEN.withExpireAfterWrite(seconds(10)), loads::load);
            var used = SingleFlightCache.open(group, TEN.withExpireAfterAccess(seconds(10)), loads::load);
            cache.put("a", "put");
            used.put("a", "put");
            for (int i = 0; i < 3; i++) {
                sleep(seconds(4));
                assertThat(used.get("a")).isEqualTo("put");
            }
            assertThat(cache.tryGet("a")).isEmpty();
            sleep(seconds(10));
            assertThat(used.tryGet("a")).isEmpty();
        }));
    }

    @BothEngines
    void anExpiredValueGoesByItselfAndNotOnlyWhenTheCacheIsUsed(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var cache = SingleFlightCache.open(group, TEN.withExpireAfterWrite(seconds(10)), key -> key);
            cache.put("a", "put");
            sleep(seconds(12));
            assertThat(cache.toString()).as("without any call that would look").contains("0 kept");
            assertThat(cache.statistics().evictions()).isEqualTo(1);
        }));
    }

    @BothEngines
    void theSizeIsBounded(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            SingleFlightCache<Integer, Integer> cache = SingleFlightCache.open(group, TEN, key -> key);
            for (int i = 0; i < 100; i++) {
                assertThat(cache.get(i)).isEqualTo(i);
            }
            assertThat(cache.statistics().size()).isEqualTo(10);
            assertThat(cache.statistics().evictions()).isEqualTo(90);
        }));
    }

    @BothEngines
    void anOldValueIsRefreshedInTheBackgroundWhileReadersGetIt(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var loads = new Loads();
            var cache = SingleFlightCache.open(group, TEN.withRefreshAfterWrite(seconds(10)), loads::load);
            assertThat(cache.get("a")).isEqualTo("a1");
            sleep(seconds(10));
            assertThat(cache.get("a") + cache.get("a")).as("at once").isEqualTo("a1a1");
            assertThat(cache.statistics().loading()).isEqualTo(1);
            sleep(seconds(2));
            assertThat(cache.get("a")).isEqualTo("a2");
        }));
    }

    @BothEngines
    void aFailedRefreshLeavesTheOldValueAndIsReported(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            SingleFlightCache<String, String> cache = SingleFlightCache.open(
                    group, TEN.withRefreshAfterWrite(seconds(10)), key -> {
                        throw new IOException("no answer");
                    });
            cache.put("a", "old");
            sleep(seconds(10));
            assertThat(cache.get("a")).isEqualTo("old");
            settle();
            assertThat(cache.tryGet("a")).contains("old");
        }));
        assertThat(loops.takeReports()).isNotEmpty().allSatisfy(report ->
                assertThat(report.message()).contains("refresh of 'a'"));
    }

    // ---- misuse and ends

    @BothEngines
    void aLoadThatAsksForItsOwnKeyIsRefused(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            var self = new ArrayList<SingleFlightCache<String, String>>();
            self.add(SingleFlightCache.open(group, TEN, key ->
                    TaskGroup.call(inner -> inner.<String>start(() -> self.getFirst().get(key)).await())));
            assertThatThrownBy(() -> self.getFirst().get("a"))
                    .rootCause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the same key");
        }));
    }

    @BothEngines
    void aLoaderThatReturnsNullFailsTheLoad(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(group -> {
            SingleFlightCache<String, String> cache = SingleFlightCache.open(group, TEN, key -> null);
            assertThatThrownBy(() -> cache.get("a")).hasRootCauseMessage("the loader returned null for a");
        }));
    }

    @BothEngines
    void theEndOfTheGroupCancelsLoadsAndTellsThoseWhoStillWait(LoopFixture loops) {
        loops.run(() -> TaskGroup.run(outer -> {
            var caches = new ArrayList<SingleFlightCache<String, String>>();
            Task<?> waiter = TaskGroup.call(group -> {
                var cache = SingleFlightCache.open(group, TEN, new Loads()::load);
                caches.add(cache);
                Task<?> waiting = outer.start(() -> assertThatThrownBy(() -> cache.get("a"))
                        .isInstanceOf(TaskCancelledException.class)
                        .hasMessageContaining("load of a"));
                settle();
                group.cancel("enough");
                return waiting;
            });
            waiter.await();
            assertThatThrownBy(() -> caches.getFirst().get("a"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("after its group was left");
        }));
    }

    @Test
    void limitsAreChecked() {
        assertThatThrownBy(() -> CacheLimits.ofSize(-1)).hasMessageContaining("-1");
        assertThatThrownBy(() -> TEN.withRefreshAfterWrite(seconds(0))).hasMessageContaining("refreshAfterWrite");
    }
}
