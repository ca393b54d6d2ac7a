package dev.espalier.process;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What a child closes before it ends in order.
 */
final class Closing {
    /** Closes something. */
    interface Action {
        void run() throws Exception;
    }

    private static final ArrayDeque<Action> ACTIONS = new ArrayDeque<>(); // under the class's monitor

    private Closing() {
    }

    static synchronized void add(Action action) {
        ACTIONS.push(action);
    }

    private static synchronized @Nullable Action next() {
        return ACTIONS.poll();
    }

    /** Closes all, the newest first. The parent does not wait for ever: it kills a child that takes too long. */
    static void run() {
        for (Action action = next(); action != null; action = next()) {
            try {
                action.run();
            } catch (Throwable failure) {
                // There is no task any more whose failure it could be.
                System.err.println("a resource of this worker could not be closed:");
                failure.printStackTrace();
            }
        }
    }
}
