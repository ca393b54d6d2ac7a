package dev.espalier.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * A server of {@code espalier} (a task for each connection), {@code netty} (NIO transport, one event loop) or {@code jdk} (a virtual
 * thread for each connection). Arguments: which of them; what it serves; a key store, for what is encrypted. Prints its port, answers
 * each line of its standard input with the bytes of its heap in use, and ends with it.
 *
 * <ul>
 *   <li>{@code echo}: sends back what comes
 *   <li>{@code tls-echo}: the same under TLS
 *   <li>{@code idle}: waits for what may come, with no buffer of its own
 *   <li>{@code source}: sends blocks for ever
 *   <li>{@code sink}: reads and forgets
 *   <li>{@code lines}: answers each {@link #LINES} lines with a byte
 *   <li>{@code strings}: the same, but only makes strings of the lines' length
 * </ul>
 */
final class ServerProgram {
    static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    static final int BUFFER_BYTES = 4096;
    static final int BLOCK_BYTES = 64 << 10;
    static final int LINES = 1_000_000;

    private ServerProgram() {
    }

    public static void main(String[] args) throws Exception {
        String service = args[1];
        switch (args[0]) {
            case "espalier" -> EspalierServers.serve(service, args);
            case "netty" -> announce(NettyServers.serve(service, args));
            case "jdk" -> announce(JdkServers.serve(service));
            default -> throw new IllegalArgumentException("The server is espalier, netty or jdk, not " + args[0]);
        }
    }

    static IllegalArgumentException unknown(String service) {
        return new IllegalArgumentException("This server does not serve " + service);
    }

    /** Prints the port, and ends the process with its standard input, whatever it is doing then. */
    static void announce(int port) {
        System.out.println(port);
        Thread.ofPlatform().name("end").start(() -> {
            try {
                answer(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                Runtime.getRuntime().halt(0);
            }
        });
    }

    private static void answer(BufferedReader questions) throws IOException {
        while (questions.readLine() != null) {
            System.gc();
            System.out.println(Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
    }
}
