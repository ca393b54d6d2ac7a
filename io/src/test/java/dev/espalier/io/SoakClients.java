package dev.espalier.io;

import dev.espalier.core.Async;
import dev.espalier.core.TaskGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Random;

/**
 * The other end of the soak, in a process of its own: two thirds of the clients ask for echoes and check them, and the others are silent,
 * reset their connections and come again, end their side at once, or read slowly. Says "connected" when all are, waits for a line, and
 * counts at the end. Arguments: the address, the port, how many, how many seconds after that line.
 */
final class SoakClients {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final SocketAddress address;
    private final int count;
    private final Duration time;

    private boolean told; // that the time begins
    private long end; // on the system's clock of nanoseconds; set when it was told
    private int connected;
    private long echoes;
    private long faults;

    private SoakClients(SocketAddress address, int count, Duration time) {
        this.address = address;
        this.count = count;
        this.time = time;
    }

    public static void main(String[] args) throws IOException {
        SocketAddress address = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
        var clients = new SoakClients(address, Integer.parseInt(args[2]), Duration.ofSeconds(Integer.parseInt(args[3])));
        Async.<IOException>run(() -> TaskGroup.<IOException>run(clients::start));
        System.out.println(clients.echoes + " " + clients.faults);
    }

    private void start(TaskGroup group) {
        group.start(() -> {
            StreamReader.of(System.in).readLine();
            end = System.nanoTime() + time.toNanos();
            told = true;
        });
        for (int i = 0; i < count; i++) {
            int number = i;
            group.start(() -> client(number, new Random(number)));
            if (i % 50 == 0) {
                Async.sleep(Duration.ofMillis(2)); // no more at once than the other side queues
            }
        }
    }

    private boolean goesOn() {
        return !told || System.nanoTime() - end < 0;
    }

    private SocketStream connect(boolean first) throws IOException {
        SocketStream stream = Net.connect(address);
        if (first && ++connected == count) {
            System.out.println("connected");
        }
        return stream;
    }

    private void client(int number, Random random) throws IOException {
        if (number % 3 > 0) {
            echo(random);
            return;
        }
        switch (number / 3 % 4) {
            case 0 -> silent();
            case 1 -> reset(random);
            case 2 -> halfOpen();
            default -> slow();
        }
    }

    private void rest(Random random) {
        Async.sleep(Duration.ofMillis(random.nextInt(2 * (int) PAUSE.toMillis())));
    }

    private void echo(Random random) throws IOException {
        try (SocketStream stream = connect(true)) {
            while (goesOn()) {
                rest(random);
                String line = Long.toHexString(random.nextLong()).repeat(1 + random.nextInt(20));
                stream.writeLine(line);
                String answer = stream.readLine();
                if (!line.equals(answer)) {
                    throw new IOException("the answer to " + line + " is " + answer);
                }
                echoes++;
            }
        }
    }

    private void silent() throws IOException {
        SocketStream stream = connect(true);
        while (goesOn()) {
            Async.sleep(PAUSE);
        }
        faults++;
        stream.abort();
    }

    private void reset(Random random) throws IOException {
        SocketStream stream = connect(true);
        while (goesOn()) {
            rest(random);
            stream.write("half of a line");
            stream.abort();
            faults++;
            stream = connect(false);
        }
        stream.abort();
    }

    private void halfOpen() throws IOException {
        SocketStream stream = connect(true);
        stream.writeLine("stay");
        stream.writeEnd();
        while (goesOn()) {
            Async.sleep(PAUSE);
        }
        faults++;
        stream.abort();
    }

    private void slow() throws IOException {
        SocketStream stream = connect(true);
        stream.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
        stream.writeLine("much");
        while (goesOn()) {
            stream.readExactly(100);
            Async.sleep(PAUSE);
        }
        faults++;
        stream.abort();
    }
}
