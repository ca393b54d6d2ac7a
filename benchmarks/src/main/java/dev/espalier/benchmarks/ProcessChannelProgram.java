package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.ChannelClosedException;
import dev.espalier.core.Receiver;
import dev.espalier.core.Sender;
import dev.espalier.core.TaskGroup;
import dev.espalier.process.ChildOptions;
import dev.espalier.process.ChildProcess;
import dev.espalier.process.ProcessChannel;

/**
 * Messages of 64 bytes a second in a {@code ProcessChannel}, one way. The first argument says whose: {@code child}, from the
 * parent to a child; {@code children}, from one child to another. The second: seconds to measure, after four to warm up.
 */
final class ProcessChannelProgram {
    private static final int CAPACITY = 8192;
    private static final int SIZE = 64;
    private static final long WARM_UP_NANOS = 4_000_000_000L;

    private ProcessChannelProgram() {
    }

    public static void main(String[] args) {
        long nanos = (long) (Double.parseDouble(args[1]) * 1e9);
        double perSecond = Async.run(() -> TaskGroup.call(group -> {
            ProcessChannel<byte[]> channel = ProcessChannel.open(CAPACITY);
            Sender<byte[]> out = channel.sender();
            Receiver<byte[]> in = channel.receiver();
            var receiver = ChildProcess.start(group, ChildOptions.defaults().withName("receiver"), () -> count(in, nanos));
            if (args[0].equals("children")) {
                ChildProcess.start(group, ChildOptions.defaults().withName("sender"), () -> send(out));
            } else {
                send(out);
            }
            return receiver.await();
        }));
        System.out.println(perSecond);
    }

    private static void send(Sender<byte[]> out) {
        byte[] message = new byte[SIZE];
        try {
            while (true) {
                out.send(message);
            }
        } catch (ChannelClosedException enough) {
            // The receiver has measured as long as it wanted to.
        }
    }

    private static double count(Receiver<byte[]> in, long nanos) {
        receive(in, WARM_UP_NANOS);
        double perSecond = receive(in, nanos);
        in.close();
        return perSecond;
    }

    private static double receive(Receiver<byte[]> in, long nanos) {
        long began = System.nanoTime();
        long messages = 0;
        long now = began;
        while (now - began < nanos) {
            for (int i = 0; i < 64; i++) {
                Check.equal(SIZE, in.receive().length);
            }
            messages += 64;
            now = System.nanoTime();
        }
        return messages * 1e9 / (now - began);
    }
}
