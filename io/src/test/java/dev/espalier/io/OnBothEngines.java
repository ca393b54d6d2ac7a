package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.core.Async;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBody;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.core.spi.ErrorReport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs the tests of a class on each engine, and fails those that leave an unexpected error report. */
@ParameterizedClass
@EnumSource(
        value = LoopOptions.Engine.class,
        names = {"CARRIER", "HANDOFF"})
abstract class OnBothEngines {
    /** Any free port of this machine, reached by nobody else. */
    static final InetSocketAddress LOOPBACK = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    /** The same over the other family. */
    static final InetSocketAddress LOOPBACK6 = new InetSocketAddress("::1", 0);

    private static final Duration HANG = Duration.ofSeconds(30);

    @Parameter
    LoopOptions.Engine engine;

    /** What reached the error sink and was not taken by the test. */
    final List<ErrorReport> reports = new CopyOnWriteArrayList<>();

    @AfterEach
    void noErrorWasReported() {
        assertThat(reports).isEmpty();
    }

    /** What the streams asked of the driver, in all runs of the test. */
    final RecordingDriver.Record driver = new RecordingDriver.Record();

    /** A main task on a fresh loop; a hang fails. */
    final <X extends Throwable> void run(VoidBody<? extends X> body) throws X {
        LoopOptions options = LoopOptions.defaults()
                .withEngine(engine)
                .withErrorSink(reports::add)
                .withDriver(() -> new RecordingDriver(driver));
        try (EventLoop loop = EventLoop.create(options)) {
            loop.<X>run(() -> Async.<X>timeout(HANG, body));
        }
    }

    /** As {@link #run(VoidBody)}, in a group. */
    final void inGroup(VoidBodyWith<? super TaskGroup, IOException> body) throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(body));
    }

    /** A client against a handler; the server is closed when the client has ended. */
    final void run(VoidBodyWith<? super SocketStream, ?> handler, VoidBodyWith<? super SocketStream, IOException> client)
            throws IOException {
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            try (Server server = Net.serve(group, LOOPBACK, handler);
                    SocketStream stream = Net.connect(server.address())) {
                client.run(stream);
            }
        }));
    }

    static void echo(SocketStream stream) throws IOException {
        for (byte[] bytes = stream.read(8192); bytes.length > 0; bytes = stream.read(8192)) {
            stream.write(bytes);
        }
    }

    /** As {@link #echo}, for clients that reset their connection. */
    static void echoUntilReset(SocketStream stream) throws IOException {
        try {
            echo(stream);
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }
}
