package dev.espalier.io;

import static dev.espalier.core.Async.await;
import static dev.espalier.core.Async.parallelMap;
import static dev.espalier.core.Async.timeout;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.DeadlineExceededException;
import dev.espalier.core.Task;
import dev.espalier.core.TaskFailedException;
import dev.espalier.core.TaskGroup;
import dev.espalier.core.VoidBodyWith;
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
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The HTTP client of the JDK, awaited. The server is one of this module. */
@Timeout(60)
class HttpClientTest {
    private static final byte[] BLANK_LINE = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final HttpClient http = HttpClient.newHttpClient();

    @AfterEach
    void closeTheClient() {
        http.close();
    }

    private interface Client {
        void run(URI server) throws IOException;
    }

    private static void withServer(VoidBodyWith<? super SocketStream, ?> handler, Client client) throws IOException {
        Async.<IOException>run(() -> TaskGroup.run(group -> {
            var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            try (Server server = Net.serve(group, loopback, handler)) {
                var address = (InetSocketAddress) server.address();
                client.run(URI.create("http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + "/"));
            }
        }));
    }

    /** Answers each request with its path. */
    private static void answer(SocketStream connection) throws IOException {
        while (!connection.atEnd()) {
            String head = new String(connection.readUntil(BLANK_LINE, 8192), StandardCharsets.US_ASCII);
            String path = head.split(" ", 3)[1];
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
        }
    }

    private static HttpRequest get(URI server, String path) {
        return HttpRequest.newBuilder(server.resolve(path)).build();
    }

    @Test
    void manyPagesSomeAtATime() throws IOException {
        withServer(HttpClientTest::answer, server -> {
            // #region fetch
            List<String> paths = IntStream.range(0, 100).mapToObj(i -> "/page/" + i).toList();
            List<String> pages = parallelMap(8, paths, path -> {
                HttpRequest request = HttpRequest.newBuilder(server.resolve(path)).build();
                return await(http.sendAsync(request, BodyHandlers.ofString()), IOException.class).body();
            });
            // #endregion fetch
            assertThat(pages).isEqualTo(paths);
        });
    }

    @Test
    void cancelledRequestClosesItsConnection() throws IOException {
        var asked = new CompletableFuture<Boolean>();
        var left = new CompletableFuture<Boolean>();
        withServer(
                connection -> {
                    connection.readUntil(BLANK_LINE, 8192);
                    asked.complete(true);
                    left.complete(connection.atEnd()); // no answer: waits until the client has gone
                },
                server -> TaskGroup.run(group -> {
                    Task<Integer> request =
                            group.start(() -> await(http.sendAsync(get(server, "/"), BodyHandlers.ofString())).statusCode());
                    await(asked);
                    request.cancelAndJoin("nobody wants the page any more");
                    assertThat(timeout(Duration.ofSeconds(30), () -> await(left))).isTrue();
                }));
    }

    @Test
    void cancelledBodyClosesItsConnection() throws IOException {
        var begun = new CompletableFuture<Boolean>();
        var left = new CompletableFuture<Boolean>();
        withServer(
                connection -> {
                    connection.readUntil(BLANK_LINE, 8192);
                    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe beginning");
                    begun.complete(true);
                    try {
                        left.complete(connection.atEnd());
                    } catch (IOException reset) {
                        left.complete(true); // what the client had not read when it closed makes it a reset
                    }
                },
                server -> {
                    var answer = http.sendAsync(get(server, "/"), BodyHandlers.ofString());
                    await(begun);
                    assertThatThrownBy(() -> timeout(Duration.ofMillis(50), () -> await(answer)))
                            .isInstanceOf(DeadlineExceededException.class);
                    assertThat(timeout(Duration.ofSeconds(30), () -> await(left))).isTrue();
                });
    }

    @Test
    void failureComesOutAsItself() throws IOException {
        withServer(SocketStream::abort, server -> {
            assertThatThrownBy(() -> await(http.sendAsync(get(server, "/"), BodyHandlers.ofString()), IOException.class))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> await(http.sendAsync(get(server, "/"), BodyHandlers.ofString())))
                    .isInstanceOf(TaskFailedException.class)
                    .hasCauseInstanceOf(IOException.class);
        });
    }
}
