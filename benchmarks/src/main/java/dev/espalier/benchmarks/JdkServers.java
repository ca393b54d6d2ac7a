package dev.espalier.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** What {@link ServerProgram} serves, with blocking sockets on virtual threads. */
final class JdkServers {
    private JdkServers() {
    }

    @FunctionalInterface
    private interface Handler {
        void handle(InputStream in, OutputStream out) throws IOException;
    }

    static int serve(String service) throws IOException {
        return switch (service) {
            case "echo" -> serve(JdkServers::echo);
            case "idle" -> serve(JdkServers::idle);
            case "source" -> serve(JdkServers::source);
            case "sink" -> serve(JdkServers::sink);
            case "lines" -> serve(JdkServers::lines);
            case "strings" -> serve(JdkServers::strings);
            default -> throw ServerProgram.unknown(service);
        };
    }

    private static int serve(Handler handler) throws IOException {
        ServerSocket server = new ServerSocket();
        server.bind(ServerProgram.ANY_PORT, 4096);
        Thread.startVirtualThread(() -> {
            try {
                while (true) {
                    Socket socket = server.accept();
                    Thread.startVirtualThread(() -> handle(socket, handler));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return server.getLocalPort();
    }

    private static void handle(Socket socket, Handler handler) {
        try (socket; InputStream in = socket.getInputStream(); OutputStream out = socket.getOutputStream()) {
            socket.setTcpNoDelay(true);
            handler.handle(in, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void echo(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[ServerProgram.BUFFER_BYTES];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
        }
    }

    private static void idle(InputStream in, OutputStream out) throws IOException {
        for (int read = in.read(); read >= 0; read = in.read()) {
            out.write(read);
        }
    }

    private static void source(InputStream in, OutputStream out) throws IOException {
        byte[] block = new byte[ServerProgram.BLOCK_BYTES];
        while (true) {
            out.write(block);
        }
    }

    private static void sink(InputStream in, OutputStream out) throws IOException {
        byte[] block = new byte[ServerProgram.BLOCK_BYTES];
        while (in.read(block) >= 0) {
            // forgotten
        }
    }

    private static void lines(InputStream in, OutputStream out) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        long characters = 0;
        int lines = 0;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            characters += line.length();
            if (++lines == ServerProgram.LINES) {
                out.write((byte) characters);
                lines = 0;
            }
        }
    }

    /** The floor of {@code lines}: from the socket into an array, and strings as long as its lines are on average. */
    private static void strings(InputStream in, OutputStream out) throws IOException {
        int length = LinesLoadProgram.block().capacity() / LinesLoadProgram.LINES_OF_BLOCK;
        byte[] buffer = new byte[ServerProgram.BLOCK_BYTES];
        long characters = 0;
        long round = LinesLoadProgram.bytesOfRound();
        long left = round;
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            for (int at = 0; at < n; at += length) {
                characters += new String(buffer, at, Math.min(length, n - at), StandardCharsets.UTF_8).length();
            }
            left -= n;
            if (left == 0) {
                out.write((byte) characters);
                left = round;
            }
        }
    }
}
