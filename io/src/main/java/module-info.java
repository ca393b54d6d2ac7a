/**
 * Module io.
 */
@org.jspecify.annotations.NullMarked
module dev.espalier.io {
    requires static transitive org.jspecify;
    requires transitive dev.espalier.core;

    exports dev.espalier.io;
}
