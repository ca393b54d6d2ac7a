package dev.espalier.benchmarks;

import java.util.List;

/**
 * What a JVM is started with to get one engine. The hand-off engine is measured as its users have it, with the door to
 * {@code java.lang} closed: with the door open they would be on the carrier engine.
 */
enum Engine {
    CARRIER("carrier", "-Despalier.engine=carrier", "--add-opens=java.base/java.lang=ALL-UNNAMED"),
    HANDOFF_ONE("handoff-1", "-Despalier.engine=handoff", Engine.ONE, Engine.AT_MOST_ONE),
    HANDOFF("handoff", "-Despalier.engine=handoff");

    /** One carrier thread for the JDK's scheduler of virtual threads. */
    static final List<String> PARALLELISM_ONE = List.of(Engine.ONE, Engine.AT_MOST_ONE);
    private static final String ONE = "-Djdk.virtualThreadScheduler.parallelism=1";
    private static final String AT_MOST_ONE = "-Djdk.virtualThreadScheduler.maxPoolSize=1";

    private final String label;
    private final List<String> jvmArguments;

    Engine(String label, String... jvmArguments) {
        this.label = label;
        this.jvmArguments = List.of(jvmArguments);
    }

    String label() {
        return label;
    }

    List<String> jvmArguments() {
        return jvmArguments;
    }
}
