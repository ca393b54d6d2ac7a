package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The programs that the documentation of channels and the like shows. */
class ChannelSnippetsTest {
    private static final class Connection {
        private boolean closed;

        void close() {
            closed = true;
        }
    }

    @Test
    void channel() {
        List<String> lines = Async.run(() -> TaskGroup.call(group -> {
            // @start region="channel"
            Channel<String> channel = Channel.open(16);
            group.start(() -> {
                try (Sender<String> out = channel.sender()) { // its end is the end of the channel
                    out.send("one");
                    out.send("two");
                }
            });
            var got = new ArrayList<String>();
            for (String line : channel.receiver()) { // waits for each
                got.add(line);
            }
            // @end
            return got;
        }));
        assertThat(lines).containsExactly("one", "two");
    }

    @Test
    void undelivered() {
        Async.run(() -> {
            // @start region="undelivered"
            Channel<Connection> idle = Channel.open(8, Channel.Overflow.DROP_OLDEST, Connection::close);
            // @end
            var connection = new Connection();
            idle.sender().send(connection);
            idle.receiver().close();
            assertThat(connection.closed).isTrue();
        });
    }

    @Test
    void reserve() {
        List<String> jobs = new ArrayList<>(List.of("first", "second"));
        String sent = Async.run(() -> {
            Channel<String> channel = Channel.open(1);
            Sender<String> out = channel.sender();
            // @start region="reserve"
            try (Sender.Permit<String> place = out.reserve()) {
                place.send(jobs.removeFirst()); // taken only now that it can be sent
            }
            // @end
            return channel.receiver().receive();
        });
        assertThat(sent).isEqualTo("first");
        assertThat(jobs).containsExactly("second");
    }
}
