package dev.espalier.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/**
 * The load for every echo server: each connection sends 64 bytes, waits for them and sends again. Arguments: the
 * server's port, connections, round trips to warm up, round trips to measure. Prints {@code measuring} when the warm-up
 * has ended, then {@code measured <round trips> <median microseconds>}; whoever reads the lines reads the server's
 * processor time between.
 *
 * <p>The connections of the warm-up end after a few round trips and others take their place. So those that are measured come to a
 * server that has been running for a while. A JVM interprets a loop that was entered before it was compiled for about
 * a thousand rounds more, and a thousand connections that stay from the first moment would measure just that.
 */
final class EchoLoadProgram {
    private static final int MESSAGE_BYTES = 64;
    private static final int MOST_SAMPLES = 1 << 20;
    private static final int ROUND_TRIPS_OF_WARM_UP = 20; // of each connection

    private final Selector selector;
    private final int port;
    private final int connections;
    private final long[] samples = new long[MOST_SAMPLES];
    private long roundTrips;
    private int open;
    private boolean ending;

    private EchoLoadProgram(Selector selector, int port, int connections) {
        this.selector = selector;
        this.port = port;
        this.connections = connections;
    }

    /** One connection and its message under way. */
    private static final class Client {
        private final SocketChannel channel;
        private final ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE_BYTES);
        private long sentAt;

        private Client(SocketChannel channel) {
            this.channel = channel;
        }

        private void send() throws IOException {
            message.clear();
            sentAt = System.nanoTime();
            if (channel.write(message) != MESSAGE_BYTES) {
                throw new IOException("A message of " + MESSAGE_BYTES + " bytes did not fit into an empty socket.");
            }
            message.clear();
        }

        /** Whether the whole message has come back. */
        private boolean receive() throws IOException {
            if (channel.read(message) < 0) {
                throw new IOException("The server closed the connection.");
            }
            return !message.hasRemaining();
        }
    }

    public static void main(String[] args) throws IOException {
        try (Selector selector = Selector.open()) {
            EchoLoadProgram load = new EchoLoadProgram(selector, Integer.parseInt(args[0]), Integer.parseInt(args[1]));
            load.warmUp(Integer.parseInt(args[2]));
            load.begin();
            System.out.println("measuring");
            load.run(Integer.parseInt(args[3]));
            System.out.println("measured " + load.roundTrips + " " + load.medianMicros());
            load.end();
        }
    }

    private void warmUp(int wanted) throws IOException {
        for (int done = 0; done < wanted; done += connections * ROUND_TRIPS_OF_WARM_UP) {
            begin();
            end();
        }
    }

    /** Connects, and lets the costs of that pass. */
    private void begin() throws IOException {
        ending = false;
        for (int i = 0; i < connections; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            Client client = new Client(channel);
            channel.register(selector, SelectionKey.OP_READ, client);
            client.send();
        }
        open = connections;
        run(connections * ROUND_TRIPS_OF_WARM_UP);
    }

    /** Round trips and not seconds: on a busy machine seconds would measure servers that are still being compiled. */
    private void run(int wanted) throws IOException {
        roundTrips = 0;
        while (roundTrips < wanted) {
            step();
        }
    }

    private void step() throws IOException {
        selector.select();
        for (SelectionKey key : selector.selectedKeys()) {
            onReadable((Client) key.attachment());
        }
        selector.selectedKeys().clear();
    }

    private void onReadable(Client client) throws IOException {
        if (client.receive()) {
            samples[(int) (roundTrips++ % MOST_SAMPLES)] = System.nanoTime() - client.sentAt;
            if (ending) {
                client.channel.close();
                open--;
            } else {
                client.send();
            }
        }
    }

    /** Takes what is under way, so that the server sees ends and not resets. */
    private void end() throws IOException {
        ending = true;
        while (open > 0) {
            step();
        }
    }

    private double medianMicros() {
        long[] taken = Arrays.copyOf(samples, (int) Math.min(roundTrips, MOST_SAMPLES));
        Arrays.sort(taken);
        return taken[taken.length / 2] / 1000.0;
    }
}
