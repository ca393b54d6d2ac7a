package dev.espalier.testing;

import dev.espalier.core.Task;
import dev.espalier.core.spi.Instrument;
import dev.espalier.core.spi.ReadyOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The order of the steps of one run: asks a decider where several are ready, and records what was not usual.
 *
 * <p>A task at an await that need not wait goes on as a rule. If the decider wants another step there, the task gives way, and
 * that step is {@code planned}: the scheduler asks for it at once.
 *
 * <p>Written and read by the holder of the turn; read by the driving thread when the run is over.
 */
final class Schedule implements ReadyOrder, Instrument, Strategy.Choice {
    private static final int NOTHING = -1;

    private final Strategy.Decider decider;
    private final @Nullable Trace trace;

    private @Nullable Lane[] lanes = new @Nullable Lane[16]; // by number of task; 0: callbacks
    private Lane current = Lane.root("callbacks");

    // The choice that is being made.
    private @Nullable View ready;
    private @Nullable Lane giving; // the task that is asked to give way: the last of the choice; null: none
    private int usual;
    private int planned = NOTHING;

    private boolean resting; // the test is over: no further choice is asked or recorded; by the driving thread

    // The record.
    private int steps;
    private int choices;
    private long fingerprint;
    private final DeviationLog deviations = new DeviationLog();
    private final Map<Strategy.Step, String> points = new HashMap<>(0); // race points from which deviating steps begin

    Schedule(Strategy.Decider decider, @Nullable Trace trace) {
        this.decider = decider;
        this.trace = trace;
        lanes[0] = current;
    }

    /** Whether people will look at the run: then it is worth its price to remember where things were started. */
    boolean isShown() {
        return trace != null;
    }

    // ---- the order

    @Override
    public boolean explores() {
        return true;
    }

    @Override
    public int choose(View items) {
        int index = planned;
        planned = NOTHING;
        if (index == NOTHING) {
            index = items.size() == 1 ? 0 : decide(items, null, 0);
        }
        begin(laneOf(items.taskId(index)));
        return index;
    }

    @Override
    public boolean giveWay(long taskId, View others) {
        Lane me = laneOf(taskId);
        int index = decide(others, me, others.size());
        if (index == others.size()) {
            if (trace != null) {
                trace.goesOn(me);
            }
            begin(me);
            return false;
        }
        planned = index;
        return true;
    }

    @Override
    public void handedOver(long taskId) {
        current = laneOf(taskId);
    }

    /** From here on the order is the usual one: the run is only cleaned up. */
    void rest() {
        resting = true;
    }

    private int decide(View items, @Nullable Lane alsoReady, int usually) {
        if (resting) {
            return usually;
        }
        ready = items;
        giving = alsoReady;
        usual = usually;
        choices++;
        int index = decider.choose(this);
        if (index < 0 || index >= size()) {
            throw new IllegalStateException("the strategy chose step " + index + " of " + size());
        }
        if (index != usually) {
            if (trace != null) {
                trace.deviated(lane(usually));
            }
            deviations.add(steps, task(usually), step(usually), task(index), step(index));
            notePoint(usually);
            notePoint(index);
        }
        return index;
    }

    private void notePoint(int index) {
        String point = lane(index).point;
        if (point != null) {
            points.put(new Strategy.Step(task(index), step(index)), point);
        }
    }

    /** The running task has come to a race point; null: it has left it. */
    void arrive(@Nullable String label) {
        current.point = label;
    }

    private void begin(Lane lane) {
        current = lane;
        lane.steps++;
        steps++;
        fingerprint = Lane.mix(fingerprint + lane.key);
        if (trace != null) {
            trace.began(lane);
        }
    }

    // ---- the choice

    @Override
    public int size() {
        return view().size() + (giving == null ? 0 : 1);
    }

    @Override
    public int usual() {
        return usual;
    }

    @Override
    public long task(int index) {
        return lane(index).key;
    }

    @Override
    public int step(int index) {
        Lane lane = lane(index);
        int before = 0;
        if (lane == lanes[0]) { // of several callbacks each is a step of its own
            for (int i = 0; i < index; i++) {
                before += view().taskId(i) == 0 ? 1 : 0;
            }
        }
        return lane.steps + 1 + before;
    }

    @Override
    public int position() {
        return steps;
    }

    Lane lane(int index) {
        Lane last = giving;
        return last != null && index == view().size() ? last : laneOf(view().taskId(index));
    }

    private View view() {
        View items = ready;
        if (items == null) {
            throw new AssertionError("asked outside a choice");
        }
        return items;
    }

    // ---- who is who

    @Override
    public void taskStarted(Task<?> task) {
        int id = Math.toIntExact(task.id());
        String given = task.name().equals("task-" + id) ? null : task.name();
        Lane before = id < lanes.length ? lanes[id] : null;
        Lane lane = put(id, current.child(given));
        if (before == current) { // its first step was chosen before it was told
            current = lane;
        }
    }

    /** Who begins is known from the order. */
    @Override
    public boolean watchesSteps() {
        return trace != null;
    }

    @Override
    public void afterStep(Task<?> task) {
        if (trace != null) {
            trace.waits(laneOf(task.id()), task);
        }
    }

    @Override
    public void taskEnded(Task<?> task) {
        if (trace != null) {
            trace.ended(laneOf(task.id()), task);
        }
    }

    private Lane laneOf(long taskId) {
        int id = Math.toIntExact(taskId);
        Lane lane = id < lanes.length ? lanes[id] : null;
        return lane == null ? put(id, current.child(null)) : lane;
    }

    private Lane put(int id, Lane lane) {
        if (id >= lanes.length) {
            lanes = Arrays.copyOf(lanes, Math.max(id + 1, lanes.length * 2));
        }
        lanes[id] = lane;
        return lane;
    }

    /** Whose step is being run. */
    Lane current() {
        return current;
    }

    // ---- afterwards

    int steps() {
        return steps;
    }

    long fingerprint() {
        return fingerprint;
    }

    List<Strategy.Deviation> deviations() {
        return deviations;
    }

    /** The labels of the race points from which steps of deviations begin. */
    Map<Strategy.Step, String> points() {
        return points;
    }

    Strategy.Profile profile() {
        var byTask = new HashMap<Long, Integer>();
        for (Lane lane : lanes) {
            if (lane != null) {
                byTask.put(lane.key, lane.steps);
            }
        }
        return new Strategy.Profile(steps, choices, byTask);
    }

    /** The names of the tasks, by their keys. */
    Map<Long, String> names() {
        var names = new HashMap<Long, String>();
        List<Lane> all = Arrays.stream(lanes).filter(Objects::nonNull).map(Lane.class::cast).toList();
        Lane.names(all).forEach((lane, name) -> names.put(lane.key, name));
        return names;
    }
}
