package dev.espalier.examples.inventory;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Shows files, bytes, rate and time left: a bar that redraws itself where there is a terminal, a plain line every few
 * seconds where there is none. The bar draws on a thread of its own and reads what coroutines write under its own
 * lock.
 */
final class Progress implements AutoCloseable {

    private static final int REDRAW_MILLIS = 200;
    private static final int PLAIN_LINE_MILLIS = 5000;
    // The library would ask JLine for the width of the terminal; JLine's native part makes JDK 25 warn.
    private static final int WIDTH = 100;

    private final ProgressBar bar;
    // Written and read by coroutines of one loop.
    private long files;
    private long filesFound;
    private long bytesFound;
    private boolean surveyed;

    private Progress(ProgressBarBuilder builder) {
        bar = builder.setTaskName("inventory").setInitialMax(-1).continuousUpdate().build();
    }

    /** Starts to show progress on {@code out}. */
    static Progress on(PrintStream out, boolean terminal) {
        return new Progress(terminal ? redrawn(out) : plain(out));
    }

    /** Tells whether standard error is a terminal, as far as Java can know. */
    static boolean standardErrorIsTerminal() {
        try {
            // Linux says what the descriptor is; elsewhere only standard input and output can be asked about.
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException _) {
            return System.console() != null && System.console().isTerminal();
        }
    }

    private static ProgressBarBuilder redrawn(PrintStream out) {
        return new ProgressBarBuilder()
                .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setUnit(" MiB", 1 << 20)
                .showSpeed();
    }

    private static ProgressBarBuilder plain(PrintStream out) {
        return new ProgressBarBuilder()
                .setConsumer(new DelegatingProgressBarConsumer(line -> printUnlessEmpty(out, line), Integer.MAX_VALUE))
                .setUpdateIntervalMillis(PLAIN_LINE_MILLIS)
                .setRenderer(new PlainProgress());
    }

    private static void printUnlessEmpty(PrintStream out, String line) {
        if (!line.isEmpty()) {
            out.println(line);
        }
    }

    /** Takes note of a file that will have to be read. */
    void found(long bytes) {
        filesFound++;
        bytesFound += bytes;
    }

    /** Says that {@link #found} has told of all files: from now on the time left is known. */
    void surveyed() {
        surveyed = true;
        bar.maxHint(bytesFound);
    }

    /** Takes note of a file that has been dealt with. */
    void done(long bytes) {
        files++;
        String total = surveyed ? String.format(Locale.ROOT, " of %,d", filesFound) : "";
        bar.setExtraMessage(String.format(Locale.ROOT, " %,d%s files", files, total));
        bar.stepBy(bytes);
    }

    /** Shows the last state and stops. */
    @Override
    public void close() {
        bar.close();
    }
}
