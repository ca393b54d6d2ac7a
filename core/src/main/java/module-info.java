/**
 * The event loop, tasks, scopes, cancellation, synchronisation and channels.
 */
@org.jspecify.annotations.NullMarked
module dev.espalier.core {
    requires static transitive org.jspecify;
    requires com.github.benmanes.caffeine;
    requires org.jctools.core.jdk11;
    requires jdk.unsupported;

    exports dev.espalier.core;
    exports dev.espalier.core.spi;
}
