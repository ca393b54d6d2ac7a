package dev.espalier.benchmarks;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** What {@link ServerProgram} serves, on Netty's NIO transport with one event loop. */
final class NettyServers {
    private NettyServers() {
    }

    static int serve(String service, String... args) throws IOException, GeneralSecurityException, InterruptedException {
        return switch (service) {
            case "echo", "idle" -> serve(() -> List.of(new Echo()));
            case "source" -> serve(() -> List.of(new Source()));
            case "sink" -> serve(() -> List.of(new Sink()));
            case "tls-echo" -> {
                SSLContext context = KeyStores.context(args[2]);
                yield serve(() -> List.of(new SslHandler(engine(context)), new Echo()));
            }
            default -> throw ServerProgram.unknown(service);
        };
    }

    private static SSLEngine engine(SSLContext context) {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        return engine;
    }

    private static int serve(Supplier<List<ChannelHandler>> handlers) throws InterruptedException {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Channel server = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                    handlers.get().forEach(channel.pipeline()::addLast);
                }
            })
            .bind(ServerProgram.ANY_PORT).sync().channel();
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Sends back what comes. */
    static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.write(message, context.voidPromise());
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }
    }

    private static final class Source extends ChannelInboundHandlerAdapter {
        private final ByteBuf block = Unpooled.directBuffer(ServerProgram.BLOCK_BYTES).writeZero(ServerProgram.BLOCK_BYTES);

        @Override
        public void channelActive(ChannelHandlerContext context) {
            fill(context);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            fill(context);
        }

        private void fill(ChannelHandlerContext context) {
            while (context.channel().isWritable()) {
                context.writeAndFlush(block.retainedDuplicate(), context.voidPromise());
            }
        }
    }

    private static final class Sink extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }
    }
}
