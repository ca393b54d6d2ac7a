package dev.espalier.core;

import org.jspecify.annotations.Nullable;

/*
 * A node in the tree along which cancellation spreads: a task, or a scope inside a task.
 *
 * State is held here and never delivered as an event. A request marks its node; what follows from it, whether this node
 * counts as cancelled, is kept in `effective` and pushed down the tree when it changes, so that a checkpoint costs one
 * load. Nothing turns a node back. The walk wakes each parked task below at most once, through the ready queue, so no
 * user code runs during it.
 *
 *   effective = requested, or not shielded and the parent's effective
 *
 * A shield holds until the grace of a cancelled scope around it is over, if that scope was given one. Then all shields below are
 * dropped, for good, and none can be raised there again.
 *
 * All fields are written and read by the holder of the turn.
 */
abstract class ScopeNode extends Waiter {
    final EventLoop loop;
    final @Nullable ScopeNode parent;

    // The children form a list: next ends with null, previous of the first is the last.
    private @Nullable ScopeNode firstChild;
    private @Nullable ScopeNode nextSibling;
    private @Nullable ScopeNode previousSibling;

    private @Nullable CancelReason reason;
    private boolean effective;
    private boolean shielded;

    ScopeNode(EventLoop loop, @Nullable ScopeNode parent, boolean shielded) {
        this.loop = loop;
        this.parent = parent;
        this.shielded = shielded && !isGraceOver(parent);
        this.effective = !this.shielded && parent != null && parent.effective;
    }

    /** The last act of a constructor below a parent: the tree holds no node that is half made, even if the stack ends there. */
    final void joinTree() {
        if (parent != null) {
            parent.link(this);
        }
    }

    /** Wakes the task of this node, if it waits where it can be cancelled. */
    abstract void wakeIfCancelled();

    final boolean isEffective() {
        return effective;
    }

    /** Whether this very node was cancelled, as opposed to one around it. */
    final boolean isRequested() {
        return reason != null;
    }

    final @Nullable CancelReason reason() {
        return reason;
    }

    /** Whether a cancellation from outside reaches into this node. */
    final boolean isCancelledFromOutside() {
        return !shielded && parent != null && parent.effective;
    }

    /** The same as {@link #timeLeft} without this node's own deadline. */
    final long timeLeftAround() {
        return shielded || parent == null ? Long.MAX_VALUE : parent.timeLeft();
    }

    /** The nearest shield from here outwards, else the root. */
    final ScopeNode nearestShield() {
        ScopeNode node = this;
        while (!node.shielded && node.parent != null) {
            node = node.parent;
        }
        return node;
    }

    /** Whether shields below this node no longer hold. */
    boolean dropsShields() {
        return false;
    }

    private static boolean isGraceOver(@Nullable ScopeNode around) {
        for (ScopeNode node = around; node != null && node.effective; node = node.parent) {
            if (node.dropsShields()) {
                return true;
            }
        }
        return false;
    }

    /** Lowers the shields below this cancelled node: what cancelled it reaches everything. */
    final void dropShieldsBelow() {
        for (ScopeNode node = following(this); node != null; node = following(node)) {
            if (node.shielded) {
                node.shielded = false;
                if (!node.effective) {
                    node.spread();
                }
            }
        }
    }

    /** The next node below this one, parents before their children. */
    private @Nullable ScopeNode following(ScopeNode node) {
        ScopeNode next = node.firstChild;
        for (ScopeNode up = node; next == null && up != this; up = parentOf(up)) {
            next = up.nextSibling;
        }
        return next;
    }

    final void request(CancelReason because) {
        if (reason != null) {
            return; // the first reason wins
        }
        reason = because;
        if (!effective) {
            spread();
        }
    }

    /** The reason of the nearest cancelled node from here outwards; only where {@link #isEffective}. */
    final CancelReason nearestReason() {
        ScopeNode node = this;
        while (node.reason == null && node.parent != null) {
            node = node.parent;
        }
        CancelReason found = node.reason;
        if (found == null) {
            throw new IllegalStateException("no cancelled scope around " + this);
        }
        return found;
    }

    /**
     * The time to the earliest deadline that reaches this node from itself and the scopes around it; {@link Long#MAX_VALUE}
     * without one. Behind a shield only the end of a grace reaches it.
     */
    final long timeLeft() {
        long left = Long.MAX_VALUE;
        boolean behindShield = false;
        for (ScopeNode node = this; node != null; node = node.parent) {
            if (node instanceof CancelScope scope) {
                if (scope.isGraceRunning() || (!behindShield && scope.hasTimer())) {
                    left = Math.min(left, scope.when - loop.now());
                }
                left = behindShield ? left : Math.min(left, scope.timeLeftInside());
            }
            behindShield |= node.shielded;
        }
        return left;
    }

    /** Walks the subtree without recursion: scopes may be nested deeper than a stack is. */
    private void spread() {
        effective = true;
        ScopeNode node = this;
        while (true) {
            ScopeNode child = reachable(node.firstChild);
            if (child != null) {
                child.effective = true;
                node = child;
                continue;
            }
            ScopeNode sibling = null;
            while (sibling == null) {
                node.wakeIfCancelled();
                if (node == this) {
                    return;
                }
                sibling = reachable(node.nextSibling);
                if (sibling == null) {
                    node = parentOf(node);
                }
            }
            sibling.effective = true;
            node = sibling;
        }
    }

    private static @Nullable ScopeNode reachable(@Nullable ScopeNode from) {
        ScopeNode node = from;
        while (node != null && (node.shielded || node.effective)) {
            node = node.nextSibling;
        }
        return node;
    }

    @SuppressWarnings("NullAway") // only below the node where a walk began
    private static ScopeNode parentOf(ScopeNode node) {
        return node.parent;
    }

    private void link(ScopeNode child) {
        ScopeNode first = firstChild;
        if (first == null) {
            firstChild = child;
            child.previousSibling = child;
        } else {
            ScopeNode last = lastOf(first);
            last.nextSibling = child;
            child.previousSibling = last;
            first.previousSibling = child;
        }
    }

    /** Leaves the tree, in constant time. */
    final void unlink() {
        ScopeNode above = parent;
        if (above == null || previousSibling == null) {
            return;
        }
        ScopeNode before = previousSibling;
        ScopeNode after = nextSibling;
        if (above.firstChild == this) {
            above.firstChild = after;
        } else {
            before.nextSibling = after;
        }
        if (after != null) {
            after.previousSibling = before;
        } else if (above.firstChild != null) {
            above.firstChild.previousSibling = before;
        }
        nextSibling = null;
        previousSibling = null;
    }

    final @Nullable ScopeNode firstChild() {
        return firstChild;
    }

    final @Nullable ScopeNode nextSibling() {
        return nextSibling;
    }

    @SuppressWarnings("NullAway") // the first of a list always knows the last
    private static ScopeNode lastOf(ScopeNode first) {
        return first.previousSibling;
    }
}
