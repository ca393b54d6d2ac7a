package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Waits.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;

/** Real pipes: the claims are about channels of the operating system. */
class ReadinessTest {

    private static Pipe pipe() throws Exception {
        Pipe pipe = Pipe.open();
        pipe.source().configureBlocking(false);
        pipe.sink().configureBlocking(false);
        return pipe;
    }

    @BothEngines
    void aReaderWaitsUntilThereIsSomethingToRead(LoopFixture loops) throws Exception {
        Pipe pipe = pipe();
        try (var source = pipe.source(); var sink = pipe.sink()) {
            loops.runInRealTime(() -> {
                try (var readable = ChannelReadiness.of(source)) {
                    TaskGroup.run(group -> {
                        Task<Integer> reader = group.start(() -> {
                            var buffer = ByteBuffer.allocate(8);
                            while (source.read(buffer) == 0) {
                                readable.awaitReadable();
                            }
                            return buffer.position();
                        });
                        settle();
                        sink.write(ByteBuffer.wrap(new byte[3]));
                        assertThat(reader.await()).isEqualTo(3);
                    });
                }
            });
        }
    }

    @BothEngines
    void aSecondWaiterForOneDirectionIsBusy(LoopFixture loops) throws Exception {
        Pipe pipe = pipe();
        try (var source = pipe.source(); var sink = pipe.sink()) {
            loops.runInRealTime(() -> TaskGroup.run(group -> {
                assertThat(sink.isOpen()).isTrue();
                var readable = ChannelReadiness.of(source);
                group.start("first", () -> assertThatThrownBy(readable::awaitReadable)
                        .isInstanceOf(ClosedChannelException.class));
                settle();
                assertThatThrownBy(readable::awaitReadable).isInstanceOf(BusyException.class)
                        .hasMessageContaining("first").hasMessageContaining("main");
                readable.close();
                readable.close();
                assertThatThrownBy(readable::awaitReadable).isInstanceOf(ClosedChannelException.class);
            }));
        }
    }

    @BothEngines
    void aCancelledWaiterLeavesRoomForTheNext(LoopFixture loops) throws Exception {
        Pipe pipe = pipe();
        try (var source = pipe.source(); var sink = pipe.sink()) {
            loops.runInRealTime(() -> {
                try (var readable = ChannelReadiness.of(source)) {
                    assertThat(Async.moveOnAfter(Waits.millis(1), () -> readable.awaitReadable())).isFalse();
                    sink.write(ByteBuffer.wrap(new byte[1]));
                    readable.awaitReadable();
                }
            });
        }
    }

    @BothEngines
    void aChannelThatWasClosedFirstThrowsAsClosedAndStaysUsableForTheError(LoopFixture loops) throws Exception {
        Pipe pipe = pipe();
        try (var sink = pipe.sink()) {
            loops.runInRealTime(() -> {
                assertThat(sink.isOpen()).isTrue();
                try (var readable = ChannelReadiness.of(pipe.source())) {
                    pipe.source().close();
                    for (int i = 0; i < 2; i++) {
                        assertThatThrownBy(readable::awaitReadable).isInstanceOf(ClosedChannelException.class);
                    }
                }
                checkpoint();
            });
        }
    }

    @BothEngines
    void aBlockingChannelIsRefusedWithTheWayOut(LoopFixture loops) throws Exception {
        Pipe pipe = Pipe.open();
        try (var source = pipe.source(); var sink = pipe.sink()) {
            loops.runInRealTime(() -> {
                assertThat(sink.isOpen()).isTrue();
                assertThatThrownBy(() -> ChannelReadiness.of(source)).isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("configureBlocking(false)");
            });
        }
    }
}
