package dev.espalier.core;

import dev.espalier.core.GroupPolicy.Progress;
import dev.espalier.core.GroupPolicy.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a group knows of its members, the children and the body: who lives, what failed, and what the group therefore ends
 * with. The first verdict of the policy that ends the group stays. Written and read by the holder of the turn.
 */
final class Members implements ChildEnd {
    private static final Awaitable.State<?> ENDED_WELL = new Awaitable.Succeeded<@Nullable Object>(null);

    private final Task<?> owner;
    private final CancelScope scope;
    private final GroupPolicy policy;
    private final WaitQueue joiner;

    private Awaitable.State<?> body = Awaitable.State.pending();
    @Nullable Background background; // once a background child was started, which may be while the group is ending
    private int alive;
    private int succeeded;
    private int failed;
    private int cancelled;
    private boolean childSawCancel;

    private Verdict verdict = Verdict.GO_ON;
    private @Nullable String missed; // how it stood when the policy gave up though nothing failed and nobody cancelled the group
    private boolean missedByCancel; // children were cancelled one by one before that
    private List<Throwable> failures = List.of(); // to be thrown, in order; a list of its own once there is one
    private @Nullable Throwable bodyFailure; // only if it came before any other failure
    private @Nullable List<Task<?>> isolated; // failed under a policy that leaves failures to those who await

    Members(TaskGroup group, Task<?> owner, CancelScope scope, GroupPolicy policy) {
        this.owner = owner;
        this.scope = scope;
        this.policy = policy;
        this.joiner = new WaitQueue(group);
    }

    // ---- beginnings and ends

    void begins() {
        alive++;
    }

    int alive() {
        return alive;
    }

    @Override
    public void childEnded(Task<?> child, Awaitable.State<?> end) {
        alive--;
        if (end instanceof Awaitable.Failed<?>(var failure)) {
            failed++;
            childFailed(child, failure);
        } else if (end instanceof Awaitable.Cancelled<?>) {
            cancelled++;
            childSawCancel |= scope.isEffective();
        } else {
            succeeded++;
        }
        ask(child, end);
        wakeJoinerAtLast();
    }

    /** A child whose start failed: the one who started it hears of that, and nobody else. */
    void startFailed() {
        alive--;
        wakeJoinerAtLast();
    }

    /** Background children count for no policy, but their failures do. */
    void backgroundEnded(Awaitable.State<?> end, boolean last) {
        if (end instanceof Awaitable.Failed<?>(var failure)) {
            mustThrow(failure, "a background child failed: ");
        }
        if (last) {
            joiner.wakeAll(null);
        }
    }

    private void wakeJoinerAtLast() {
        if (alive == 0) {
            joiner.wakeAll(null);
        }
    }

    void bodyEnded(@Nullable Throwable thrown) {
        if (thrown == null) {
            body = ENDED_WELL;
        } else {
            owner.loop.scheduler.inspect(thrown);
            if (thrown instanceof CancelledError error && scope.isEffective()) {
                // It unwinds as it should, and the children meet the same cancellation.
                body = new Awaitable.Cancelled<>(error.reason());
            } else {
                body = new Awaitable.Failed<>(thrown);
                bodyFailed(thrown);
            }
        }
        ask(null, body);
    }

    private void childFailed(Task<?> child, Throwable failure) {
        if (policy.rule() == null || failure instanceof VirtualMachineError) {
            mustThrow(failure, "a sibling failed: ");
        } else if (verdict == Verdict.ENOUGH) {
            owner.loop.report("a child failed after its group had what it needs", failure, child.name());
        } else if (policy.isolates()) {
            List<Task<?>> list = isolated == null ? new ArrayList<>(1) : isolated;
            isolated = list;
            list.add(child);
        } else {
            collect(failure);
        }
    }

    private void bodyFailed(Throwable failure) {
        if (failures.isEmpty()) {
            bodyFailure = failure;
        } else {
            collect(failure);
        }
        if (policy.rule() == null || failure instanceof VirtualMachineError) {
            cancelAll("the body of the group failed: " + failure);
        }
    }

    private void mustThrow(Throwable failure, String why) {
        collect(failure);
        verdict = Verdict.FAIL;
        cancelAll(why + failure);
    }

    private void collect(Throwable failure) {
        if (failures.isEmpty()) {
            failures = new ArrayList<>(2);
        }
        failures.add(failure);
    }

    private void cancelAll(String why) {
        scope.request(new CancelReason(CancelReason.Kind.FAILURE, why, null));
    }

    // ---- the policy

    private void ask(@Nullable Task<?> child, Awaitable.State<?> last) {
        GroupPolicy.Rule rule = policy.rule();
        if (rule == null || verdict != Verdict.GO_ON) {
            return;
        }
        try {
            verdict = rule.judge(new Progress(succeeded, failed, cancelled, alive, body, last, child));
        } catch (Throwable e) {
            owner.loop.scheduler.inspect(e);
            mustThrow(e, "the policy of the group failed: ");
            return;
        }
        if (verdict == Verdict.ENOUGH) {
            if (bodyFailure == null && !(body instanceof Awaitable.Failed)) {
                failures = List.of(); // tolerated
            }
            scope.request(new CancelReason(CancelReason.Kind.REQUEST, "its group has what it needs: " + policy, null));
        } else if (verdict == Verdict.FAIL) {
            if (failures.isEmpty() && bodyFailure == null && !scope.isEffective()) {
                missed = policyText();
                missedByCancel = cancelled > 0;
            }
            cancelAll("its group cannot get what it needs: " + policy);
        }
    }

    // ---- the end

    /** Waits for the last child. Not abandoned by a cancellation: that reaches the children through the tree. */
    void awaitAll() {
        while (alive > 0 || (background != null && background.endsNow())) {
            joiner.add(owner);
            owner.parkUncancellable(joiner);
        }
    }

    /** Throws what the group ends with, if it does not end well. */
    <X extends Throwable> void conclude(@Nullable Throwable thrown) throws X {
        ask(null, body);
        reportIsolated();
        for (Throwable failure : failures) {
            if (failure instanceof VirtualMachineError broken) {
                throw withSuppressed(broken);
            }
        }
        if (bodyFailure != null) {
            throw Sneaky.<X>as(withSuppressed(bodyFailure));
        }
        if (!failures.isEmpty() && (policy.rule() == null || verdict == Verdict.FAIL || body instanceof Awaitable.Failed)) {
            throw new GroupException("group of task '" + owner.name() + "'" + policyText(), failures);
        }
        if (missed != null && !scope.isCancelledFromOutside()) {
            throw unmet(missed);
        }
        if (thrown instanceof CancelledError error) {
            scope.absorbOrThrow(error);
        } else if (childSawCancel && scope.isCancelledFromOutside()) {
            throw owner.cancelled();
        }
    }

    /** At a close without join: nobody is there to be thrown to. */
    void reportFailures() {
        reportIsolated();
        failures.forEach(failure -> owner.loop.report("a child failed while its group was closed", failure, owner.name()));
    }

    private void reportIsolated() {
        if (isolated != null) {
            for (Task<?> child : isolated) {
                child.reportUnlessSeen("a child failed, and nobody awaited it before its group ended");
            }
        }
    }

    private RuntimeException unmet(String how) {
        String what = "the group of task '" + owner.name() + "' did not get what it needs" + how;
        return missedByCancel
                ? new TaskCancelledException(what)
                : new IllegalStateException(what + "; nothing failed, so too few children were started");
    }

    private String policyText() {
        return policy.rule() == null
                ? ""
                : " (" + policy + ": " + succeeded + " succeeded, " + failed + " failed, " + cancelled + " cancelled)";
    }

    private <E extends Throwable> E withSuppressed(E first) {
        if (bodyFailure != null && bodyFailure != first) {
            first.addSuppressed(bodyFailure);
        }
        for (Throwable failure : failures) {
            if (failure != first) {
                first.addSuppressed(failure);
            }
        }
        return first;
    }
}
