package dev.espalier.core;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One or more children of a {@link TaskGroup} failed. The shape is the same for one failure and for many, so that code
 * written against one failure does not break when a second one joins it.
 *
 * <p>The first failure is also the cause and the others are suppressed exceptions, so plain loggers show all of them.
 */
public final class GroupException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String group;
    private final ArrayList<Throwable> failures;
    private final ArrayList<Class<?>> handled = new ArrayList<>();

    GroupException(String group, List<Throwable> failures) {
        super(message(group, failures), failures.get(0));
        this.group = group;
        this.failures = new ArrayList<>(failures);
        failures.stream().skip(1).forEach(this::addSuppressed);
    }

    private static String message(String group, List<Throwable> failures) {
        var text = new StringBuilder(group).append(": ").append(failures.size());
        text.append(failures.size() == 1 ? " failure" : " failures");
        failures.forEach(failure -> text.append("; ").append(failure));
        return text.toString();
    }

    /**
     * {@return the failures in the order in which they happened; at least one; groups inside stay groups}
     */
    public List<Throwable> failures() {
        return List.copyOf(failures);
    }

    /**
     * {@return the failures with nested groups replaced by their members, in order}
     */
    public List<Throwable> leaves() {
        var leaves = new ArrayList<Throwable>();
        for (Throwable failure : failures) {
            if (failure instanceof GroupException group) {
                leaves.addAll(group.leaves());
            } else {
                leaves.add(failure);
            }
        }
        return leaves;
    }

    /**
     * Throws the failure itself if every leaf is a {@code type}: the first one, with the others suppressed in it.
     *
     * @param <X> the type
     * @param type what to look for
     * @throws X the first leaf, if all leaves are of the type
     */
    public <X extends Throwable> void rethrowIfOnly(Class<X> type) throws X {
        List<Throwable> leaves = leaves();
        if (leaves.stream().allMatch(type::isInstance)) {
            Throwable first = leaves.get(0);
            leaves.stream().skip(1)
                    .filter(other -> other != first && !List.of(first.getSuppressed()).contains(other))
                    .forEach(first::addSuppressed);
            throw type.cast(first);
        }
    }

    /**
     * Hands every leaf of a type to a handler and remembers that type as handled.
     *
     * @param <E> the type
     * @param type what to look for
     * @param handler gets each such leaf, in order
     * @return this exception, for the next {@code handle} or {@link #rethrowUnhandled()}
     */
    public <E extends Throwable> GroupException handle(Class<E> type, Consumer<? super E> handler) {
        handled.add(type);
        leaves().stream().filter(type::isInstance).map(type::cast).forEach(handler);
        return this;
    }

    /**
     * Throws a group of the leaves that no {@link #handle} call took, in the structure of this one; returns if there is none.
     */
    public void rethrowUnhandled() {
        GroupException rest = split(leaf -> handled.stream().anyMatch(type -> type.isInstance(leaf))).rest();
        if (rest != null) {
            throw rest;
        }
    }

    /**
     * Parts the leaves by type. Groups inside stay groups, without the leaves that went to the other side.
     *
     * {@snippet class="dev.espalier.core.ScopeSnippetsTest" region="split"}
     *
     * @param type what to look for
     * @return both sides
     */
    public Split split(Class<? extends Throwable> type) {
        return split((Throwable leaf) -> type.isInstance(leaf));
    }

    /**
     * Parts the leaves by a condition. Groups inside stay groups, without the leaves that went to the other side.
     *
     * @param condition asked of each leaf once, in order
     * @return both sides
     */
    public Split split(Predicate<? super Throwable> condition) {
        var matching = new ArrayList<Throwable>();
        var rest = new ArrayList<Throwable>();
        for (Throwable failure : failures) {
            if (failure instanceof GroupException inner) {
                Split parts = inner.split(condition);
                addIfAny(matching, parts.matching());
                addIfAny(rest, parts.rest());
            } else {
                (condition.test(failure) ? matching : rest).add(failure);
            }
        }
        return new Split(part(matching), part(rest));
    }

    private static void addIfAny(List<Throwable> list, @Nullable GroupException part) {
        if (part != null) {
            list.add(part);
        }
    }

    private @Nullable GroupException part(List<Throwable> some) {
        if (some.isEmpty()) {
            return null;
        }
        if (some.equals(failures)) {
            return this;
        }
        var part = new GroupException(group, some);
        part.setStackTrace(getStackTrace());
        return part;
    }

    /**
     * The two sides of a {@link GroupException}.
     *
     * @param matching the leaves that match, in their structure; null if there is none
     * @param rest the others, in their structure; null if there is none
     */
    public record Split(@Nullable GroupException matching, @Nullable GroupException rest) {}
}
