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

    @Test
    void produce() {
        int sum = Async.run(() -> TaskGroup.call(group -> {
            // @start region="produce"
            Receiver<Integer> squares = Channel.produce(group, 4, out -> {
                for (int i = 1; i <= 3; i++) {
                    out.send(i * i);
                }
            });
            int total = squares.stream().mapToInt(square -> square).sum();
            // @end
            return total;
        }));
        assertThat(sum).isEqualTo(14);
    }

    @Test
    void broadcast() {
        List<String> seen = Async.run(() -> {
            // @start region="broadcast"
            Broadcast<String> prices = Broadcast.open(2);
            Receiver<String> mine = prices.subscribe();
            for (String price : List.of("1", "2", "3")) {
                prices.send(price);
            }
            List<String> got = new ArrayList<>();
            try {
                got.add(mine.receive());
            } catch (Broadcast.LaggedException e) {
                got.add("missed " + e.missed());
            }
            got.add(mine.receive());
            // @end
            return got;
        });
        assertThat(seen).containsExactly("missed 1", "2");
    }

    @Test
    void watch() {
        List<String> seen = new ArrayList<>();
        Async.run(() -> TaskGroup.run(group -> {
            // @start region="watch"
            Watch<String> level = Watch.of("green");
            group.start(() -> {
                for (String latest : level.changes()) {
                    seen.add(latest);
                }
            });
            Async.checkpoint();
            level.set("yellow"); // replaced before the other task had its turn
            level.set("red");
            level.close();
            // @end
        }));
        assertThat(seen).containsExactly("green", "red");
    }

    @Test
    void queue() {
        List<String> done = new ArrayList<>();
        Async.run(() -> TaskGroup.run(group -> {
            // @start region="queue"
            AsyncQueue<String> jobs = AsyncQueue.fifo(100);
            group.startBackground(() -> { // a worker, for as long as the others run
                while (true) {
                    done.add(jobs.get());
                    jobs.taskDone();
                }
            });
            jobs.put("wash");
            jobs.put("dry");
            jobs.join(); // until both are done
            // @end
        }));
        assertThat(done).containsExactly("wash", "dry");
    }
}
