package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ObjectInputFilter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * What is encoded comes out equal and of the same kind.
 */
class CodecTest {
    record Pair(Object left, int right) {
    }

    record Positive(int value) {
        Positive {
            if (value <= 0) {
                throw new IllegalArgumentException("not positive");
            }
        }
    }

    enum Colour { RED, GREEN { } }

    private final SymbolTable table = new SymbolTable();

    private Symbols symbols(String filter) {
        try {
            Symbols symbols = new Symbols(ObjectInputFilter.Config.createFilter(filter), getClass().getClassLoader());
            for (int i = 0; i < table.size(); i++) {
                symbols.define(i, table.definition(i));
            }
            return symbols;
        } catch (ProtocolException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private Object roundTrip(Object value) {
        Encoder out = new Encoder(table);
        out.root(value);
        Decoder in = new Decoder(symbols("*")).over(out.toBytes(), 0, out.size());
        Object back = in.value();
        assertThat(in.atEnd()).isTrue();
        return back;
    }

    @Provide
    Arbitrary<Object> leaves() {
        return Arbitraries.oneOf(List.of(
                Arbitraries.integers().asGeneric(), Arbitraries.longs().asGeneric(), Arbitraries.shorts().asGeneric(),
                Arbitraries.bytes().asGeneric(), Arbitraries.chars().asGeneric(), Arbitraries.doubles().asGeneric(),
                Arbitraries.floats().asGeneric(), Arbitraries.of(true, false).asGeneric(),
                        Arbitraries.strings().asGeneric(),
                Arbitraries.strings().all().asGeneric(), Arbitraries.bigIntegers().asGeneric(),
                        Arbitraries.bigDecimals().asGeneric(),
                Arbitraries.create(UUID::randomUUID).asGeneric(), Arbitraries.of(Colour.class).asGeneric(),
                Arbitraries.of(TimeUnit.class).asGeneric(),
                Arbitraries.longs().between(-1L << 40, 1L << 40).map(Instant::ofEpochSecond).asGeneric(),
                Arbitraries.longs().between(-1L << 40, 1L << 40).map(Duration::ofNanos).asGeneric(),
                Arbitraries.longs().between(-300_000, 300_000).map(LocalDate::ofEpochDay).asGeneric(),
                Arbitraries.of(int.class, String.class, int[].class, Map.Entry.class, void.class).asGeneric()));
    }

    @Provide
    Arbitrary<Object> values() {
        return Arbitraries.recursive(this::leaves, inner -> Arbitraries.oneOf(List.of(
                inner.list().ofMaxSize(4).map(ArrayList::new).asGeneric(),
                        inner.list().ofMaxSize(4).map(List::copyOf).asGeneric(),
                inner.set().ofMaxSize(4).map(HashSet::new).asGeneric(),
                        inner.set().ofMaxSize(4).map(Set::copyOf).asGeneric(),
                Arbitraries.maps(inner, inner).ofMaxSize(4).map(LinkedHashMap::new).asGeneric(),
                Arbitraries.maps(inner, inner).ofMaxSize(4).map(Map::copyOf).asGeneric(),
                inner.map(Optional::of).asGeneric(), inner.map(each -> new Pair(each, 1)).asGeneric(),
                inner.list().ofMaxSize(4).map(LinkedList::new).asGeneric(),
                inner.map(each -> Map.entry(each, "x")).asGeneric(),
                Arbitraries.maps(Arbitraries.strings(), inner).ofMaxSize(4).map(TreeMap::new).asGeneric(),
                Arbitraries.strings().set().ofMaxSize(4).map(TreeSet::new).asGeneric(),
                inner.map(each -> Arrays.asList(each, null)).asGeneric())), 3);
    }

    @Property(tries = 1000)
    void valuesComeOutEqual(@ForAll("values") Object value) {
        Object back = roundTrip(value);
        assertThat(back).isEqualTo(value);
        assertThat(back.getClass()).isIn(value.getClass(), List.of().getClass(), List.of(1).getClass(),
                Set.of().getClass(),
                Set.of(1).getClass(), Map.of().getClass(), Map.of(1, 1).getClass());
    }

    @Property
    void arraysComeOutEqual(@ForAll byte[] b, @ForAll int[] i, @ForAll long[] l, @ForAll double[] d, @ForAll char[] c) {
        Object[] arrays = {b, i, l, d, c, new short[] {1, -1}, new float[] {1.5f}, new boolean[] {true, false},
            new String[] {"a", null, "\uD800"}};
        for (Object array : arrays) {
            assertThat(Arrays.deepEquals(new Object[] {roundTrip(array)}, new Object[] {array})).isTrue();
        }
    }

    @Property
    void timesComeOutEqual(@ForAll int second, @ForAll boolean summer) {
        LocalDateTime local = LocalDateTime.ofEpochSecond(second, 999, ZoneOffset.UTC);
        ZoneOffset offset = ZoneOffset.ofHours(summer ? 2 : 1);
        for (Object time : List.of(local, local.toLocalTime(), LocalTime.MAX, offset, local.atOffset(offset),
                ZonedDateTime.ofLocal(local, ZoneId.of("Europe/Paris"), offset), Instant.MAX,
                        Duration.ofSeconds(Long.MIN_VALUE))) {
            assertThat(roundTrip(time)).isEqualTo(time);
        }
    }

    @Example
    void otherClassesGoThroughTheJdk() {
        var sorted = new TreeMap<>(Map.of("b", 2, "a", 1));
        assertThat(roundTrip(sorted)).isEqualTo(sorted).isInstanceOf(TreeMap.class);
        assertThat(roundTrip(new java.util.EnumMap<>(Map.of(Colour.RED, 1)))).isEqualTo(Map.of(Colour.RED, 1));
        assertThat(roundTrip(Collections.unmodifiableList(new ArrayList<>(List.of(1))))).isEqualTo(List.of(1));
    }

    @Example
    void nullsInUnchangeableListsSurvive() {
        List<Object> list = Arrays.asList(1, null);
        Object back = roundTrip(list.stream().toList());
        assertThat(back).isEqualTo(list);
    }

    @Example
    void aRecordIsMadeByItsConstructor() {
        Encoder out = new Encoder(table);
        out.root(new Positive(1));
        byte[] bytes = out.toBytes();
        bytes[bytes.length - 1] = 0;
        assertThatThrownBy(() -> new Decoder(symbols("*")).over(bytes, 0, bytes.length).value())
                .isInstanceOf(EncodingException.class).hasMessageContaining("failed")
                        .hasRootCauseMessage("not positive");
    }

    @Example
    void theFilterHoldsForRecordsEnumsAndObjects() {
        for (Object value : List.of(new Pair(1, 1), Colour.RED, new StringBuilder("a"))) {
            Encoder out = new Encoder(table);
            out.root(value);
            assertThatThrownBy(() -> new Decoder(symbols("!*")).over(out.toBytes(), 0, out.size()).value())
                    .isInstanceOf(EncodingException.class).hasMessageMatching("(?s).*(rejected|REJECTED).*");
        }
    }

    @Example
    void aValueThatFailsLeavesNothingBehind() {
        Encoder out = new Encoder(table);
        out.root(1);
        int before = out.size();
        assertThatThrownBy(() -> out.root(List.of(1, new Object()))).isInstanceOf(EncodingException.class)
                .hasMessageStartingWith("at [1]: an object of java.lang.Object");
        assertThat(out.size()).isEqualTo(before);
    }

    @Example
    void mapsWithNullsKeepThem() {
        Map<Object, Object> map = new HashMap<>();
        map.put(null, 1);
        map.put("a", null);
        assertThat(roundTrip(map)).isEqualTo(map);
    }

    @Example
    void smallValuesAreSmall() {
        Encoder out = new Encoder(table);
        out.root(List.of(1, "ab", new BigDecimal("1.5"), BigInteger.TEN));
        assertThat(out.size()).isLessThanOrEqualTo(20);
    }
}
