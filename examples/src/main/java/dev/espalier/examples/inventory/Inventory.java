package dev.espalier.examples.inventory;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command line of the main job. */
@Command(name = "inventory", sortOptions = false, usageHelpAutoWidth = true,
        description = {
            "Reads all files below a directory and reports totals by extension, duplicate files, the most frequent "
                    + "words and what each worker did. The report goes to standard output, progress to standard error.",
            "", "Symbolic links are not followed. Files that cannot be read are listed and do not stop it.", ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the report is complete", "1:an internal error", "2:no such directory, or a wrong option",
            "124:--timeout ran out; the report is partial", "130:Ctrl-C; the report is partial"
        })
public final class Inventory implements Callable<Integer> {

    // Written by picocli before call(), read by call() on the same thread; so are the options.
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "DIRECTORY",
            description = "The directory; default: the home of the running JDK.")
    private Path directory = Path.of(System.getProperty("java.home"));

    @Option(names = "--workers", paramLabel = "N",
            description = "Number of child JVMs; default: one for each processor (${DEFAULT-VALUE}).")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Option(names = "--top", paramLabel = "N", description = "Entries of each ranking; default: ${DEFAULT-VALUE}.")
    private int top = 10;

    @Option(names = "--max-memory", paramLabel = "SIZE", converter = Size.class, defaultValue = "64m",
            description = "File contents held at a time, for example 512m or 1g; default: ${DEFAULT-VALUE}, "
                    + "at least 1m.")
    private long maxMemory;

    @Option(names = "--timeout", paramLabel = "TIME", converter = Time.class,
            description = "Stop after this time, for example 30s or 5m, and report what was counted until then.")
    private @Nullable Duration timeout;

    @Option(names = "--json", description = "Print one JSON document instead of text.")
    private boolean json;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Print this help.")
    private boolean help;

    private Inventory() {
    }

    /**
     * Runs the inventory and ends the JVM with its exit code.
     *
     * @param args the command line; {@code --help} explains it
     */
    public static void main(String... args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Inventory())
                .setParameterExceptionHandler((wrong, _) -> {
                    PrintWriter err = wrong.getCommandLine().getErr();
                    err.println("inventory: " + wrong.getMessage());
                    return CommandLine.ExitCode.USAGE;
                });
    }

    /**
     * Runs it.
     *
     * @return the exit code
     */
    @Override
    public Integer call() {
        Settings settings = settings();
        Report report = Census.take(settings);
        PrintWriter out = command().getOut();
        if (json) {
            out.println(JsonReport.of(report));
        } else {
            TextReport.of(report).forEach(out::println);
        }
        out.flush();
        return report.outcome().exitCode();
    }

    private Settings settings() {
        check(workers >= 1 && workers <= Settings.MOST_WORKERS, "--workers",
                "from 1 to " + Settings.MOST_WORKERS, Integer.toString(workers));
        check(top >= 0, "--top", "0 or more", Integer.toString(top));
        check(maxMemory >= Settings.LEAST_MEMORY && maxMemory <= Settings.MOST_MEMORY, "--max-memory",
                "from 1m to 1024g", Long.toString(maxMemory));
        check(timeout == null || timeout.isPositive(), "--timeout", "longer than 0", String.valueOf(timeout));
        if (!Files.isDirectory(directory)) {
            throw new ParameterException(command(), Files.exists(directory)
                    ? directory + " is not a directory." : "there is no directory " + directory + ".");
        }
        return new Settings(directory.toAbsolutePath().normalize(), workers, top, maxMemory,
                Optional.ofNullable(timeout));
    }

    private void check(boolean valid, String option, String rule, String seen) {
        if (!valid) {
            throw new ParameterException(command(), option + " must be " + rule + ", not " + seen + ".");
        }
    }

    private CommandLine command() {
        CommandSpec set = spec;
        if (set == null) {
            throw new IllegalStateException("picocli sets the command before it calls it");
        }
        return set.commandLine();
    }

    private static final class Size implements CommandLine.ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            try {
                return Units.parseSize(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    private static final class Time implements CommandLine.ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            try {
                return Units.parseDuration(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
