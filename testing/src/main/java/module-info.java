/**
 * Module testing.
 */
@org.jspecify.annotations.NullMarked
module dev.espalier.testing {
    requires static transitive org.jspecify;
    requires transitive dev.espalier.core;

    exports dev.espalier.testing;
}
