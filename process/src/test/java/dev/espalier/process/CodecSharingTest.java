package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ObjectInputFilter;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Shared references, cycles, depth; and what is not serialisable for the JDK inside of what only the JDK can write.
 */
@Timeout(60)
class CodecSharingTest {
    /** Not serialisable for the JDK. */
    record Node(String name, List<Object> links) {
    }

    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;
        @SuppressWarnings("serial") // not for the JDK
        final Node with;

        Failure(Node with) {
            this.with = with;
        }
    }

    sealed interface Shape {
        record Circle(double radius) implements Shape {
        }

        record Square(double side) implements Shape {
        }
    }

    static Object roundTrip(Object value) {
        SymbolTable table = new SymbolTable();
        Encoder out = new Encoder(table);
        out.root(value);
        return new Decoder(symbols(table)).over(out.toBytes(), 0, out.size()).last();
    }

    static Symbols symbols(SymbolTable table) {
        try {
            Symbols symbols = new Symbols(ObjectInputFilter.Config.createFilter(PoolOptions.defaults().serialFilter()),
                    CodecSharingTest.class.getClassLoader());
            for (int i = 0; i < table.size(); i++) {
                symbols.define(i, table.definition(i));
            }
            return symbols;
        } catch (ProtocolException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void whatIsSharedInAValueStaysShared() {
        List<String> inner = new ArrayList<>(List.of("a"));
        byte[] bytes = {1, 2};
        Node node = new Node("n", List.of());
        for (Object shared : List.of(inner, bytes, node, new StringBuilder("x"), new Object[] {1}, Optional.of(1))) {
            List<?> back = (List<?>) roundTrip(new ArrayList<>(Arrays.asList(shared, 1, shared)));
            assertThat(back.get(2)).isSameAs(back.get(0));
        }
    }

    @Test
    void equalButSeparateObjectsStaySeparate() {
        List<?> back = (List<?>) roundTrip(Arrays.asList(new ArrayList<>(), new ArrayList<>()));
        assertThat(back.get(0)).isNotSameAs(back.get(1)).isEqualTo(back.get(1));
    }

    @Test
    void manySharedObjectsKeepTheirNumbers() {
        List<Object> all = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            all.add(new Node("n" + i, List.of()));
        }
        List<Object> twice = new ArrayList<>(all);
        twice.addAll(all);
        List<?> back = (List<?>) roundTrip(twice);
        for (int i = 0; i < 5000; i++) {
            assertThat(back.get(i + 5000)).isSameAs(back.get(i));
            assertThat(((Node) back.get(i)).name()).isEqualTo("n" + i);
        }
    }

    @Test
    void collectionsAndArraysMayHoldThemselves() {
        List<Object> list = new ArrayList<>();
        list.add(list);
        assertThat(((List<?>) roundTrip(list)).getFirst()).matches(first -> first instanceof List<?> inner
                && inner.getFirst() == inner);
        Map<String, Object> map = new HashMap<>();
        map.put("self", new Node("n", Arrays.asList(map)));
        Map<?, ?> backMap = (Map<?, ?>) roundTrip(map);
        assertThat(((Node) backMap.get("self")).links().getFirst() == backMap).isTrue();
        Object[] array = new Object[1];
        array[0] = array;
        Object[] backArray = (Object[]) roundTrip(array);
        assertThat(backArray[0] == backArray).isTrue();
    }

    @Test
    void aRecordThatHoldsItselfIsRefusedWithTheWayToIt() {
        List<Object> links = new ArrayList<>();
        Node node = new Node("n", links);
        links.add(node);
        assertThatThrownBy(() -> roundTrip(node)).isInstanceOf(EncodingException.class)
                .hasMessageStartingWith("at .links[0]:").hasMessageContaining("holds itself");
    }

    @Test
    void aCircleThroughTheJdkIsRefused() {
        TreeMap<String, Object> map = new TreeMap<>();
        List<Object> links = Collections.synchronizedList(new ArrayList<>());
        links.add(new Node("n", links));
        map.put("k", links);
        assertThatThrownBy(() -> roundTrip(map)).isInstanceOf(EncodingException.class)
                .hasMessageContaining("nested").hasMessageMatching("(?s).{1,600}");
    }

    @Test
    void deepValuesTravelUpToTheLimit() {
        assertThat(roundTrip(nested(Tag.MAX_DEPTH))).isEqualTo(nested(Tag.MAX_DEPTH));
        assertThatThrownBy(() -> roundTrip(nested(Tag.MAX_DEPTH + 1))).isInstanceOf(EncodingException.class)
                .hasMessageContaining("deeper than " + Tag.MAX_DEPTH);
    }

    private static Object nested(int depth) {
        Object deep = "x";
        for (int i = 0; i < depth; i++) {
            deep = new ArrayList<>(Collections.singletonList(deep));
        }
        return deep;
    }

    @Test
    void sealedHierarchiesOfRecordsTravel() {
        List<Shape> shapes = List.of(new Shape.Circle(1), new Shape.Square(2));
        assertThat(roundTrip(shapes)).isEqualTo(shapes);
    }

    @Test
    void arraysOfObjectsKeepTheirClass() {
        Object[] arrays = {new Node[] {new Node("a", List.of()), null}, new int[][] {{1}, {2, 3}, null},
            new Shape[] {new Shape.Circle(1)}, new String[][] {{"a"}}, new Integer[] {1, 2}, new Object[0],
            new Thread.State[] {Thread.State.NEW}};
        for (Object array : arrays) {
            Object back = roundTrip(array);
            assertThat(back.getClass()).isSameAs(array.getClass());
            assertThat(Arrays.deepEquals(new Object[] {back}, new Object[] {array})).isTrue();
        }
    }

    @Test
    void recordsTravelInsideOfWhatOnlyTheJdkCanWrite() {
        Node node = new Node("n", List.of(1));
        var deque = new java.util.concurrent.ConcurrentLinkedDeque<>(List.of(node, Optional.of(node)));
        var back = (java.util.concurrent.ConcurrentLinkedDeque<?>) roundTrip(deque);
        assertThat(back.getFirst()).isEqualTo(node);
        assertThat(back.getLast()).isEqualTo(Optional.of(node));
        assertThat(((Failure) roundTrip(new Failure(node))).with).isEqualTo(node);
    }

    @Test
    void viewsTravelAsCollectionsOfTheirOwn() {
        List<Integer> numbers = new ArrayList<>(List.of(1, 2, 3, 4));
        Map<String, Integer> map = new TreeMap<>(Map.of("a", 1, "b", 2));
        assertThat(roundTrip(numbers.subList(1, 3))).isEqualTo(List.of(2, 3));
        assertThat(roundTrip(List.of(1, 2, 3).subList(1, 3))).isEqualTo(List.of(2, 3));
        assertThat(roundTrip(map.keySet())).isEqualTo(Set.of("a", "b"));
        assertThat(roundTrip(map.values())).isEqualTo(List.of(1, 2));
        assertThat(roundTrip(new HashMap<>(map).entrySet())).isEqualTo(map.entrySet());
        assertThat(roundTrip(Map.entry("a", 1))).isEqualTo(Map.entry("a", 1));
        assertThat(roundTrip(new HashMap<>(Collections.singletonMap("a", null)).entrySet()))
                .isEqualTo(Set.of(new AbstractMap.SimpleEntry<>("a", null)));
    }

    @Test
    void sortedCollectionsKeepTheirOrder() {
        TreeSet<String> set = new TreeSet<>(Comparator.<String>reverseOrder());
        set.addAll(List.of("a", "b", "c"));
        assertThat(((TreeSet<?>) roundTrip(set)).getFirst()).isEqualTo("c");
        TreeMap<String, Integer> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        map.put("a", 1);
        assertThat(((Map<?, ?>) roundTrip(map)).containsKey("A")).isTrue();
        assertThat(((ArrayDeque<?>) roundTrip(new ArrayDeque<>(List.of(1, 2)))).getLast()).isEqualTo(2);
    }

    @Test
    void whatIsSharedInKeysIsCopied() {
        List<String> shared = List.of("a", "b");
        Set<Object> set = new HashSet<>(Set.of(Arrays.asList(shared, shared), List.of(shared)));
        assertThat(roundTrip(set)).isEqualTo(set);
    }

    @Test
    void aLargeArrayIsHandedOverAndNotCopiedOnceMore() {
        Encoder out = new Encoder(new SymbolTable());
        out.root(new byte[1 << 20]);
        byte[] buffer = out.array();
        assertThat(out.take()).isSameAs(buffer);
        assertThat(out.size()).isZero();
    }
}
