module consumer {
    requires dev.espalier.core;
    requires dev.espalier.io;
    requires dev.espalier.process;
    requires dev.espalier.testing;
}
