package dev.espalier.testing;

import dev.espalier.core.Awaitable;
import dev.espalier.core.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The steps of one run, to be shown: a lane for each task, a row for each step.
 *
 * <p>Written by the holder of the turn; read when the run is over.
 */
final class Trace {
    private static final int MOST_ROWS = 120;
    private static final int MOST_LANES = 8;
    private static final int WIDTH = 14;

    private final List<Row> rows = new ArrayList<>();
    private final Map<Lane, Integer> columns = new LinkedHashMap<>();
    private Map<Lane, String> names = Map.of(); // made when all lanes are known
    private @Nullable VirtualClock clock;
    private @Nullable Lane insteadOf;

    private static final class Row {
        private final Lane lane;
        private final Duration at;
        private final @Nullable Lane insteadOf;
        private String end = "goes on"; // what the task does after the step; this at an await that needs no wait

        private Row(Lane lane, Duration at, @Nullable Lane insteadOf) {
            this.lane = lane;
            this.at = at;
            this.insteadOf = insteadOf;
        }
    }

    /** The run has this clock. */
    void begins(VirtualClock started) {
        clock = started;
    }

    /** The step that begins next was chosen before the usual one. */
    void deviated(Lane usual) {
        insteadOf = usual;
    }

    /** A step begins. */
    void began(Lane lane) {
        columns.putIfAbsent(lane, columns.size());
        rows.add(new Row(lane, clock == null ? Duration.ZERO : clock.elapsed(), insteadOf));
        insteadOf = null;
    }

    /** The step is over: its task waits for something, or has ended. */
    void waits(Lane lane, Task<?> task) {
        String text = task.toString();
        String lead = "Task[" + task.name() + ", ";
        String waits = text.startsWith(lead) ? text.substring(lead.length(), text.length() - 1) : text;
        end(lane, waits.equals("waits for nothing: it runs") ? "gives way" + place(lane) : waits);
    }

    /** The task goes on at an await that need not wait. */
    void goesOn(Lane lane) {
        if (lane.point != null) {
            end(lane, "goes on" + place(lane));
        }
    }

    private static String place(Lane lane) {
        return lane.point == null ? "" : " at '" + lane.point + "'";
    }

    /** The task has ended. */
    void ended(Lane lane, Task<?> task) {
        end(lane, switch (task.state()) {
            case Awaitable.Failed<?> failed -> "fails: " + failed.failure();
            case Awaitable.Cancelled<?> _ -> "ends cancelled";
            default -> "ends";
        });
    }

    private void end(Lane lane, String what) {
        for (int i = rows.size() - 1; i >= 0; i--) {
            if (rows.get(i).lane == lane) {
                rows.get(i).end = what.replaceAll("\\s*\\R\\s*", " ");
                return;
            }
        }
    }

    // ---- words

    /** One row a step, one column a task; the last rows if there are many. */
    String table() {
        names = Lane.names(columns.keySet());
        var text = new StringBuilder();
        int from = Math.max(0, rows.size() - MOST_ROWS);
        text.append(from == 0 ? "" : "(the first " + from + " steps are left out)\n");
        text.append(cell("step", 6)).append(cell("time", 10));
        columns.forEach((lane, column) -> {
            if (column < MOST_LANES) {
                text.append(cell(name(lane), WIDTH));
            }
        });
        text.append('\n');
        for (int i = from; i < rows.size(); i++) {
            add(text, i, rows.get(i));
        }
        return text.toString();
    }

    private void add(StringBuilder text, int index, Row row) {
        text.append(cell(Integer.toString(index + 1), 6)).append(cell(row.at.toMillis() + " ms", 10));
        int mine = columns.getOrDefault(row.lane, 0);
        for (int column = 0; column < Math.min(columns.size(), MOST_LANES); column++) {
            text.append(cell(column == mine ? (row.insteadOf == null ? "*" : "!") : ".", WIDTH));
        }
        text.append(mine < MOST_LANES ? "" : name(row.lane) + ": ").append(row.end);
        if (row.insteadOf != null) {
            text.append(" (before ").append(name(row.insteadOf)).append(')');
        }
        text.append('\n');
    }

    private String name(Lane lane) {
        return names.getOrDefault(lane, lane.name);
    }

    private static String cell(String text, int width) {
        String cut = text.length() < width ? text : text.substring(0, width - 2) + "~";
        return cut + " ".repeat(width - cut.length());
    }

    /** In the JSON that trace viewers of browsers read: a step lasts a microsecond there. */
    void write(Path file) throws IOException {
        names = Lane.names(columns.keySet());
        var text = new StringBuilder("{\"traceEvents\":[");
        columns.forEach((lane, column) -> text.append("{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":1,\"tid\":")
                .append(column).append(",\"args\":{\"name\":").append(Json.quoted(name(lane))).append("}},\n"));
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            text.append("{\"name\":").append(Json.quoted("step " + (i + 1))).append(",\"ph\":\"X\",\"pid\":1,\"tid\":");
            text.append(columns.get(row.lane)).append(",\"ts\":").append(i).append(",\"dur\":1,\"args\":{\"then\":");
            text.append(Json.quoted(row.end)).append(",\"virtual\":").append(Json.quoted(row.at.toString()));
            if (row.insteadOf != null) {
                text.append(",\"before\":").append(Json.quoted(name(row.insteadOf)));
            }
            text.append("}}").append(i == rows.size() - 1 ? "\n" : ",\n");
        }
        Files.writeString(file, text.append("]}\n"));
    }
}
