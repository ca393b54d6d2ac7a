package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
import dev.espalier.io.ByteStream;
import dev.espalier.io.Net;
import dev.espalier.io.ServeOptions;
import dev.espalier.io.SocketStream;
import dev.espalier.io.TlsOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.List;

/** What {@link ServerProgram} serves, with a task for each connection. */
final class EspalierServers {
    private EspalierServers() {
    }

    static void serve(String service, String... args) throws IOException, GeneralSecurityException {
        switch (service) {
            case "echo" -> serve(EspalierServers::echo);
            case "idle" -> serve(EspalierServers::idle);
            case "source" -> serve(EspalierServers::source);
            case "sink" -> serve(EspalierServers::sink);
            case "lines" -> serve(EspalierServers::lines);
            case "tls-echo" -> serveTls(TlsOptions.of(KeyStores.context(args[2])));
            default -> throw ServerProgram.unknown(service);
        }
    }

    private static void serve(VoidBodyWith<SocketStream, IOException> handler) throws IOException {
        Async.run(() -> TaskGroup.run(group ->
            ServerProgram.announce(Net.serve(group, ServerProgram.ANY_PORT, handler).port())));
    }

    private static void serveTls(TlsOptions options) throws IOException {
        Async.run(() -> TaskGroup.run(group -> ServerProgram.announce(
            Net.serve(group, List.of(ServerProgram.ANY_PORT), ServeOptions.defaults(), options, EspalierServers::echo).port())));
    }

    private static void echo(ByteStream stream) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(ServerProgram.BUFFER_BYTES);
        while (stream.read(buffer) >= 0) {
            stream.write(buffer.flip());
            buffer.clear();
        }
    }

    private static void idle(SocketStream stream) throws IOException {
        byte[] read = stream.read(ServerProgram.BUFFER_BYTES);
        while (read.length > 0) {
            stream.write(read);
            read = stream.read(ServerProgram.BUFFER_BYTES);
        }
    }

    private static void source(SocketStream stream) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(ServerProgram.BLOCK_BYTES);
        while (true) {
            stream.write(block);
            block.clear();
        }
    }

    private static void sink(SocketStream stream) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(ServerProgram.BLOCK_BYTES);
        while (stream.read(block) >= 0) {
            block.clear();
        }
    }

    private static void lines(SocketStream stream) throws IOException {
        long characters = 0;
        int lines = 0;
        for (String line = stream.readLine(); line != null; line = stream.readLine()) {
            characters += line.length();
            if (++lines == ServerProgram.LINES) {
                stream.write(ByteBuffer.wrap(new byte[] {(byte) characters}));
                lines = 0;
            }
        }
    }
}
