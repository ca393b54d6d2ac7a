package dev.espalier.examples.inventory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.examples.inventory.IndependentCount.Counted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Apart from {@link ContentCounterTest}, because each test engine writes the report of its classes anew. */
class ContentCounterPropertyTest {

    @Property(tries = 300)
    void agreesWithTheIndependentCount(@ForAll("contents") byte[] contents) throws IOException {
        FileFacts facts = ContentCounter.count(new ByteArrayInputStream(contents));
        Counted expected = Counted.of("any", contents);
        assertThat(facts.sha256()).isEqualTo(expected.sha256());
        assertThat(facts.binary()).isEqualTo(expected.binary());
        assertThat(facts.lines()).isEqualTo(expected.lines());
        assertThat(facts.words()).isEqualTo(expected.words().size());
        assertThat(ContentCounterTest.frequencies(facts)).isEqualTo(expected.ranked());
    }

    /** Text in several scripts, and raw bytes, some of it longer than a piece. */
    @Provide
    Arbitrary<byte[]> contents() {
        Arbitrary<byte[]> text = Arbitraries.strings().withChars("aB7 \n.é\u00dfЖж中\u0301İſ").ofMaxLength(300)
                .map(string -> string.getBytes(UTF_8));
        Arbitrary<byte[]> raw = Arbitraries.bytes().filter(b -> b != 0).array(byte[].class).ofMaxSize(300);
        Arbitrary<Integer> shift = Arbitraries.integers().between(0, 300);
        Arbitrary<byte[]> straddling = text.flatMap(tail -> shift.map(back -> {
            byte[] all = new byte[ContentCounter.PIECE - back + tail.length];
            Arrays.fill(all, (byte) ' ');
            System.arraycopy(tail, 0, all, all.length - tail.length, tail.length);
            return all;
        }));
        return Arbitraries.oneOf(text, raw, straddling);
    }
}
