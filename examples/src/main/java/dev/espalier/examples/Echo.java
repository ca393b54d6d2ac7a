package dev.espalier.examples;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import dev.espalier.io.Net;
import dev.espalier.io.Server;
import dev.espalier.io.SocketStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** A server that sends every line back, and a client that talks to it. */
public final class Echo {

    private Echo() {
    }

    /**
     * Runs the example.
     *
     * @param args not used
     * @throws IOException if the network fails
     */
    public static void main(String... args) throws IOException {
        Async.run(Echo::talk);
    }

    static void talk() throws IOException {
        TaskGroup.run(group -> {
            // Port 0: any free one. The server lives in the group, each of its connections in a task of its own.
            try (Server server = Net.serve(group, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    Echo::serve)) {
                say(server, List.of("to be", "or not to be"));
            }
        });
    }

    private static void serve(SocketStream client) throws IOException {
        for (String line = client.readLine(); line != null; line = client.readLine()) {
            client.writeLine(line);
        }
    }

    private static void say(Server server, List<String> lines) throws IOException {
        try (SocketStream connection = Net.connect(server.address())) {
            for (String line : lines) {
                System.out.println("> " + line);
                connection.writeLine(line);
                System.out.println("< " + connection.readLine());
            }
        }
    }
}
