/**
 * Module process.
 */
@org.jspecify.annotations.NullMarked
module dev.espalier.process {
    requires static transitive org.jspecify;
    requires transitive dev.espalier.core;

    exports dev.espalier.process;
}
