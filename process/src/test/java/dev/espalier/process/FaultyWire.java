package dev.espalier.process;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A program between the parent and one child: it is started in place of the child, starts the child itself, and passes
 * on what the two say, badly. To both it is the other one. The handshake goes through unharmed.
 */
final class FaultyWire {
    /** What is wrong with the wire. */
    enum Fault {
        /** Everything arrives, in small pieces and late. */
        DELAY,
        /** Now and then a byte arrives as another one. */
        CORRUPT,
        /** At some byte the connection ends. */
        CUT,
        /** Somebody writes into the shared memory. */
        SCRIBBLE
    }

    private static final int WELCOME = FrameKind.WELCOME.number();
    private static final int HELLO = FrameKind.HELLO.number();

    private final Fault fault;
    private final Random random;

    private FaultyWire(Fault fault, long seed) {
        this.fault = fault;
        this.random = new Random(seed);
    }

    /**
     * A copy of this JDK, made of links, in which {@code bin/java} is the faulty wire.
     */
    static Path javaHome(Path folder, Fault fault, long seed) throws IOException {
        Path real = Path.of(System.getProperty("java.home"));
        Path home = Files.createDirectories(folder.resolve("jdk-" + fault));
        Path bin = Files.createDirectories(home.resolve("bin"));
        for (Map.Entry<Path, Path> links : Map.of(real, home, real.resolve("bin"), bin).entrySet()) {
            try (Stream<Path> entries = Files.list(links.getKey())) {
                for (Path entry : entries.toList()) {
                    String name = entry.getFileName().toString();
                    if (!name.equals("bin") && !name.equals("java")) {
                        Files.createSymbolicLink(links.getValue().resolve(name), entry);
                    }
                }
            }
        }
        String java = real.resolve("bin").resolve("java").toString();
        Path script = bin.resolve("java");
        Files.writeString(script, "#!/bin/sh\nexec '" + java + "' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx64m"
                + " -XX:-UsePerfData -cp '" + System.getProperty("java.class.path") + "' " + FaultyWire.class.getName()
                + " '" + java + "' " + fault + " " + seed + " \"$@\"\n");
        if (!script.toFile().setExecutable(true)) {
            throw new IOException(script + " cannot be made executable");
        }
        return home;
    }

    public static void main(String[] arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of(arguments));
        String java = line.removeFirst();
        Fault fault = Fault.valueOf(line.removeFirst());
        long seed = Long.parseLong(line.removeFirst());
        line.addFirst(java);
        new FaultyWire(fault, seed + ProcessHandle.current().pid()).run(line);
    }

    private void run(List<String> command) throws Exception {
        String told = firstLine(System.in);
        Ticket ticket = Ticket.parse(told);
        Path socket = Path.of(told.substring(told.indexOf("unix:") + 5) + ".wire");
        Process child;
        SocketChannel near;
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            child = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.INHERIT).start();
            endWithTheParent(child);
            child.getOutputStream().write(new Ticket(ticket.token(), ProcessHandle.current().pid(), ticket.depth(),
                    "unix:" + socket).line().getBytes(StandardCharsets.UTF_8));
            child.getOutputStream().flush();
            near = server.accept();
            Files.delete(socket);
        }
        SocketChannel far = SocketChannel.open(ticket.address());
        Thread in = Thread.ofPlatform().start(() -> pump(far, near, WELCOME, socket.getParent()));
        Thread out = Thread.ofPlatform().start(() -> pump(near, far, HELLO, socket.getParent()));
        in.join();
        out.join();
        Runtime.getRuntime().halt(child.waitFor());
    }

    private static void endWithTheParent(Process child) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                while (System.in.read() >= 0) {
                    // Nothing more is said.
                }
            } catch (IOException broken) {
                // The same as its end.
            }
            child.destroyForcibly();
            Runtime.getRuntime().halt(1);
        });
    }

    private static String firstLine(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** One direction: whole frames up to that kind, then the fault. When it ends, so does the other one. */
    private void pump(SocketChannel from, SocketChannel to, int lastOfHandshake, Path directory) {
        try (from; to) {
            var in = new DataInputStream(Channels.newInputStream(from));
            var out = Channels.newOutputStream(to);
            byte[] frame;
            do {
                frame = frame(in);
                if (frame[4] == WELCOME && fault == Fault.SCRIBBLE) {
                    scribbleOver(directory);
                }
                out.write(frame);
            } while (frame[4] != lastOfHandshake);
            badly(in, out);
        } catch (IOException ended) {
            // One of the two has closed; the other one is closed here.
        }
    }

    private static byte[] frame(DataInputStream in) throws IOException {
        byte[] header = new byte[Frames.HEADER];
        in.readFully(header);
        int length = ByteBuffer.wrap(header).order(Frames.ORDER).getInt();
        byte[] frame = Arrays.copyOf(header, Frames.HEADER + length);
        in.readFully(frame, Frames.HEADER, length);
        return frame;
    }

    private void badly(InputStream in, OutputStream out) throws IOException {
        byte[] bytes = new byte[32 * 1024];
        long left = fault == Fault.CUT ? 1 + draw(20_000) : Long.MAX_VALUE;
        for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
            if (fault == Fault.CORRUPT && draw(20) == 0) {
                bytes[draw(count)] = (byte) draw(256);
            }
            int length = (int) Math.min(count, left);
            if (fault == Fault.DELAY) {
                inPieces(bytes, length, out);
            } else {
                out.write(bytes, 0, length);
            }
            left -= length;
            if (left == 0) {
                throw new EOFException("cut");
            }
        }
    }

    private void inPieces(byte[] bytes, int length, OutputStream out) throws IOException {
        for (int at = 0; at < length;) {
            int piece = Math.min(length - at, 1 + draw(2000));
            LockSupport.parkNanos(draw(2_000_000));
            out.write(bytes, at, piece);
            at += piece;
        }
    }

    /** Before the child takes it away: whatever lies beside the socket and is neither it nor the command line. */
    private void scribbleOver(Path directory) throws IOException {
        List<MappedByteBuffer> memories = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(FaultyWire::isMemory).toList()) {
                try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    memories.add(channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size()));
                }
            }
        }
        Thread.ofPlatform().daemon().start(() -> {
            while (!memories.isEmpty()) {
                LockSupport.parkNanos(1_000_000L * (1 + draw(200)));
                MappedByteBuffer memory = memories.get(draw(memories.size()));
                // The first page holds what matters most.
                int range = draw(2) == 0 ? 256 : memory.capacity();
                memory.put(draw(Math.min(range, memory.capacity())), (byte) draw(256));
            }
        });
    }

    private static boolean isMemory(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith("worker-") && !name.contains(".sock");
    }

    private synchronized int draw(int bound) {
        return random.nextInt(bound);
    }
}
