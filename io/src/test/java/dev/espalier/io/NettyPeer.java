package dev.espalier.io;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** The other end of connections, made of Netty: a loop of its own, with clients and servers whose ends of input do not close them. */
final class NettyPeer implements AutoCloseable {
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    private static ChannelInitializer<Channel> initializer(Consumer<ChannelPipeline> handlers) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                handlers.accept(channel.pipeline());
            }
        };
    }

    /** Serves on any port, which is returned. */
    int serve(Consumer<ChannelPipeline> handlers) {
        Channel server = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childHandler(initializer(handlers))
                .bind(OnBothEngines.LOOPBACK).syncUninterruptibly().channel();
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** A client, which connects meanwhile. */
    Channel connect(Server server, Consumer<ChannelPipeline> handlers) {
        return new Bootstrap().group(loop).channel(NioSocketChannel.class)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .handler(initializer(handlers))
                .connect(server.address()).channel();
    }

    /** TLS as the client of a host, or as a server if there is none, by the JDK's engine and Netty's handler. */
    static SslHandler tls(SSLContext context, String host, String... protocols) {
        SSLEngine engine = host.isEmpty() ? context.createSSLEngine() : context.createSSLEngine(host, 443);
        engine.setUseClientMode(!host.isEmpty());
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        if (!host.isEmpty()) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        engine.setSSLParameters(parameters);
        return new SslHandler(engine);
    }

    /** Ends its loop with all that is on it. */
    @Override
    public void close() {
        loop.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Sends back what comes, and closes when the other side has ended. */
    static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            context.writeAndFlush(message);
            context.channel().config().setAutoRead(context.channel().isWritable());
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(context.channel().isWritable());
            context.fireChannelWritabilityChanged();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
                context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            }
        }
    }

    /** Sends something when it is connected, and then does what it was told to; under TLS after the handshake. */
    static final class Sender extends ChannelInboundHandlerAdapter {
        private final byte[] bytes;
        private final Runnable after;

        Sender(byte[] bytes, Runnable after) {
            this.bytes = bytes;
            this.after = after;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.writeAndFlush(Unpooled.wrappedBuffer(bytes)).addListener(_ -> after.run());
            context.fireChannelActive();
        }
    }

    /** Keeps what comes up to the end of the input. */
    static final class Collector extends ChannelInboundHandlerAdapter {
        /** Everything that came. */
        final CompletableFuture<byte[]> all = new CompletableFuture<>();

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(); // on Netty's loop

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf received = (ByteBuf) message;
            bytes.writeBytes(ByteBufUtil.getBytes(received));
            received.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
                all.complete(bytes.toByteArray());
            }
            context.fireUserEventTriggered(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            all.complete(bytes.toByteArray());
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            all.completeExceptionally(cause);
            context.close();
        }
    }
}
