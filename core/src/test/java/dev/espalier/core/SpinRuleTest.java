package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.MemoryReadiness.SpinRule;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** By a clock that the test drives: a turn takes as long as it says. */
class SpinRuleTest {
    private static final long MOST = 50_000;
    private static final long MILLI = 1_000_000;

    private final SpinRule rule = SpinRule.of(Duration.ofNanos(MOST));
    private long now = -5; // a clock may pass zero

    /** Looks in vain, a turn of 200 ns each, and sleeps; gives for how long it looked. */
    private long lookInVain() {
        long from = now;
        if (rule.begin(now)) {
            do {
                now += 200;
            } while (rule.goesOn(now));
        }
        rule.sleeps();
        return now - from;
    }

    @SuppressWarnings("ThreadPriorityCheck")
    @Test
    void aThreadLooksBeforeItSleeps() {
        var there = new AtomicBoolean();
        Thread.ofVirtual().start(() -> there.set(true));
        int sleeps = 0;
        SpinRule patience = SpinRule.of(Duration.ofMillis(20));
        // @start region="spin"
        boolean more = patience.begin(System.nanoTime());
        while (!there.get() && more) {
            Thread.yield();
            more = patience.goesOn(System.nanoTime());
        }
        if (there.get()) {
            patience.found();
        } else {
            patience.sleeps();
            // ask to be woken, look once more, and sleep
            // @end
            sleeps++;
        }
        assertThat(sleeps == 0 || !more).isTrue();
    }

    @Test
    void whatIsInVainIsHalvedDownToAMicrosecond() {
        assertThat(lookInVain()).isEqualTo(MOST);
        assertThat(lookInVain()).isEqualTo(MOST / 2);
        for (int i = 0; i < 20; i++) {
            lookInVain();
        }
        assertThat(lookInVain()).isEqualTo(1000);
    }

    @Test
    void whatIsFoundDoublesIt() {
        lookInVain();
        lookInVain();
        rule.found();
        assertThat(lookInVain()).isEqualTo(MOST / 2);
        rule.found();
        rule.found();
        rule.found();
        assertThat(lookInVain()).isEqualTo(MOST);
    }

    @Test
    void each64thSleepRestoresAllOfIt() {
        for (int i = 0; i < 64; i++) {
            lookInVain();
        }
        assertThat(lookInVain()).isEqualTo(MOST);
    }

    @Test
    void aLongTurnIsFollowedByASixteenfoldRest() {
        rule.begin(now);
        now += 4 * MILLI;
        assertThat(rule.goesOn(now)).isFalse();
        rule.found(); // it was there when the thread came back: it rests all the same
        long rested = now + 64 * MILLI;
        assertThat(rule.begin(rested - 1)).isFalse();
        assertThat(rule.begin(rested)).isTrue();
        assertThat(rule.begin(rested + 1)).isTrue();
    }

    @Test
    void noRestIsLongerThan128Milliseconds() {
        rule.begin(now);
        now += 1000 * MILLI;
        assertThat(rule.goesOn(now)).isFalse();
        assertThat(rule.begin(now + 128 * MILLI - 1)).isFalse();
        assertThat(rule.begin(now + 128 * MILLI)).isTrue();
    }

    @Test
    void aTurnOfAMillisecondIsNotLong() {
        rule.begin(now);
        now += MILLI;
        rule.goesOn(now);
        assertThat(rule.begin(now)).isTrue();
    }

    @Test
    void besideAHogAtMostASixteenthIsLost() {
        long spun = 0;
        for (int i = 0; i < 1000; i++) {
            long from = now;
            if (rule.begin(now)) {
                now += 8 * MILLI; // what one yield costs there
                assertThat(rule.goesOn(now)).isFalse();
            }
            spun += now - from;
            rule.sleeps();
            now += 50_000;
        }
        assertThat(spun).isLessThanOrEqualTo((now + 5) / 16 + 8 * MILLI);
    }

    @Test
    void withoutTimeNobodyLooks() {
        assertThat(SpinRule.of(Duration.ZERO).begin(now)).isFalse();
    }
}
