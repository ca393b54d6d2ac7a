package dev.espalier.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.core.Async;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ReaderOfSourceTest extends OnBothEngines {
    // @start region="source"
    /** Reads a stream of the JDK, on offload threads. */
    static StreamReader reader(InputStream stream) {
        return StreamReader.of(target -> {
            byte[] some = Async.<byte[], IOException>offload(() -> stream.readNBytes(target.remaining()));
            target.put(some);
            return some.length == 0 ? -1 : some.length;
        });
    }
    // @end

    @Test
    void allReadsOverOne() throws IOException {
        this.<IOException>run(() -> {
            var text = "one\r\ntwo;three\nrest".getBytes(StandardCharsets.UTF_8);
            StreamReader reader = reader(new ByteArrayInputStream(text));
            assertThat(reader.readLine()).isEqualTo("one");
            assertThat(reader.readUntil(new byte[] {';'}, 10)).asString().isEqualTo("two");
            assertThat(reader.readExactly(2)).asString().isEqualTo("th");
            assertThat(reader.lines()).containsExactly("ree", "rest");
            assertThat(reader.atEnd()).isTrue();
        });
    }

    @Test
    void aSourceSaysWhenReadingIsRefused() throws IOException {
        this.<IOException>run(() -> {
            StreamReader closed = StreamReader.of(new StreamReader.Source() {
                @Override
                public int read(ByteBuffer target) {
                    return -1;
                }

                @Override
                public void checkOpen() throws IOException {
                    throw new StreamClosedException(this + " was closed", null);
                }

                @Override
                public String toString() {
                    return "MySource";
                }
            });
            assertThatThrownBy(() -> closed.read(1)).isInstanceOf(StreamClosedException.class).hasMessageContaining("MySource");
        });
    }
}
