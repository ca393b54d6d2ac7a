package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import dev.espalier.core.CancelledError;
import dev.espalier.core.Portal;
import dev.espalier.core.Task;
import dev.espalier.core.TaskGroup;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Row B22: streams of tasks for threads that block, and the other way round. */
class BridgesTest extends OnBothEngines {
    @Test
    void aThreadThatBlocksReadsAndWrites() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            Task<byte[]> unpacked = group.start(() -> {
                // @start region="toInput"
                try (Portal portal = Portal.open(group);
                        InputStream in = pair.right().toInputStream(portal)) {
                    return Async.offload(() -> new GZIPInputStream(in).readAllBytes());
                }
                // @end
            });
            byte[] content = new byte[100_000];
            // @start region="toOutput"
            try (Portal portal = Portal.open(group)) {
                Async.offload(() -> {
                    try (OutputStream out = new GZIPOutputStream(pair.left().toOutputStream(portal))) {
                        out.write(content);
                    }
                });
            }
            // @end
            assertThat(unpacked.await()).isEqualTo(content);
        });
    }

    @Test
    void singleBytesAndTheEndAreAsInAnyStream() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            Portal portal = Portal.open(group);
            InputStream in = pair.right().toInputStream(portal);
            OutputStream out = pair.left().toOutputStream(portal);
            Async.offload(() -> {
                out.write(0xFE);
                out.flush();
                assertThat(in.read()).isEqualTo(0xFE);
                assertThat(in.read(new byte[0])).isZero();
                out.close();
                assertThat(in.read()).isEqualTo(-1);
                assertThat(in.read(new byte[5])).isEqualTo(-1);
                assertThatThrownBy(() -> out.write(1)).isInstanceOf(StreamClosedException.class).hasMessageContaining("writeEnd");
                in.close();
                assertThatThrownBy(in::read).isInstanceOf(StreamClosedException.class);
            });
            assertThat(pair.right().atEnd()).as("closing the InputStream closes nothing else").isTrue();
        });
    }

    @Test
    @DisplayName("B22: a thread of a loop would hold it, which is an error and not a hang")
    void theLoopMayNotBlock() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            Portal portal = Portal.open(group);
            InputStream in = pair.right().toInputStream(portal);
            OutputStream out = pair.left().toOutputStream(portal);
            assertThatIllegalStateException().isThrownBy(in::read).withMessageContaining("Portal.call");
            assertThatIllegalStateException().isThrownBy(() -> out.write(1)).withMessageContaining("Portal.call");
        });
    }

    @Test
    void anInterruptedThreadLosesNothing() throws IOException {
        inGroup(group -> {
            ByteStream.Pair pair = ByteStream.pair(100);
            InputStream in = pair.right().toInputStream(Portal.open(group));
            var thrown = new CompletableFuture<Throwable>();
            Thread reader = Thread.ofPlatform().start(() -> {
                try {
                    in.read();
                } catch (Throwable e) {
                    thrown.complete(e);
                }
            });
            while (reader.getState() != Thread.State.WAITING) {
                Async.sleep(Duration.ofMillis(1));
            }
            reader.interrupt();
            assertThat(Async.await(thrown)).isInstanceOf(InterruptedIOException.class);
            pair.left().write("x");
            assertThat(pair.right().readExactly(1)).hasSize(1);
        });
    }

    @Test
    void aClosedPortalIsTold() throws IOException {
        inGroup(group -> {
            Portal portal = Portal.open(group);
            InputStream in = ByteStream.pair(100).right().toInputStream(portal);
            portal.close();
            Async.offload(() -> assertThatThrownBy(in::read)
                    .isInstanceOf(StreamClosedException.class)
                    .hasMessageContaining("Portal"));
        });
    }

    // ---- the other way round

    @Test
    void aTaskReadsWhatBlocks() throws IOException {
        this.<IOException>run(() -> {
            var out = new PipedOutputStream();
            try (InputStream in = new PipedInputStream(out)) {
                // @start region="ofInput"
                StreamReader reader = StreamReader.of(in);
                // @end
                out.write("one\ntw".getBytes());
                assertThat(reader.readLine()).isEqualTo("one");
                for (int i = 0; i < 3; i++) {
                    assertThat(Async.moveOnAfter(Duration.ofMillis(5), () -> {
                        reader.readLine();
                    })).isFalse();
                }
                out.write("o\n".getBytes());
                out.close();
                assertThat(reader.readLine()).as("nothing of it was lost").isEqualTo("two");
                assertThat(reader.readLine()).isNull();
                assertThat(reader.atEnd()).isTrue();
            }
        });
    }

    @Test
    void aStreamThatFailsFailsItsReader() throws IOException {
        this.<IOException>run(() -> {
            StreamReader reader = StreamReader.of(new InputStream() {
                @Override
                public int read() throws IOException {
                    throw new IOException("broken");
                }
            });
            assertThatThrownBy(() -> reader.read(1)).isInstanceOf(IOException.class).hasMessage("broken");
            assertThatThrownBy(() -> reader.read(1)).as("again").hasMessage("broken");
        });
    }

    @Test
    void aTaskWritesWhereWritingBlocks() throws IOException {
        var out = new ByteArrayOutputStream();
        this.<IOException>run(() -> {
            // @start region="ofOutput"
            StreamWriter writer = StreamWriter.of(out);
            // @end
            writer.writeLine("one");
            writer.write(new byte[200_000]);
            assertThat(writer.tryWrite(new byte[1])).isZero();
            writer.flush();
            writer.writeEnd();
            writer.writeEnd();
            assertThatThrownBy(() -> writer.write("x")).isInstanceOf(StreamClosedException.class);
        });
        assertThat(out.toByteArray()).hasSize(200_004).startsWith("one\n".getBytes());
    }

    @Test
    @DisplayName("a cancelled write to a stream that blocks is torn, and its thread is free again")
    void aCancelledWriteIsTorn() throws IOException {
        this.<IOException>run(() -> {
            try (var in = new PipedInputStream(10);
                    OutputStream out = new PipedOutputStream(in)) {
                StreamWriter writer = StreamWriter.of(out);
                boolean ended = Async.moveOnAfter(Duration.ofMillis(20), () -> {
                    try {
                        writer.write(new byte[100_000]);
                    } catch (CancelledError e) {
                        assertThat(e.getSuppressed()).hasAtLeastOneElementOfType(StreamClosedException.class);
                        throw e;
                    }
                });
                assertThat(ended).isFalse();
                assertThatThrownBy(() -> writer.write("x")).isInstanceOf(StreamClosedException.class).hasMessageContaining("torn");
            }
        });
    }

    @Test
    void whatIsReceivedIsCopiedToAFile() throws IOException {
        var out = new ByteArrayOutputStream();
        this.<IOException>run(() -> TaskGroup.<IOException>run(group -> {
            ByteStream.Pair pair = ByteStream.pair(10);
            group.start(() -> {
                pair.left().write(new byte[1000]);
                pair.left().writeEnd();
            });
            assertThat(pair.right().copyTo(StreamWriter.of(out))).isEqualTo(1000);
        }));
        assertThat(out.size()).isEqualTo(1000);
    }
}
