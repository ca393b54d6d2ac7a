package dev.espalier.core;

import dev.espalier.core.spi.IoDriver;

/** A driver that uses what it is allowed: every second poll returns at once, for no reason. A loop must bear it. */
class EarlyDriverContractTest extends LoopContract {
    @Override
    LoopOptions options(LoopFixture loops) {
        return loops.realTime().withDriver(EarlyDriver::new);
    }

    private static final class EarlyDriver extends WrappedDriver {
        private int polls; // by the holder of the turn

        private EarlyDriver() {
            this(new NioDriver());
        }

        private EarlyDriver(IoDriver inner) {
            super(inner);
        }

        @Override
        public void poll(long timeoutNanos) {
            super.poll(polls++ % 2 == 0 ? 0 : timeoutNanos);
        }
    }
}
