package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.Set;

/**
 * What a recipe builds for one run: the objects, the call, what wakes it and what must hold afterwards. Everything
 * but the call and the helpers runs in the task that drives the run, which may hold locks and permits of the
 * situation.
 */
final class Situation {
    private final TaskGroup helpers;
    private final Queue<VoidBody<?>> wakes = new ArrayDeque<>();
    private final List<Object> shared = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Body<?, ?> call;
    private VoidBodyWith<Recipe.Ending, ?> check = ending -> {};
    private int wakesRun;

    Situation(TaskGroup helpers) {
        this.helpers = helpers;
    }

    /** The call under test. */
    void call(Body<?, ?> body) {
        call = body;
    }

    /** The call under test. */
    void call(VoidBody<?> body) {
        call = () -> {
            body.run();
            return "returned";
        };
    }

    /**
     * Adds a wake-up. Each time the call waits and nothing else can go on, the next one is run; when there is none
     * left, time passes until the next timer.
     */
    void wake(VoidBody<?> body) {
        wakes.add(body);
    }

    /** What must hold when the call has ended: no effect, or the full one. */
    void check(VoidBodyWith<Recipe.Ending, ?> invariants) {
        check = invariants;
    }

    /** A task beside the call. It starts before the call, and is cancelled after the checks. */
    <T> Task<T> helper(Body<? extends T, ?> body) {
        return helpers.start("helper", body);
    }

    /** A task beside the call. It starts before the call, and is cancelled after the checks. */
    Task<Void> helper(VoidBody<?> body) {
        return helpers.start("helper", body);
    }

    /** An object of the package in whose wait queues nothing may be left of the call. */
    <T> T share(T object) {
        shared.add(object);
        return object;
    }

    /** A resource to close at the end. */
    <T extends AutoCloseable> T closing(T resource) {
        open.add(resource);
        return resource;
    }

    // ---- for the sweep

    Body<?, ?> call() {
        assertThat(call).as("the call under test, set by Situation.call").isNotNull();
        return call;
    }

    boolean hasWake() {
        return !wakes.isEmpty();
    }

    boolean hasRunWakes() {
        return wakesRun > 0;
    }

    void runWake() throws Throwable {
        wakesRun++;
        wakes.remove().run();
    }

    void check(boolean returned, boolean cutShort, Object value) throws Throwable {
        check.run(new Recipe.Ending(returned, cutShort, wakesRun, value));
    }

    void end() throws Exception {
        for (AutoCloseable resource : open.reversed()) {
            resource.close();
        }
    }

    /** Looks through the shared objects for wait queues that still hold a task. */
    void assertNoWaiterLeft(Task<?> swept) throws IllegalAccessException {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> toDo = new ArrayDeque<>(shared);
        while (!toDo.isEmpty()) {
            Object object = toDo.pop();
            if (!seen.add(object)) {
                continue;
            }
            if (object instanceof WaitQueue queue) {
                for (Waiter waiter = queue.peek(); waiter != null; waiter = waiter.nextWaiter) {
                    assertThat(waiter.waitingTask()).as("who waits in a queue of " + object).isNotSameAs(swept);
                }
            }
            toDo.addAll(partsOf(object));
        }
    }

    private static List<Object> partsOf(Object whole) throws IllegalAccessException {
        var parts = new ArrayList<Object>();
        for (Class<?> type = whole.getClass(); isOurs(type); type = type.getSuperclass()) {
            Field[] fields = type.getDeclaredFields();
            AccessibleObject.setAccessible(fields, true);
            for (Field field : fields) {
                Object part = Modifier.isStatic(field.getModifiers()) ? null : field.get(whole);
                if (part != null && isOurs(part.getClass()) && !isTheLoops(part)) {
                    parts.add(part);
                } else if (part instanceof Iterable<?> many && !(part instanceof java.nio.file.Path)) {
                    many.forEach(parts::add);
                }
            }
        }
        return parts;
    }

    private static boolean isOurs(Class<?> type) {
        return type != null && type.getPackage() == Situation.class.getPackage() && !type.isHidden();
    }

    private static boolean isTheLoops(Object part) {
        return part instanceof ScopeNode || part instanceof EventLoop || part instanceof Scheduler
                || part instanceof Coroutine
                || part instanceof Situation;
    }

    @Override
    public String toString() {
        return "Situation" + Arrays.asList(shared);
    }
}
