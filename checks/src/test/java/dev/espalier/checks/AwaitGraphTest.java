package dev.espalier.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.espalier.core.Awaits;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class AwaitGraphTest {
    @Test
    void reportsPublicMethodsThatParkSilentlyBothDirectlyAndThroughAnother() {
        assertThat(silent(Silent.class)).hasSize(2).allMatch(name -> name.contains("Silent.deep("));
    }

    @Test
    void acceptsAMethodThatSaysSoAndOneWhoseLambdaParksLater() {
        assertThat(silent(Honest.class)).isEmpty();
    }

    @Test
    void acceptsAnIterator() {
        assertThat(silent(Walk.class)).isEmpty();
    }

    @Test
    void refusesAParkingMethodThatDoesNotExist() {
        AwaitGraph graph = new AwaitGraph(List.of(fileOf(Parking.class)));
        assertThatIllegalArgumentException().isThrownBy(() -> graph.silent(List.of(), Parking.class, "renamed"))
                .withMessageContaining("no method 'renamed'");
    }

    private static List<String> silent(Class<?> type) {
        AwaitGraph graph = new AwaitGraph(List.of(fileOf(Parking.class), fileOf(Said.class), fileOf(type)));
        return graph.silent(List.of(type), Parking.class, "park");
    }

    private static Path fileOf(Class<?> type) {
        try {
            return Path.of(type.getResource(type.getName().replaceFirst(".*\\.", "") + ".class").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static class Parking {
        static void park() {}
    }

    interface Said {
        @Awaits
        void said();
    }

    static class Silent {
        public static void deep(Said said) {
            helper(said);
        }

        private static void helper(Said said) {
            said.said();
        }

        public static void deep() {
            Parking.park();
        }

        static void hidden() {
            Parking.park();
        }
    }

    static class Honest extends Parking {
        @Awaits
        public static void said() {
            park();
        }

        public static Runnable later() {
            return () -> park();
        }
    }

    static class Walk implements Iterator<String> {
        @Override
        public boolean hasNext() {
            Parking.park();
            return false;
        }

        @Override
        public String next() {
            return "";
        }
    }
}
