package dev.espalier.core;

import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * When a {@link TaskGroup} has what it needs, and which failures end it. The default is {@link #all()}: the first failure
 * cancels the rest.
 *
 * {@snippet class="dev.espalier.core.ScopeSnippetsTest" region="quorum"}
 *
 * <p>Whatever the policy, a group is left only when all its children have ended, a failure of the body comes out, a {@link
 * VirtualMachineError} of a child ends the group, and background children count for nothing but their failures. A group that
 * was cancelled, or whose time limit passed, ends with what it has, and throws only what its policy must throw. The values
 * are read from the children: {@link TaskGroup#successes}, {@link Task#result()} or {@link Task#state()}.
 *
 * <p>A policy holds no state; one object serves any number of groups.
 */
public final class GroupPolicy {
    private static final GroupPolicy ALL = new GroupPolicy("all", null, false, null);

    private final String name;
    private final @Nullable Rule rule; // null: the first failure ends the group
    private final boolean isolates;
    private final @Nullable Duration limit;

    private GroupPolicy(String name, @Nullable Rule rule, boolean isolates, @Nullable Duration limit) {
        this.name = name;
        this.rule = rule;
        this.isolates = isolates;
        this.limit = limit;
    }

    /**
     * {@return the default: every member must end well, and the first failure cancels the others}
     */
    public static GroupPolicy all() {
        return ALL;
    }

    /**
     * {@return one success is enough: it cancels the others; failures come out only if no child succeeds}
     */
    public static GroupPolicy any() {
        return new GroupPolicy("any", needs(1, false), false, null);
    }

    /**
     * Returns the policy that is content with some successes. They cancel the others. Failures come out only if there are
     * too few successes at the end; each child gets its try.
     *
     * @param successes how many, at least 1
     * @return the policy
     */
    public static GroupPolicy first(int successes) {
        return new GroupPolicy("first(" + positive(successes) + ")", needs(successes, false), false, null);
    }

    /**
     * Returns the policy that needs some successes, as {@link #first}, and gives up as soon as they cannot be reached any
     * more: once the body has ended, and too few children are left.
     *
     * @param successes how many, at least 1
     * @return the policy
     */
    public static GroupPolicy quorum(int successes) {
        return new GroupPolicy("quorum(" + positive(successes) + ")", needs(successes, true), false, null);
    }

    /**
     * {@return each member runs to its end, and all failures come out together}
     */
    public static GroupPolicy collectAll() {
        return new GroupPolicy(
                "collectAll",
                progress -> progress.isEnded() && (progress.failed() > 0 || progress.bodyFailed()) ? Verdict.FAIL : Verdict.GO_ON,
                false,
                null);
    }

    /**
     * Returns the policy that has enough when a condition holds; it is asked at the end of each member. If it never
     * holds, the group ends with its last child. Failures of children do not come out: their states tell them.
     *
     * @param enough the condition; it must not await
     * @return the policy
     */
    public static GroupPolicy until(Predicate<? super Progress> enough) {
        return new GroupPolicy(
                "until",
                progress -> progress.bodyFailed()
                        ? Verdict.FAIL
                        : enough.test(progress) ? Verdict.ENOUGH : Verdict.GO_ON,
                false,
                null);
    }

    /**
     * {@return failures of children are isolated: each goes to those who await that child, and to the error sink of the loop
     * when the group ends and nobody has}
     */
    public static GroupPolicy supervisor() {
        return new GroupPolicy(
                "supervisor", progress -> progress.bodyFailed() ? Verdict.FAIL : Verdict.GO_ON, true, null);
    }

    /**
     * Returns a policy of one's own.
     *
     * @param name what it is called in messages
     * @param rule judges the group at the end of each member
     * @return the policy
     */
    public static GroupPolicy of(String name, Rule rule) {
        return new GroupPolicy(name, rule, false, null);
    }

    /**
     * Returns this policy with a time limit for the group: when it passes, the body and the children are cancelled, and the
     * group ends with what it has. For a limit that is an error, put the group inside {@link Async#timeout}.
     *
     * @param time how long from the entry of the group; zero or negative: each first await throws
     * @return the policy
     */
    public GroupPolicy withDeadline(Duration time) {
        return new GroupPolicy(name, rule, isolates, time);
    }

    private static Rule needs(int successes, boolean givesUp) {
        return progress -> {
            if (progress.bodyFailed()) {
                return Verdict.FAIL;
            }
            if (progress.succeeded() >= successes) {
                return Verdict.ENOUGH;
            }
            boolean outOfReach = givesUp && progress.bodyEnded() && progress.succeeded() + progress.alive() < successes;
            return outOfReach || progress.isEnded() ? Verdict.FAIL : Verdict.GO_ON;
        };
    }

    private static int positive(int successes) {
        if (successes < 1) {
            throw new IllegalArgumentException("a group needs at least one success, not " + successes);
        }
        return successes;
    }

    @Nullable Rule rule() {
        return rule;
    }

    boolean isolates() {
        return isolates;
    }

    @Nullable Duration limit() {
        return limit;
    }

    @Override
    public String toString() {
        return name;
    }

    /** Judges a group at the end of each of its members. */
    @FunctionalInterface
    public interface Rule {
        /**
         * Judges. The group stays with the first verdict that is not {@link Verdict#GO_ON} and asks no more. It may ask about
         * its end more than once.
         *
         * <p><b>Threads.</b> Called with the turn of the loop; it must not block and cannot await. What it throws fails the
         * group.
         *
         * @param progress how the group stands
         * @return what follows
         */
        Verdict judge(Progress progress);
    }

    /** What follows from the state of a group. */
    public enum Verdict {
        /** Nothing yet. At the end of the last member: the group ends well. */
        GO_ON,
        /** The group has what it needs: what lives is cancelled, and the group ends well. */
        ENOUGH,
        /** What lives is cancelled, and the failures so far and those that follow come out. */
        FAIL
    }

    /**
     * How a group stands when one of its members has ended. Background children are not counted.
     *
     * @param succeeded how many children have ended well
     * @param failed how many children have failed
     * @param cancelled how many children were cancelled
     * @param alive how many children have not ended
     * @param body how the body stands; its value is not shown
     * @param last how the member that ended now has ended
     * @param child the child that ended now; null if it was the body
     */
    public record Progress(
            int succeeded,
            int failed,
            int cancelled,
            int alive,
            Awaitable.State<?> body,
            Awaitable.State<?> last,
            @Nullable Task<?> child) {

        /**
         * {@return whether the body has ended}
         */
        public boolean bodyEnded() {
            return !(body instanceof Awaitable.Pending);
        }

        /**
         * {@return whether the body has failed}
         */
        public boolean bodyFailed() {
            return body instanceof Awaitable.Failed;
        }

        /**
         * {@return whether the body and all children have ended}
         */
        public boolean isEnded() {
            return alive == 0 && bodyEnded();
        }
    }
}
