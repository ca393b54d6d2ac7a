package dev.espalier.examples.inventory;

import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/** Progress as a line of text, for logs. Used by the thread of the bar alone. */
final class PlainProgress implements ProgressBarRenderer {

    // The library draws the last state twice, to overwrite the first; in a log both would stay.
    private boolean ended;

    /** Returns a line, or an empty one when there is nothing more to say. */
    @Override
    public String render(ProgressState state, int most) {
        if (ended) {
            return "";
        }
        ended = !state.isAlive();
        return line(state.getExtraMessage(), state.getCurrent(), state.isIndefinite() ? -1 : state.getMax(),
                state.getElapsedAfterStart());
    }

    /** Returns the line for a state; {@code total} is negative while it is not known. */
    static String line(String files, long bytes, long total, Duration elapsed) {
        double perSecond = bytes / Math.max(0.001, elapsed.toMillis() / 1000.0);
        String done = String.format(Locale.ROOT, "inventory: %s, %s%s, %s/s",
                files.isBlank() ? "0 files" : files.strip(), Units.size(bytes),
                total < 0 ? "" : " of " + Units.size(total), Units.size((long) perSecond));
        if (total <= bytes || perSecond == 0) {
            return done;
        }
        return done + ", " + Units.roughly(Duration.ofSeconds((long) Math.ceil((total - bytes) / perSecond))) + " left";
    }
}
