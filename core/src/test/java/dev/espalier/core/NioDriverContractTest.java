package dev.espalier.core;

/** The driver of production, in real time. */
class NioDriverContractTest extends LoopContract {
    @Override
    LoopOptions options(LoopFixture loops) {
        return loops.realTime();
    }
}
