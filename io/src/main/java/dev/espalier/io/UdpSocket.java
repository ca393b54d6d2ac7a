package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.BusyException;
import dev.espalier.core.Channel;
import dev.espalier.core.ChannelReadiness;
import dev.espalier.core.Receiver;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A socket for UDP: packets that may get lost, come twice, or overtake each other.
 *
 * {@snippet class="dev.espalier.io.UdpTest" region="udp"}
 *
 * <p>What nobody receives waits in the system, in a buffer of {@link StandardSocketOptions#SO_RCVBUF} bytes; when that is full, the
 * system drops what comes and tells nobody. {@link #receiver} counts what it {@linkplain #dropped() drops}.
 *
 * <p><b>Threads.</b> It belongs to its loop. One task at a time receives; any number send.
 */
public final class UdpSocket implements AutoCloseable {
    private final DatagramChannel channel;
    private final ChannelReadiness readiness;
    private final LoopShare share;
    private final SocketAddress local;
    private final @Nullable SocketAddress remote;
    private final List<MembershipKey> memberships = new ArrayList<>(0); // by the holder of the turn
    private boolean receiving; // by the holder of the turn
    private long dropped; // by the holder of the turn

    private UdpSocket(DatagramChannel channel, ChannelReadiness readiness) throws IOException {
        this.channel = channel;
        this.readiness = readiness;
        this.share = LoopShare.current();
        this.local = channel.getLocalAddress();
        this.remote = channel.getRemoteAddress();
    }

    /**
     * Makes a socket that receives from anybody and sends to anybody.
     *
     * @param address the local address and port; port 0 for any free one
     * @return the socket, to be closed by the caller
     * @throws IOException if the address is not of this machine, the port is taken, or the system has no socket left
     */
    public static UdpSocket bind(InetSocketAddress address) throws IOException {
        return open(address, channel -> channel.bind(address));
    }

    /**
     * Makes a socket that exchanges packets with one peer only, and hears when the peer's system says that nobody listens there.
     *
     * @param address of the peer
     * @return the socket, to be closed by the caller
     * @throws IOException if there is no way to that address, or the system has no socket left
     */
    public static UdpSocket connect(InetSocketAddress address) throws IOException {
        return open(address, channel -> channel.connect(address));
    }

    /**
     * Makes a socket of a channel that was opened and bound elsewhere: for options that count only before that, such as {@link
     * StandardSocketOptions#SO_REUSEPORT}, by which several sockets share a port.
     *
     * {@snippet class="dev.espalier.io.UdpTest" region="adopt"}
     *
     * @param channel a bound channel, which is the socket's from now on, also if this fails
     * @return the socket, to be closed by the caller
     * @throws IOException if the channel is closed
     * @throws IllegalArgumentException if it is not bound
     */
    public static UdpSocket adopt(DatagramChannel channel) throws IOException {
        return prepared(channel, bound -> {
            if (bound.getLocalAddress() == null) {
                throw new IllegalArgumentException("a socket needs a bound channel; bind it first, or call UdpSocket.bind");
            }
        });
    }

    /** What is done to a channel before it is used. */
    @FunctionalInterface
    private interface Preparing {
        void prepare(DatagramChannel channel) throws IOException;
    }

    private static UdpSocket open(InetSocketAddress address, Preparing preparing) throws IOException {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException(address + " is not resolved, and UDP looks up no names; resolve it first");
        }
        ProtocolFamily family =
                address.getAddress().getAddress().length == 4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        return prepared(DatagramChannel.open(family), channel -> {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, address.getAddress().isMulticastAddress());
            preparing.prepare(channel);
        });
    }

    private static UdpSocket prepared(DatagramChannel channel, Preparing preparing) throws IOException {
        try {
            channel.configureBlocking(false);
            preparing.prepare(channel);
            return new UdpSocket(channel, ChannelReadiness.of(channel));
        } catch (Throwable e) {
            channel.close();
            throw e;
        }
    }

    // ---- receiving

    /**
     * Waits for a packet.
     *
     * <p><b>Cancellation.</b> Cancelled, no packet is lost.
     *
     * @return the packet
     * @throws PortUnreachableException if this socket is connected, and nobody listens at the peer's port; the socket can still be
     *     used
     * @throws StreamClosedException if the socket was closed, also while waiting
     * @throws BusyException if another task receives already
     * @throws IOException if the system reports another failure
     */
    @Awaits
    public Datagram receive() throws IOException {
        checkFree();
        receiving = true;
        try {
            share.pass();
            for (Datagram got = poll(); ; got = poll()) {
                if (got != null) {
                    return got;
                }
                readiness.awaitReadable();
            }
        } catch (ClosedChannelException e) {
            throw closed(e);
        } finally {
            receiving = false;
        }
    }

    /**
     * {@return a packet that has come; empty if there is none}
     *
     * @throws IOException as {@link #receive()}
     */
    public Optional<Datagram> tryReceive() throws IOException {
        checkFree();
        try {
            return Optional.ofNullable(poll());
        } catch (ClosedChannelException e) {
            throw closed(e);
        }
    }

    private @Nullable Datagram poll() throws IOException {
        ByteBuffer buffer = share.buffer().clear(); // larger than any packet, so none is cut
        SocketAddress sender = channel.receive(buffer);
        if (sender == null) {
            return null;
        }
        byte[] bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        return new Datagram(sender, bytes);
    }

    private void checkFree() {
        if (receiving) {
            throw new BusyException("task '" + Task.current().name() + "' receives from " + this
                    + ", and another task does so already; one task at a time receives");
        }
    }

    /**
     * Receives packets as they come, and keeps the newest: for a consumer that may be slow, and would rather miss old packets than
     * lag behind.
     *
     * @param group what receives lives in it, in the background, until the socket is closed
     * @param capacity how many packets are kept at most, from 1
     * @return gives the packets; it ends when the socket is closed, and fails when receiving fails
     */
    public Receiver<Datagram> receiver(TaskGroup group, int capacity) {
        Channel<Datagram> packets = Channel.open(capacity, Channel.Overflow.DROP_OLDEST, _ -> dropped++);
        group.startBackground("receiver of " + this, () -> {
            try {
                while (true) {
                    packets.sender().send(receive());
                }
            } catch (StreamClosedException e) {
                packets.sender().close();
            } catch (IOException e) {
                packets.sender().fail(e);
            }
        });
        return packets.receiver();
    }

    /**
     * {@return how many packets its {@linkplain #receiver receivers} have dropped because nobody took them in time}
     */
    public long dropped() {
        return dropped;
    }

    // ---- sending

    /**
     * Sends a packet, and waits while the system has no room for it. That it was sent does not mean that it arrives.
     *
     * <p><b>Cancellation.</b> Cancelled while waiting, it was not sent.
     *
     * @param packet the packet; on a connected socket its address must be the peer's
     * @throws PortUnreachableException if this socket is connected, and an earlier packet found nobody at the peer's port; this one
     *     was not sent, and the socket can still be used
     * @throws StreamClosedException if the socket was closed, also while waiting
     * @throws IOException if the packet is too long, or the system has no way to its address
     */
    @Awaits
    public void send(Datagram packet) throws IOException {
        share.pass();
        while (!trySend(packet)) {
            try {
                readiness.awaitWritable();
            } catch (ClosedChannelException e) {
                throw closed(e);
            }
        }
    }

    /**
     * Sends a packet if the system has room for it.
     *
     * @param packet the packet
     * @return whether it was sent
     * @throws IOException as {@link #send}
     */
    public boolean trySend(Datagram packet) throws IOException {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(packet.bytes());
            channel.send(bytes, packet.address());
            return !bytes.hasRemaining();
        } catch (ClosedChannelException e) {
            throw closed(e);
        }
    }

    // ---- groups of receivers

    /**
     * Receives what is sent to a multicast group too, until this socket is closed.
     *
     * @param group the address of the group
     * @param network by which the packets come
     * @throws IOException if the network has no multicast
     * @throws IllegalArgumentException if the address is no multicast address
     */
    public void join(InetAddress group, NetworkInterface network) throws IOException {
        memberships.add(channel.join(group, network));
    }

    /**
     * Receives no more what is sent to a multicast group. Does nothing if this socket has not joined it.
     *
     * @param group the address of the group
     */
    public void leave(InetAddress group) {
        memberships.removeIf(membership -> {
            boolean leaves = membership.group().equals(group);
            if (leaves) {
                membership.drop();
            }
            return leaves;
        });
    }

    // ---- properties

    /**
     * {@return the address of this end}
     */
    public SocketAddress localAddress() {
        return local;
    }

    /**
     * {@return the port of this end}
     */
    public int port() {
        return ((InetSocketAddress) local).getPort();
    }

    /**
     * {@return the address of the peer of a connected socket}
     */
    public Optional<SocketAddress> remoteAddress() {
        return Optional.ofNullable(remote);
    }

    /**
     * {@return an option of the socket}
     *
     * @param <T> its type
     * @param option the option, such as {@link StandardSocketOptions#SO_RCVBUF}
     * @throws IOException if the socket is closed
     * @throws UnsupportedOperationException if this kind of socket has no such option
     */
    public <T> T option(SocketOption<T> option) throws IOException {
        return channel.getOption(option);
    }

    /**
     * Sets an option of the socket.
     *
     * @param <T> its type
     * @param option the option, such as {@link StandardSocketOptions#SO_BROADCAST}
     * @param value its value
     * @throws IOException if the system refuses it, or the socket is closed
     * @throws UnsupportedOperationException if this kind of socket has no such option
     */
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        channel.setOption(option, value);
    }

    /** Closes the socket; whoever waits for it is told. Does nothing the second time. */
    @Override
    public void close() {
        readiness.close();
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing " + this + " failed", e);
        }
    }

    private StreamClosedException closed(ClosedChannelException cause) {
        return new StreamClosedException(this + " was closed on this side", cause);
    }

    @Override
    public String toString() {
        return "UdpSocket[" + local + (remote == null ? "" : " to " + remote) + (channel.isOpen() ? "" : ", closed") + "]";
    }
}
