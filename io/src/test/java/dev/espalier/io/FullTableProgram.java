package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.EventLoop;
import dev.espalier.core.LoopOptions;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.spi.ErrorReport;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A server whose process has no file left when a client comes. Prints what it reported, how many ticks its loop took
 * meanwhile, and what the client read once there were files again. Argument: the engine.
 */
final class FullTableProgram {
    private static final Duration FULL = Duration.ofMillis(800);

    private final EventLoop loop;
    private final List<ErrorReport> reports;

    private FullTableProgram(EventLoop loop, List<ErrorReport> reports) {
        this.loop = loop;
        this.reports = reports;
    }

    public static void main(String[] args) throws IOException {
        List<ErrorReport> reports = new ArrayList<>();
        LoopOptions options =
                LoopOptions.defaults().withEngine(LoopOptions.Engine.valueOf(args[0])).withErrorSink(reports::add);
        try (EventLoop loop = EventLoop.create(options)) {
            loop.<IOException>run(() -> TaskGroup.<IOException>run(new FullTableProgram(loop, reports)::serve));
        }
    }

    private void serve(TaskGroup group) throws IOException {
        Server server = Net.serve(group, OnBothEngines.LOOPBACK, OnBothEngines::echo);
        loop.report(new ErrorReport("the classes are loaded while there are files", new IOException(), null));
        askOnce(server, SocketChannel.open());
        Net.connect(server.address()).close();
        connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)); // refused: loads what a failure needs
        Async.<IOException>offload(FullTableProgram::blockAVirtualThread);
        SocketChannel waiting = SocketChannel.open(); // its file is open already
        Async.sleep(Duration.ofMillis(1));
        long before = loop.statistics().ticks();
        List<FileInputStream> files = exhaust();
        Async.<Boolean, IOException>offload(() -> waiting.connect(server.address()));
        Async.sleep(FULL);
        String refused = connect(server.address());
        long ticks = loop.statistics().ticks() - before;
        for (FileInputStream file : files) {
            file.close();
        }
        String answer = askOnce(server, waiting);
        Net.connect(server.address()).close();
        reports.forEach(report -> System.out.println(report.message() + ": " + report.exception().getMessage()));
        System.out.println(ticks);
        System.out.println(answer);
        System.out.println(refused);
        server.close();
        System.out.println(server.statistics());
    }

    private static String askOnce(Server server, SocketChannel client) throws IOException {
        return Async.<String, IOException>offload(() -> {
            try (client) {
                if (!client.isConnected()) {
                    client.connect(server.address());
                }
                client.write(ByteBuffer.wrap(new byte[] {'h', 'i'}));
                ByteBuffer answer = ByteBuffer.allocate(2);
                while (answer.hasRemaining() && client.read(answer) >= 0) {
                    continue; // a part of it
                }
                return new String(answer.array(), StandardCharsets.US_ASCII);
            }
        });
    }

    /** The JDK opens files for all its virtual threads when the first of them waits for one, which may be that of the loop. */
    private static void blockAVirtualThread() throws IOException {
        Pipe pipe = Pipe.open();
        Thread reader = Thread.ofVirtual().start(() -> {
            try (var source = pipe.source()) {
                source.read(ByteBuffer.allocate(1));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        while (reader.getState() != Thread.State.WAITING || !inPoller(reader)) { // on its way there it may wait for a lock
            Thread.yield();
        }
        try (var sink = pipe.sink()) {
            sink.write(ByteBuffer.wrap(new byte[] {1}));
        }
        try {
            reader.join();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static boolean inPoller(Thread thread) {
        return Arrays.stream(thread.getStackTrace()).anyMatch(frame -> frame.getClassName().equals("sun.nio.ch.Poller"));
    }

    private static String connect(SocketAddress address) {
        try {
            Net.connect(address).close();
            return "there was a file";
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private static List<FileInputStream> exhaust() {
        List<FileInputStream> files = new ArrayList<>();
        try {
            while (true) {
                files.add(new FileInputStream("/dev/null"));
            }
        } catch (IOException e) {
            return files; // that was the last one
        }
    }
}
