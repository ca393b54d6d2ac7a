package dev.espalier.benchmarks;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * {@link EchoLoadProgram} under TLS, over Netty whichever the server. Arguments: the server's port, connections, round trips to warm
 * up, round trips to measure, key store.
 */
final class TlsLoadProgram {
    private static final int MESSAGE_BYTES = 64;

    private final long warmUp;
    private final long measured;

    // By the event loop.
    private long roundTrips;
    private long startedAt;

    private TlsLoadProgram(long warmUp, long measured) {
        this.warmUp = warmUp;
        this.measured = measured;
    }

    public static void main(String[] args) throws Exception {
        var load = new TlsLoadProgram(Long.parseLong(args[2]), Long.parseLong(args[3]));
        SSLContext context = KeyStores.context(args[4]);
        Bootstrap bootstrap = new Bootstrap().group(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()))
            .channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
            .handler(new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel channel) {
                    SSLEngine engine = context.createSSLEngine();
                    engine.setUseClientMode(true);
                    SslHandler tls = new SslHandler(engine);
                    tls.handshakeFuture().addListener(_ -> channel.writeAndFlush(channel.alloc().buffer().writeZero(MESSAGE_BYTES)));
                    channel.pipeline().addLast(tls, load.new Client());
                }
            });
        for (int i = 0; i < Integer.parseInt(args[1]); i++) {
            bootstrap.connect(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])).sync();
        }
    }

    private void onRoundTrip() {
        if (++roundTrips == warmUp) {
            System.out.println("measuring");
            startedAt = System.nanoTime();
        } else if (roundTrips == warmUp + measured) {
            System.out.println("measured " + measured + " " + (System.nanoTime() - startedAt) / 1000.0 / measured);
            System.exit(0);
        }
    }

    /** One connection and its message under way. */
    private final class Client extends SimpleChannelInboundHandler<ByteBuf> {
        private int received; // of this message, by the event loop

        @Override
        protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
            received += bytes.readableBytes();
            if (received == MESSAGE_BYTES) {
                received = 0;
                onRoundTrip();
                context.writeAndFlush(context.alloc().buffer().writeZero(MESSAGE_BYTES), context.voidPromise());
            }
        }
    }
}
