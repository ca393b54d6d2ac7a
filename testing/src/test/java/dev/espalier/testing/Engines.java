package dev.espalier.testing;

import dev.espalier.core.LoopOptions;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A test that gets an engine and runs on both. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest
@EnumSource(value = LoopOptions.Engine.class, names = {"CARRIER", "HANDOFF"})
@interface Engines {
    /** What most tests run with. */
    final class Options {
        private Options() {}

        static LoopTester.Options on(LoopOptions.Engine engine) {
            LoopTester.Options defaults = LoopTester.Options.defaults();
            return defaults.withLoop(defaults.loop().withEngine(engine));
        }

        /** Gives up after a moment of real time. */
        static LoopTester.Options impatient(LoopOptions.Engine engine) {
            return on(engine).withRealTimeout(Duration.ofMillis(200));
        }
    }
}
