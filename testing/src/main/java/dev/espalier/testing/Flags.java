package dev.espalier.testing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The flags of a run. Written by the holder of the turn, read by the driving thread when the run is over. */
final class Flags {
    private final List<Flag> all = new ArrayList<>(0);

    Flag ask(String name, int times) {
        StackTraceElement[] here = new Throwable().getStackTrace();
        List<StackTraceElement> outside = Report.outside(List.of(here));
        var flag = new Flag(name, times, outside.isEmpty() ? here[0] : outside.get(0));
        all.add(flag);
        return flag;
    }

    /** The failure of a run that ended well and has left out some; null if it has left out none. */
    @Nullable Throwable missing() {
        if (all.isEmpty()) {
            return null;
        }
        List<String> missing = all.stream().filter(Flag::isMissing).map(Flag::missing).toList();
        return missing.isEmpty()
                ? null
                : new AssertionError("the test body has ended, and these flags were not reached:\n  "
                        + String.join("\n  ", missing));
    }
}
