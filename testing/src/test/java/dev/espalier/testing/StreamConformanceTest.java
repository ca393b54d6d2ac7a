package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.Promise;
import dev.espalier.core.TaskGroup;
import dev.espalier.io.Bandwidth;
import dev.espalier.io.ByteStream;
import dev.espalier.io.LimitedStream;
import dev.espalier.io.Net;
import dev.espalier.io.Server;
import dev.espalier.io.SocketStream;
import dev.espalier.io.StreamLimits;
import dev.espalier.io.StreamTap;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class StreamConformanceTest { // D8

    // @start region="streams"
    @LoopTest
    void streamsInMemory(LoopTester tester) {
        StreamConformance.halfCloseable(() -> {
            MemoryStreams streams = MemoryStreams.chunked(tester, 7);
            return new ByteStream.Pair(streams.left(), streams.right());
        });
    }
    // @end

    @LoopTest
    void streamsInMemoryOfOtherKinds(LoopTester tester) {
        StreamConformance.halfCloseable(() -> pair(MemoryStreams.pair(100)));
        StreamConformance.halfCloseable(() -> pair(MemoryStreams.throttled(1 << 20)));
    }

    @LoopTest
    void streamsAroundOthers(LoopTester tester) {
        StreamLimits limits = StreamLimits.none().withIdle(Duration.ofMinutes(1)).withWriteRate(1, Duration.ofMinutes(1));
        Bandwidth bandwidth = Bandwidth.of(1_000_000, 1000);
        for (StreamLimits each : List.of(limits, limits.withReadBandwidth(bandwidth).withWriteBandwidth(bandwidth))) {
            StreamConformance.halfCloseable(() -> {
                ByteStream.Pair pair = ByteStream.pair(1000);
                return new ByteStream.Pair(LimitedStream.of(pair.left(), each), LimitedStream.of(pair.right(), each));
            });
        }
    }

    @LoopTest
    void streamsWithATap(LoopTester tester) {
        StreamConformance.halfCloseable(() -> {
            ByteStream.Pair pair = ByteStream.pair(1000);
            return new ByteStream.Pair(StreamTap.on(pair.left(), new StreamTap() {}), StreamTap.on(pair.right(), new StreamTap() {}));
        });
    }

    private static ByteStream.Pair pair(MemoryStreams streams) {
        return new ByteStream.Pair(streams.left(), streams.right());
    }

    /** In real time. */
    @Test
    void streamsOfSockets() throws IOException {
        Async.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            var accepted = new Promise<?>[1];
            try (Server server = Net.serve(group, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), stream -> {
                @SuppressWarnings("unchecked") // made below
                var waits = (Promise<SocketStream>) accepted[0];
                waits.succeed(stream);
                Async.sleepForever();
            })) {
                StreamConformance.halfCloseable(() -> {
                    Promise<SocketStream> next = Promise.create();
                    accepted[0] = next;
                    SocketStream left = Net.connect(server.address());
                    return new ByteStream.Pair(left, next.await());
                });
            }
        }));
    }

    /** A stream with one method changed. */
    private static ByteStream broken(ByteStream stream, String method, UnaryOperator<Object> result) {
        return (ByteStream) Proxy.newProxyInstance(
                ByteStream.class.getClassLoader(), new Class<?>[] {ByteStream.class}, (_, called, arguments) -> {
                    try {
                        Object value = called.invoke(stream, arguments);
                        return called.getName().equals(method) ? result.apply(value) : value;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private static void assertBreaks(String rule, String method, UnaryOperator<Object> result) {
        assertThatThrownBy(() -> LoopTester.run(tester -> StreamConformance.halfCloseable(() -> {
                    MemoryStreams streams = MemoryStreams.pair();
                    return new ByteStream.Pair(streams.left(), broken(streams.right(), method, result));
                })))
                .hasMessage("a stream breaks the rule: " + rule);
    }

    @Test
    void brokenStreamsAreFoundOut() {
        assertBreaks("bytes arrive whole and in order, both ways at once", "readExactly", value -> {
            ((byte[]) value)[7]++;
            return value;
        });
        assertBreaks("the end is told again and again", "atEnd", _ -> false);
        assertBreaks("a cancelled read has taken nothing", "readLine", value -> value == null ? null : ((String) value).substring(1));
    }
}
