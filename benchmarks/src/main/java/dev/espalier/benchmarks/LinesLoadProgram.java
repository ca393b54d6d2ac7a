package dev.espalier.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Sends a million lines of 15 to 40 characters and waits for the answer, again and again. Arguments: the server's port, rounds to warm
 * up, rounds to measure. Prints {@code measuring} when the warm-up has ended, then {@code measured <lines> <lines a second>}, which is
 * that of the median round.
 */
final class LinesLoadProgram {
    /** A divisor of a million. */
    static final int LINES_OF_BLOCK = 2000;

    private LinesLoadProgram() {
    }

    public static void main(String[] args) throws IOException {
        var server = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        try (SocketChannel channel = SocketChannel.open(server)) {
            ByteBuffer block = block();
            rounds(channel, block, Integer.parseInt(args[1]));
            System.out.println("measuring");
            double[] seconds = rounds(channel, block, Integer.parseInt(args[2]));
            Arrays.sort(seconds);
            System.out.println("measured " + (long) seconds.length * ServerProgram.LINES + " "
                + ServerProgram.LINES / seconds[seconds.length / 2]);
        }
    }

    static long bytesOfRound() {
        return (long) block().capacity() * (ServerProgram.LINES / LINES_OF_BLOCK);
    }

    static ByteBuffer block() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < LINES_OF_BLOCK; i++) {
            lines.append("line ").append(1000 + i).append(" said: ").append("x".repeat(i * 7 % 26)).append('\n');
        }
        byte[] bytes = lines.toString().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes);
    }

    private static double[] rounds(SocketChannel channel, ByteBuffer block, int count) throws IOException {
        double[] seconds = new double[count];
        ByteBuffer answer = ByteBuffer.allocate(1);
        for (int i = 0; i < count; i++) {
            long started = System.nanoTime();
            for (int sent = 0; sent < ServerProgram.LINES; sent += LINES_OF_BLOCK) {
                channel.write(block.clear());
            }
            if (channel.read(answer.clear()) != 1) {
                throw new IOException("The server closed the connection.");
            }
            seconds[i] = (System.nanoTime() - started) / 1e9;
        }
        return seconds;
    }
}
