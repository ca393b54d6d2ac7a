/**
 * A pool over child JVMs.
 */
@org.jspecify.annotations.NullMarked
module dev.espalier.process {
    requires static transitive org.jspecify;
    requires transitive dev.espalier.core;
    requires jdk.jfr;
    requires jdk.net;
    requires jdk.unsupported;

    uses dev.espalier.process.ValueCodec;

    exports dev.espalier.process;
}
