package dev.espalier.core;

/** The driver and clock of virtual time, which has no channels. */
class VirtualDriverContractTest extends LoopContract {
    @Override
    LoopOptions options(LoopFixture loops) {
        loops.time.expectForeignThreads();
        return loops.options();
    }

    @Override
    boolean hasChannels() {
        return false;
    }
}
