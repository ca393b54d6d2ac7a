package dev.espalier.examples;

import static dev.espalier.core.Async.await;
import static dev.espalier.core.Async.parallelMap;
import static dev.espalier.core.Async.timeout;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import dev.espalier.io.Net;
import dev.espalier.io.Server;
import dev.espalier.io.SocketStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** Fetches many pages with the HTTP client of the JDK, eight at a time, from a server in the same loop. */
public final class Pages {
    private static final int PAGES = 100;
    private static final int AT_A_TIME = 8;
    private static final byte[] BLANK_LINE = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private Pages() {
    }

    /**
     * Runs the example.
     *
     * @param args not used
     * @throws IOException if the network fails
     */
    public static void main(String... args) throws IOException {
        Async.run(Pages::fetchAll);
    }

    static void fetchAll() throws IOException {
        TaskGroup.run(group -> {
            InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            try (Server server = Net.serve(group, anyPort, Pages::answer);
                    HttpClient http = HttpClient.newHttpClient()) {
                InetSocketAddress place = (InetSocketAddress) server.address();
                URI root = URI.create("http://" + place.getHostString() + ":" + place.getPort() + "/");
                List<String> paths = IntStream.range(0, PAGES).mapToObj(i -> "page-" + i).toList();
                // If one fails, the other requests are cancelled, and that closes their connections.
                List<String> pages = timeout(Duration.ofSeconds(10),
                        () -> parallelMap(AT_A_TIME, paths, path -> fetch(http, root.resolve(path))));
                System.out.println(pages.size() + " pages, the last one: " + pages.getLast());
            }
        });
    }

    private static String fetch(HttpClient http, URI page) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(page).build();
        return await(http.sendAsync(request, BodyHandlers.ofString()), IOException.class).body();
    }

    /** As much of a server as the example needs. */
    private static void answer(SocketStream client) throws IOException {
        while (!client.atEnd()) {
            String request = new String(client.readUntil(BLANK_LINE, 8192), StandardCharsets.US_ASCII);
            String page = "You asked for " + request.split(" ", 3)[1];
            client.write("HTTP/1.1 200 OK\r\nContent-Length: " + page.length() + "\r\n\r\n" + page);
        }
    }
}
