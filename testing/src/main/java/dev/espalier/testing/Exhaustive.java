package dev.espalier.testing;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Every schedule with at most so many deviations from the usual order, each once, those with fewer first. A schedule is another
 * one with a deviation after its last.
 *
 * @param most deviations
 */
record Exhaustive(int most) implements Strategy {
    Exhaustive {
        if (most < 1) {
            throw new IllegalArgumentException("at least one deviation is to be tried, not " + most);
        }
    }

    @Override
    public Tree open(Profile profile) {
        return new Tree(most);
    }

    /** A schedule: another one, and at which choice another index is taken. The usual order has no node. */
    private record Node(@Nullable Node before, int depth, int choice, int index) {}

    /**
     * A schedule that was run, and what it had to choose from after its last deviation; its children are made one by one.
     *
     * @param node the schedule; null: the usual order
     * @param first the number of the choice that the first element is about
     * @param sizes how many steps were ready at each choice
     * @param usual the index of the usual one
     */
    private record Parent(@Nullable Node node, int first, int[] sizes, int[] usual) {
        private int depth() {
            return node == null ? 0 : node.depth;
        }
    }

    /** By the worker. */
    static final class Tree implements Session {
        /** Numbers kept about schedules whose children are still to be run: 64 MiB. */
        private static final long MOST_KEPT = 8L << 20;

        private final int most;
        private final ArrayDeque<Parent> parents = new ArrayDeque<>(); // by depth
        private @Nullable Recorder running;
        private int choice; // of the first parent, whose children are being made
        private int index;
        private long kept;
        private boolean dropped; // schedules, for lack of memory
        private boolean began;
        private final int[] runs; // by number of deviations
        private int depth; // of the schedule run last

        private Tree(int most) {
            this.most = most;
            this.runs = new int[most + 1];
        }

        @Override
        public @Nullable Decider next(RandomGenerator random) {
            if (!began) {
                began = true; // the usual order again: what it can choose from has not been seen
                runs[0] = 1;
                running = new Recorder(null);
                return running;
            }
            Node child = child();
            if (child == null) {
                running = null;
                return null;
            }
            depth = child.depth;
            runs[depth]++;
            running = new Recorder(child);
            return running;
        }

        @Override
        public void ended(Course run) {
            Recorder recorder = running;
            running = null;
            if (recorder == null || (recorder.node != null && recorder.node.depth == most)) {
                return;
            }
            Parent parent = recorder.parent();
            kept += 2L * parent.sizes.length;
            if (kept > MOST_KEPT) {
                kept -= 2L * parent.sizes.length;
                dropped = true;
            } else {
                parents.add(parent);
            }
        }

        /** The next child of the first parent that has one left. */
        private @Nullable Node child() {
            for (Parent parent = parents.peek(); parent != null; parent = parents.peek()) {
                while (choice < parent.sizes.length) {
                    int taken = index++;
                    if (taken >= parent.sizes[choice]) {
                        choice++;
                        index = 0;
                    } else if (taken != parent.usual[choice]) {
                        return new Node(parent.node, parent.depth() + 1, parent.first + choice, taken);
                    }
                }
                parents.remove();
                kept -= 2L * parent.sizes.length;
                choice = 0;
                index = 0;
            }
            return null;
        }

        /** With how many deviations all schedules have been run. */
        int complete() {
            if (dropped) {
                return Math.max(0, depth - 1);
            }
            Parent left = parents.peek();
            return left == null ? (began && running == null ? most : 0) : left.depth();
        }

        /** Whether no schedule has more deviations than those that were run. */
        boolean isWhole() {
            return began && running == null && parents.isEmpty() && !dropped && depth < most;
        }

        @Override
        public boolean keepsDraws() {
            return true;
        }

        @Override
        public String guarantee() {
            int all = isWhole() ? most : complete();
            int count = Arrays.stream(runs).limit(all + 1L).sum();
            if (isWhole()) {
                return count == 1 ? "it is the only schedule" : "all schedules (" + count + ")";
            }
            return all == 0
                    ? ""
                    : "all schedules with at most " + all + (all == 1 ? " deviation (" : " deviations (") + count + ")";
        }

        @Override
        public String toString() {
            return "exhaustive(" + most + ")";
        }
    }

    /** Runs one schedule, and sees what there is to choose from. By the holder of the turn. */
    private static final class Recorder implements Decider {
        private final @Nullable Node node;
        private final int[] choices; // of the schedule, ascending
        private final int[] indexes;
        private int passed; // of those
        private int number; // of the next choice
        private int[] sizes = new int[64];
        private int[] usual = new int[64];
        private int seen;

        private Recorder(@Nullable Node node) {
            this.node = node;
            int depth = node == null ? 0 : node.depth;
            this.choices = new int[depth];
            this.indexes = new int[depth];
            int at = depth;
            for (Node one = node; one != null; one = one.before) {
                at--;
                choices[at] = one.choice;
                indexes[at] = one.index;
            }
        }

        @Override
        public int choose(Choice choice) {
            int mine = number++;
            if (passed < choices.length) {
                if (choices[passed] != mine) {
                    return choice.usual();
                }
                int index = indexes[passed++];
                return index < choice.size() ? index : choice.usual();
            }
            if (seen == sizes.length) {
                sizes = Arrays.copyOf(sizes, seen * 2);
                usual = Arrays.copyOf(usual, seen * 2);
            }
            sizes[seen] = choice.size();
            usual[seen++] = choice.usual();
            return choice.usual();
        }

        private Parent parent() {
            int first = node == null ? 0 : node.choice + 1;
            return new Parent(node, first, Arrays.copyOf(sizes, seen), Arrays.copyOf(usual, seen));
        }
    }
}
