package dev.espalier.testing;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.MediaType;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

/** Explores test methods; {@link FreshRuns} makes the runs. Without state. */
final class ExploreExtension extends RunsExtension {
    ExploreExtension() {}

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        refuseRealTime(test);
        invocation.skip(); // all runs are ours: JUnit's arguments were resolved before there was a loop
        Exploration.Options options = optionsOf(test);
        Path tape = tapeOf(options);
        Settings settings = Settings.of(test::getConfigurationParameter);
        Optional<Path> asked = settings.replay();
        FreshRuns runs = FreshRuns.of(method, test, settings.forks());
        try {
            if (asked.isPresent()) {
                report(test, options, new Explorer(options.withReplay(Tape.read(asked.get())), runs).explore());
                return;
            }
            if (Files.exists(tape)) {
                again(test, options, tape, runs);
            }
            report(test, options, new Explorer(options, runs).explore());
        } catch (Throwable failure) {
            try {
                publish(test, failure);
            } catch (RuntimeException e) {
                failure.addSuppressed(e); // where JUnit has no place for files, the failure is still the news
            }
            throw failure;
        }
    }

    /** The failure of the last time is tried first; if it does not show any more its tape has done its work. */
    private static void again(ExtensionContext test, Exploration.Options options, Path file, FreshRuns runs) throws Throwable {
        Tape tape;
        try {
            tape = Tape.read(file);
        } catch (IllegalArgumentException e) {
            Files.delete(file); // of another version, or half written
            return;
        }
        try {
            new Explorer(options.withReplay(tape), runs).explore();
        } catch (TapeMismatch e) {
            test.publishReportEntry("tape", e.getMessage());
        }
        Files.delete(file);
    }

    private static void publish(ExtensionContext test, Throwable failure) {
        ReplayInfo.of(failure).ifPresent(info -> {
            test.publishReportEntry("exploration", info.tape().sentence());
            test.publishFile(
                    test.getDisplayName().replaceAll("[^A-Za-z0-9._-]+", "_") + ".looptape",
                    MediaType.TEXT_PLAIN_UTF_8,
                    path -> info.tape().write(path));
        });
    }

    private static void report(ExtensionContext test, Exploration.Options options, Exploration covered) {
        CoveredTime.around(test).add(covered.covered());
        test.publishReportEntry(Map.of("seed", Long.toString(options.seed()), "exploration", covered.toString()));
    }

    private static Path tapeOf(Exploration.Options options) throws IOException {
        return Telling.fileOf(options).orElseThrow(() -> new IOException("no folder for tapes"));
    }

    private static Exploration.Options optionsOf(ExtensionContext test) {
        Method method = test.getRequiredTestMethod();
        Explore wish = AnnotationSupport.findAnnotation(method, Explore.class).orElseThrow();
        Settings settings = Settings.of(test::getConfigurationParameter);
        return Exploration.Options.defaults()
                .withRun(runOf(test, wish.engine(), wish.realTimeoutMillis()))
                .withRuns(settings.runs(wish.runs()))
                .withBudget(settings.budget(Duration.ofMillis(wish.budgetMillis())))
                .withSeed(settings.seed(wish.seed()))
                .withStrategy(wish.strategy() == Strategy.class
                        ? Strategy.portfolio()
                        : ReflectionSupport.newInstance(wish.strategy()))
                .withName(Wishes.nameOf(test))
                .withTapes(settings.tapes())
                .withEveryFailure(wish.everyFailure())
                .withAllOutput(settings.allOutput());
    }
}
