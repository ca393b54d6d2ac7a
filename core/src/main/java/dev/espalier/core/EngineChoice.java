package dev.espalier.core;

/** The probe that chooses an engine: what the options say, else the system property, else the carrier where it can run. */
final class EngineChoice {
    private EngineChoice() {}

    static Engine of(LoopOptions.Engine wish) {
        LoopOptions.Engine kind = wish == LoopOptions.Engine.AUTO ? ofProperty() : wish;
        JdkDoor door = JdkDoor.OPEN;
        if (kind == LoopOptions.Engine.HANDOFF || (kind == LoopOptions.Engine.AUTO && door == null)) {
            return new HandoffEngine();
        }
        if (door == null) {
            throw new IllegalStateException("the carrier engine needs the JVM option --add-opens java.base/java.lang="
                    + (EngineChoice.class.getModule().isNamed() ? "dev.espalier.core" : "ALL-UNNAMED")
                    + "; without it use the hand-off engine");
        }
        return new CarrierEngine(door);
    }

    private static LoopOptions.Engine ofProperty() {
        String property = System.getProperty("espalier.engine", "");
        return switch (property) {
            case "" -> LoopOptions.Engine.AUTO;
            case "carrier" -> LoopOptions.Engine.CARRIER;
            case "handoff" -> LoopOptions.Engine.HANDOFF;
            default -> throw new IllegalArgumentException(
                    "espalier.engine must be carrier or handoff, not '" + property + "'");
        };
    }
}
