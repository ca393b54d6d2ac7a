package dev.espalier.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** One thing measured: on our engines, on the peers, and what must be reached. Grows while a suite is set up. */
record Row(String name, String unit, List<Entry> engines, List<Entry> peers, List<Bar> bars) {

    /** Who is measured, and how to get one figure from one fresh process. */
    record Entry(String label, Fork fork) {
    }

    /** Starts a process, waits for its end and returns its figure. */
    @FunctionalInterface
    interface Fork {
        double measure() throws Exception;
    }

    /** A bound of an engine's own figure (the peer's name is empty), or of its ratio to a peer. */
    record Bar(Engine engine, String peer, boolean atMost, double bound) {

        boolean isReachedBy(double figure) {
            return atMost ? figure <= bound : figure >= bound;
        }
    }

    Row(String name, String unit) {
        this(name, unit, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    /** Measures each engine by the fork the function makes for it. */
    Row ours(Function<Engine, Fork> forks) {
        for (Engine engine : Engine.values()) {
            engines.add(new Entry(engine.label(), forks.apply(engine)));
        }
        return this;
    }

    Row peer(String label, Fork fork) {
        peers.add(new Entry(label, fork));
        return this;
    }

    Row atMost(Engine engine, String peer, double bound) {
        bars.add(new Bar(engine, peer, true, bound));
        return this;
    }

    Row atLeast(Engine engine, String peer, double bound) {
        bars.add(new Bar(engine, peer, false, bound));
        return this;
    }

    Stream<Entry> entries() {
        return Stream.concat(engines.stream(), peers.stream());
    }
}
