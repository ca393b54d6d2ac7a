package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several errors at once, with their types (E2, E16). */
class GroupExceptionTest {
    private final IOException io = new IOException("io");
    private final EOFException end = new EOFException("end");
    private final IllegalStateException bug = new IllegalStateException("bug");

    private static GroupException group(Throwable... failures) {
        return new GroupException("group", List.of(failures));
    }

    @Test
    void splitKeepsTheStructureOnBothSides() {
        GroupException whole = group(io, group(bug, end), group(bug));
        GroupException.Split parts = whole.split(IOException.class);
        assertThat(parts.matching().failures()).hasSize(2).first().isSameAs(io);
        assertThat(((GroupException) parts.matching().failures().get(1)).failures()).containsExactly(end);
        assertThat(parts.rest().failures()).hasSize(2).allSatisfy(
                inner -> assertThat(((GroupException) inner).failures()).containsExactly(bug));
        assertThat(parts.matching().getStackTrace()).isEqualTo(whole.getStackTrace());
    }

    @Test
    void aSideThatHasAllIsTheGroupItselfAndTheOtherIsNull() {
        GroupException whole = group(io, end);
        assertThat(whole.split(IOException.class).matching()).isSameAs(whole);
        assertThat(whole.split(IOException.class).rest()).isNull();
        assertThat(whole.split(leaf -> leaf.getMessage().equals("other")).matching()).isNull();
        assertThat(whole.split(leaf -> leaf == end).rest().failures()).containsExactly(io);
    }

    @Test
    void handleTakesTypesInTurnAndWhatIsLeftIsThrownInItsStructure() {
        GroupException whole = group(io, group(bug, end));
        var handled = new ArrayList<Throwable>();
        assertThatThrownBy(() -> whole.handle(IOException.class, handled::add).rethrowUnhandled())
                .isInstanceOfSatisfying(GroupException.class, rest -> {
                    assertThat(rest.leaves()).containsExactly(bug);
                    assertThat(rest.failures()).singleElement().isInstanceOf(GroupException.class);
                });
        assertThat(handled).containsExactly(io, end);
        assertThatCode(() -> whole.handle(IllegalStateException.class, handled::add).rethrowUnhandled())
                .doesNotThrowAnyException();
    }

    @Test
    void rethrowIfOnlyThrowsTheFirstWithTheOthersSuppressedOnce() {
        GroupException whole = group(end, group(io), end);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> whole.rethrowIfOnly(IOException.class)).isSameAs(end);
        }
        assertThat(end.getSuppressed()).containsExactly(io);
    }

    @Test
    void rethrowIfOnlyReturnsIfAnotherTypeIsAmongThem() throws IOException {
        group(io, group(bug)).rethrowIfOnly(IOException.class);
        assertThat(io.getSuppressed()).isEmpty();
    }
}
