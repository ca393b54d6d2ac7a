package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import dev.espalier.io.Net;
import dev.espalier.io.SocketStream;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;

/**
 * An echo server: {@code espalier} (a task for each connection), {@code netty} (NIO transport, one event loop) or
 * {@code jdk} (a virtual thread for each connection). Prints its port, ends when its standard input does.
 */
final class EchoServerProgram {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final int BUFFER_BYTES = 4096;

    private EchoServerProgram() {
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        switch (args[0]) {
            case "espalier" -> espalier();
            case "netty" -> announce(netty());
            case "jdk" -> announce(jdk());
            default -> throw new IllegalArgumentException("The server is espalier, netty or jdk, not " + args[0]);
        }
    }

    /** Prints the port and ends the process with its standard input, whatever it is doing then. */
    private static void announce(int port) {
        System.out.println(port);
        Thread.ofPlatform().name("end").start(() -> {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                Runtime.getRuntime().halt(0);
            }
        });
    }

    private static void espalier() throws IOException {
        Async.run(() -> TaskGroup.run(group ->
            announce(Net.serve(group, ANY_PORT, EchoServerProgram::espalierEcho).port())));
    }

    private static void espalierEcho(SocketStream stream) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        while (stream.read(buffer) >= 0) {
            stream.write(buffer.flip());
            buffer.clear();
        }
    }

    private static int netty() throws InterruptedException {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Channel server = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new NettyEcho());
                }
            })
            .bind(ANY_PORT).sync().channel();
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    private static final class NettyEcho extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message, context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }

    private static int jdk() throws IOException {
        ServerSocket server = new ServerSocket();
        server.bind(ANY_PORT);
        Thread.startVirtualThread(() -> {
            try {
                while (true) {
                    Socket socket = server.accept();
                    Thread.startVirtualThread(() -> jdkEcho(socket));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return server.getLocalPort();
    }

    private static void jdkEcho(Socket socket) {
        try (socket; InputStream in = socket.getInputStream(); OutputStream out = socket.getOutputStream()) {
            socket.setTcpNoDelay(true);
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
