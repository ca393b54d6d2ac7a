package dev.espalier.testing;

import dev.espalier.core.VoidBodyWith;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

/**
 * Makes the tests of a JUnit {@code @TestFactory} that run on a loop, each on its own, under virtual time, as {@link
 * LoopTest} methods do.
 *
 * {@snippet class="dev.espalier.testing.JUnitSnippetsTest" region="dynamic"}
 */
@SuppressWarnings("exports") // JUnit is optional, and "requires static transitive" would make it mandatory to compile
public final class DynamicLoopTest {
    /** Bound by the extension around each dynamic test. */
    static final ScopedValue<Surroundings> AROUND = ScopedValue.newInstance();

    private DynamicLoopTest() {}

    /** What the factory of a dynamic test has to say of it, and what it has to say in return. Used by its thread. */
    static final class Surroundings {
        private final LoopTester.Options options;
        private final boolean realTime;
        private @Nullable TestRun run;

        Surroundings(LoopTester.Options options, boolean realTime) {
            this.options = options;
            this.realTime = realTime;
        }

        /** The run that was made; null if the test is another sort of test. */
        @Nullable TestRun run() {
            return run;
        }

        private TestRun begin(String name) {
            long seed = options.seed() + Integer.toUnsignedLong(name.hashCode());
            String factory = options.loop().name();
            String full = factory.isEmpty() ? "dynamic test '" + name + "'" : factory + " '" + name + "'";
            TestRun made = new TestRun(Wishes.named(options.withSeed(seed), full), false);
            if (realTime) {
                made.tester().goByRealTime();
            }
            run = made;
            return made;
        }
    }

    /**
     * Makes a test. Where {@link OnLoop} stands on the factory method, or on its class or one around that, its values and
     * {@link RealTime} hold, and seed and virtual time are published as for other loop tests. Elsewhere the {@linkplain
     * LoopTester.Options#defaults() default options} do. The settings {@code espalier.seed} and {@code espalier.mode} win, if
     * they are system properties or in the environment; configuration parameters of JUnit reach the test only by {@code
     * OnLoop}.
     *
     * <p>Its seed is the one that an {@code OnLoop} method would have, plus a number made of its name: so it keeps its random
     * numbers when other tests come or go.
     *
     * <p>Lifecycle methods run around the factory and outside the loop, as JUnit has it.
     *
     * @param name what it is called
     * @param body is the test
     * @return the test, which the factory method gives to JUnit
     */
    public static DynamicTest of(String name, VoidBodyWith<? super LoopTester, ?> body) {
        Objects.requireNonNull(body, "body");
        return DynamicTest.dynamicTest(name, () -> run(name, body));
    }

    private static void run(String name, VoidBodyWith<? super LoopTester, ?> body) throws Throwable {
        Surroundings around = AROUND.isBound()
                ? AROUND.get()
                : new Surroundings(Wishes.optionsWithout(Settings.of(_ -> Optional.empty())), false);
        TestRun run = around.begin(name);
        run.test(() -> body.run(run.tester()));
    }
}
