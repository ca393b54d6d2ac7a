package dev.espalier.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * Connects to an echo server, sends 64 bytes, waits for them, closes and connects again, at {@value #AT_ONCE} places at once.
 * Arguments: the server's port, connections to warm up, connections to measure. Prints {@code measuring} when the warm-up has ended,
 * then {@code measured <connections> <connections a second>}.
 */
final class AcceptLoadProgram {
    private static final int MESSAGE_BYTES = 64;
    private static final int AT_ONCE = 16;

    private final InetSocketAddress server;
    private final Selector selector;
    private final ByteBuffer sent = ByteBuffer.allocateDirect(MESSAGE_BYTES);
    private final ByteBuffer received = ByteBuffer.allocateDirect(MESSAGE_BYTES);
    private int ended;

    private AcceptLoadProgram(InetSocketAddress server, Selector selector) {
        this.server = server;
        this.selector = selector;
    }

    public static void main(String[] args) throws IOException {
        try (Selector selector = Selector.open()) {
            var server = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
            AcceptLoadProgram load = new AcceptLoadProgram(server, selector);
            for (int i = 0; i < AT_ONCE; i++) {
                load.connect();
            }
            load.run(Integer.parseInt(args[1]));
            System.out.println("measuring");
            long started = System.nanoTime();
            int measured = load.run(Integer.parseInt(args[2]));
            System.out.println("measured " + measured + " " + measured / ((System.nanoTime() - started) / 1e9));
        }
    }

    private int run(int wanted) throws IOException {
        ended = 0;
        while (ended < wanted) {
            selector.select();
            for (SelectionKey key : selector.selectedKeys()) {
                onReady(key);
            }
            selector.selectedKeys().clear();
        }
        return ended;
    }

    private void connect() throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        if (channel.connect(server)) {
            send(channel);
            channel.register(selector, SelectionKey.OP_READ);
        } else {
            channel.register(selector, SelectionKey.OP_CONNECT);
        }
    }

    private void onReady(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        if (key.isConnectable()) {
            channel.finishConnect();
            send(channel);
            key.interestOps(SelectionKey.OP_READ);
        } else {
            if (channel.read(received.clear()) != MESSAGE_BYTES) {
                throw new IOException("The echo of " + MESSAGE_BYTES + " bytes did not come in one piece.");
            }
            channel.close();
            ended++;
            connect();
        }
    }

    private void send(SocketChannel channel) throws IOException {
        if (channel.write(sent.clear()) != MESSAGE_BYTES) {
            throw new IOException("A message of " + MESSAGE_BYTES + " bytes did not fit into an empty socket.");
        }
    }
}
