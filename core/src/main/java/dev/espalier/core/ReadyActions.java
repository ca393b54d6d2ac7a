package dev.espalier.core;

import java.util.ArrayList;
import java.util.List;

/** Those who asked for word that something may be received. By the holder of the turn. */
final class ReadyActions {
    private static final List<OneShot> NONE = List.of();

    private final EventLoop loop;
    private List<OneShot> actions = NONE;

    ReadyActions(EventLoop loop) {
        this.loop = loop;
    }

    /** Keeps an action for {@link #tell}, or runs it soon if there is something now. */
    CancelScope.Registration add(Runnable action, boolean now) {
        var registered = new OneShot(loop, action);
        if (now) {
            loop.soon(registered);
        } else {
            actions = actions == NONE ? new ArrayList<>() : actions;
            actions.add(registered);
        }
        return () -> {
            registered.takeBack();
            if (actions != NONE) {
                actions.remove(registered);
            }
        };
    }

    boolean isEmpty() {
        return actions.isEmpty();
    }

    /** There may be something now: each action runs soon, once. */
    void tell() {
        if (actions != NONE) {
            List<OneShot> due = actions;
            actions = NONE;
            due.forEach(loop::soon);
        }
    }
}
