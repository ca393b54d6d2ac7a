package dev.espalier.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * Opens connections to an echo server, has a byte come back on each, and holds them until its standard input ends. Arguments: the
 * server's port, connections. Prints {@code measuring} when all are open.
 */
final class IdleLoadProgram {
    private IdleLoadProgram() {
    }

    public static void main(String[] args) throws IOException {
        var server = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        List<SocketChannel> open = new ArrayList<>();
        ByteBuffer message = ByteBuffer.allocateDirect(1);
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            SocketChannel channel = SocketChannel.open(server);
            channel.write(message.clear());
            if (channel.read(message.clear()) != 1) {
                throw new IOException("The server closed a connection.");
            }
            open.add(channel);
        }
        System.out.println("measuring");
        Check.equal(-1, System.in.read());
        for (SocketChannel channel : open) {
            channel.close();
        }
    }
}
