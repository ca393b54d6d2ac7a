package dev.espalier.core;

import java.util.Arrays;

/**
 * The loops that are not closed. A thread finds the loop whose turn it holds by looking at each: there are few, and neither a
 * thread-local nor a scoped value is as small, or as quick, on a thread that parks by the million.
 */
final class LiveLoops {
    private static volatile EventLoop[] loops = {}; // replaced under the lock of this class, read by any thread

    private LiveLoops() {}

    static synchronized void add(EventLoop loop) {
        EventLoop[] more = Arrays.copyOf(loops, loops.length + 1);
        more[more.length - 1] = loop;
        loops = more;
    }

    static synchronized void remove(EventLoop loop) {
        loops = Arrays.stream(loops).filter(other -> other != loop).toArray(EventLoop[]::new);
    }

    static EventLoop[] all() {
        return loops;
    }
}
