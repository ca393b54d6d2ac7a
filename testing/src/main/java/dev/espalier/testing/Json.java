package dev.espalier.testing;

import dev.espalier.core.spi.TaskRef;
import dev.espalier.core.spi.TaskSnapshot;
import java.util.List;
import java.util.stream.Collectors;

/** The texts that machines read. */
final class Json {
    private Json() {}

    /** A string, with its quotation marks. */
    static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
            } else if (c < ' ') {
                quoted.append(String.format("\\u%04x", c));
            } else {
                quoted.append((char) c);
            }
        });
        return quoted.append('"').toString();
    }

    /** The time, and what each task does. */
    static String dump(VirtualClock clock, int outside, List<TaskSnapshot> tasks) {
        return "{\"now\":" + quoted(clock.now().toString()) + ",\"elapsedNanos\":" + clock.nanoTime() + ",\"outside\":" + outside
                + ",\"tasks\":[" + tasks.stream().map(Json::task).collect(Collectors.joining(",\n")) + "]}";
    }

    private static String task(TaskSnapshot task) {
        return "{\"id\":" + task.id() + ",\"name\":" + quoted(task.name()) + ",\"parent\":" + task.parentId() + ",\"waitsFor\":"
                + quoted(task.waitingFor()) + ",\"blockers\":"
                + task.blockers().stream().map(TaskRef::id).map(String::valueOf).collect(Collectors.joining(",", "[", "]"))
                + ",\"startedAt\":" + frames(Report.outside(task.startedAt())) + ",\"stack\":" + frames(List.of(Report.stack(task))) + "}";
    }

    private static String frames(List<StackTraceElement> frames) {
        return frames.stream().map(frame -> quoted(frame.toString())).collect(Collectors.joining(",", "[", "]"));
    }
}
