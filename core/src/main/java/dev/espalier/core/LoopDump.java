package dev.espalier.core;

import dev.espalier.core.spi.LoopStatistics;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The tasks and scopes of a loop as a tree in text, for any thread. The loop itself writes it, between two steps, if it answers
 * in time. If it does not, it is held, and the tree is read from outside as {@link OutsideView} does; the text says so.
 */
final class LoopDump {
    private static final long PATIENCE_MILLIS = 100;
    private static final int MOST_NODES = 10_000;
    private static final int FRAMES = 4;

    /** With more tasks than this the stacks are left out: each stops a thread for a moment. */
    private static final int MOST_STACKS = 500;

    private final EventLoop loop;
    private final StringBuilder text = new StringBuilder();
    private final boolean stacks;

    private LoopDump(EventLoop loop) {
        this.loop = loop;
        this.stacks = loop.taskCount() <= MOST_STACKS;
    }

    static String of(EventLoop loop) {
        if (loop.holdsTurn() || !loop.driving().isDriven()) {
            return new LoopDump(loop).write("");
        }
        String answer = asked(loop);
        return answer != null ? answer : new LoopDump(loop).write("\n  seen from outside, because the loop did not answer within "
                + PATIENCE_MILLIS + " ms: what begins or ends at this moment may be missing");
    }

    private static @Nullable String asked(EventLoop loop) {
        var answer = new CompletableFuture<String>();
        try {
            loop.send(() -> answer.complete(new LoopDump(loop).write("")));
            return answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (TimeoutException | RejectedExecutionException e) {
            return null;
        } catch (ExecutionException e) {
            throw new AssertionError("the answer is never a failure", e);
        }
    }

    private String write(String remark) {
        LoopStatistics counts = loop.statistics();
        text.append(loop).append(remark).append("\n  ").append(counts.tasks()).append(" tasks, ").append(counts.ready())
                .append(" ready, ").append(counts.timers()).append(" timers, ").append(counts.external())
                .append(" waits for something outside");
        LoopStatistics.Hog hog = counts.hog();
        if (hog != null) {
            text.append("\n  ").append(counts.forcedYields()).append(" forced yields, most of them of task '")
                    .append(hog.task()).append('\'');
        }
        LoopStatistics.Slow slowest = counts.slowest();
        if (slowest != null) {
            text.append("\n  ").append(counts.slowSteps()).append(" slow steps, the longest of ").append(slowest.what())
                    .append(": ").append(Nanos.text(Nanos.of(slowest.duration())));
        }
        writeTree();
        return text.append('\n').toString();
    }

    private void writeTree() {
        int depth = 1;
        int nodes = 0;
        ScopeNode node = loop.root().firstChild();
        while (node != null) {
            if (++nodes > MOST_NODES) {
                text.append("\n  and more");
                return;
            }
            write(node, "\n" + "  ".repeat(Math.min(depth, 40)));
            ScopeNode next = node.firstChild();
            depth += next == null ? 0 : 1;
            for (ScopeNode up = node; next == null && up != null; up = up.parent) {
                next = up.nextSibling();
                depth -= next == null ? 1 : 0;
            }
            node = next;
        }
    }

    private void write(ScopeNode node, String indent) {
        try {
            text.append(indent).append(node instanceof CancelScope scope ? scope.describe() : node);
        } catch (RuntimeException e) {
            text.append("(changes while it is looked at)"); // read from outside, it may be half of the one and half of the other
        }
        if (stacks && node instanceof Task<?> task) {
            Coroutine holder = task.coroutine;
            if (holder != null) {
                Arrays.stream(holder.thread.getStackTrace())
                        .filter(Traces::isOfUser)
                        .limit(FRAMES)
                        .forEach(frame -> text.append(indent).append("    at ").append(frame));
            }
            if (task.startedAt().length > 0) {
                text.append(indent).append("    started at ").append(task.startedAt()[0]);
            }
        }
    }
}
