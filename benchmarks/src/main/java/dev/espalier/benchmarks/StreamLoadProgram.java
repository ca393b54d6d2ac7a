package dev.espalier.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * The other end of a stream in one direction, on a blocking socket. Arguments: the server's port; {@code source} or {@code sink},
 * which the server is; bytes to warm up, bytes to measure. Prints {@code measuring} when the warm-up has ended, then
 * {@code measured <bytes> <bytes a second>}.
 */
final class StreamLoadProgram {
    private StreamLoadProgram() {
    }

    public static void main(String[] args) throws IOException {
        boolean reads = args[1].equals("source");
        var server = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        try (SocketChannel channel = SocketChannel.open(server)) {
            move(channel, reads, Long.parseLong(args[2]));
            System.out.println("measuring");
            long started = System.nanoTime();
            long moved = move(channel, reads, Long.parseLong(args[3]));
            System.out.println("measured " + moved + " " + moved / ((System.nanoTime() - started) / 1e9));
        }
    }

    private static long move(SocketChannel channel, boolean reads, long wanted) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(4 * ServerProgram.BLOCK_BYTES);
        long moved = 0;
        while (moved < wanted) {
            int count = reads ? channel.read(block.clear()) : channel.write(block.clear());
            if (count < 0) {
                throw new IOException("The server closed the connection.");
            }
            moved += count;
        }
        return moved;
    }
}
