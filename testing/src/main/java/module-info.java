/**
 * The test kit: bodies on a hand-driven loop with a virtual clock, and an extension for JUnit, which is optional.
 */
@org.jspecify.annotations.NullMarked
@SuppressWarnings("requires-automatic") // Awaitility has no module of its own
module dev.espalier.testing {
    requires static transitive org.jspecify;
    requires transitive dev.espalier.core;
    // For the types about streams alone.
    requires static dev.espalier.io;
    // Not transitive: that would make JUnit mandatory for those who compile against the runner alone.
    requires static org.junit.jupiter.api;
    // For the bridges alone.
    requires static awaitility;
    requires static net.jqwik.api;
    // Read only to start a fresh JVM like this one.
    requires static java.management;

    exports dev.espalier.testing;

    // JUnit creates the extension, which is package-private.
    opens dev.espalier.testing to org.junit.platform.commons;
}
