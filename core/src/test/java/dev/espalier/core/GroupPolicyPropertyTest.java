package dev.espalier.core;

import static dev.espalier.core.Async.sleep;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Groups with random members, policies and time limits end as a plain model of them says. */
class GroupPolicyPropertyTest {
    private static final int TRIES = 400;

    private enum Kind {
        ALL,
        ANY,
        FIRST,
        QUORUM,
        COLLECT,
        UNTIL,
        SUPERVISOR
    }

    /** One member ends at each second: a child, or the body as the member 0. No two moments are the same. */
    private record Script(Kind kind, int n, List<Integer> order, List<Boolean> fails, int limit) {
        static Script random(SplittableRandom random) {
            int members = 1 + random.nextInt(6);
            var order = new ArrayList<Integer>();
            var fails = new ArrayList<Boolean>();
            for (int i = 0; i < members; i++) {
                order.add(random.nextInt(order.size() + 1), i);
                fails.add(random.nextInt(3) == 0);
            }
            int limit = random.nextBoolean() ? random.nextInt(members + 1) : Integer.MAX_VALUE; // and half a second
            return new Script(Kind.values()[random.nextInt(Kind.values().length)], 1 + random.nextInt(3), order, fails, limit);
        }

        int second(int member) {
            return order.indexOf(member) + 1;
        }

        GroupPolicy policy() {
            GroupPolicy plain = switch (kind) {
                case ALL -> GroupPolicy.all();
                case ANY -> GroupPolicy.any();
                case FIRST -> GroupPolicy.first(n);
                case QUORUM -> GroupPolicy.quorum(n);
                case COLLECT -> GroupPolicy.collectAll();
                case UNTIL -> GroupPolicy.until(progress -> progress.succeeded() + progress.failed() >= n);
                case SUPERVISOR -> GroupPolicy.supervisor();
            };
            return limit == Integer.MAX_VALUE ? plain : plain.withDeadline(Duration.ofMillis(limit * 1000L + 500));
        }
    }

    /** How a group ended: what came out, the children that ended well, when, and how many failures were reported. */
    private record End(String out, List<Integer> well, long millis, int reports) {}

    /** What a script must come to, told without scopes and tasks. */
    private static final class Model {
        private final Script script;
        private final int children;
        private final int needed;
        private final List<String> failed = new ArrayList<>(); // what would be thrown, in order
        private final List<Integer> well = new ArrayList<>();
        private int childFailures;
        private boolean bodyEnded;
        private boolean enough;
        private boolean stopped;
        private boolean timedOut;
        private long millis;

        private Model(Script script) {
            this.script = script;
            this.children = script.order.size() - 1;
            this.needed = script.kind == Kind.ANY ? 1 : script.n;
        }

        private End end() {
            for (int second = 1; second <= script.order.size() && !stopped && !timedOut; second++) {
                timedOut = script.limit < second;
                millis = timedOut ? script.limit * 1000L + 500 : second * 1000L;
                if (!timedOut) {
                    memberEnds(script.order.get(second - 1));
                }
            }
            well.sort(null);
            return new End(out(), well, millis, script.kind == Kind.SUPERVISOR ? childFailures : 0);
        }

        private void memberEnds(int member) {
            boolean fails = script.fails.get(member);
            if (member == 0) {
                bodyEnds(fails);
            } else if (fails) {
                childFails(member);
            } else {
                well.add(member);
            }
            if (!stopped) {
                enough = hasEnough();
                stopped = enough || isOutOfReach();
            }
        }

        private void bodyEnds(boolean fails) {
            bodyEnded = !fails;
            if (fails) {
                failed.add("body");
                stopped = script.kind != Kind.COLLECT;
            }
        }

        private void childFails(int member) {
            childFailures++;
            if (script.kind != Kind.SUPERVISOR) {
                failed.add("child " + member);
            }
            stopped = script.kind == Kind.ALL;
        }

        private boolean countsSuccesses() {
            return script.kind == Kind.ANY || script.kind == Kind.FIRST || script.kind == Kind.QUORUM;
        }

        private boolean hasEnough() {
            return (countsSuccesses() && well.size() >= needed)
                    || (script.kind == Kind.UNTIL && well.size() + childFailures >= needed);
        }

        private boolean isOutOfReach() {
            return script.kind == Kind.QUORUM && bodyEnded && children - childFailures < needed;
        }

        private String out() {
            boolean tolerated = enough || (script.kind == Kind.UNTIL && !failed.contains("body"));
            if (!failed.isEmpty() && !tolerated) {
                return failed.get(0).equals("body")
                        ? "body with " + failed.subList(1, failed.size())
                        : "group of " + failed;
            }
            if (countsSuccesses() && !enough && !timedOut) {
                return "unmet";
            }
            return bodyEnded ? "value" : "no value";
        }
    }

    // ---- the group

    private static int member(Script script, int member) throws IOException {
        sleep(Duration.ofSeconds(script.second(member)));
        if (script.fails.get(member)) {
            throw new IOException(member == 0 ? "body" : "child " + member);
        }
        return member;
    }

    private static End real(Script script, LoopFixture loops, SplittableRandom random) {
        var children = new ArrayList<Task<Integer>>();
        String[] out = new String[1];
        long start = loops.time.nanoTime();
        try (EventLoop loop = loops.open(loops.options().withOrder(ready -> random.nextInt(ready.size())))) {
            loop.run(() -> {
                out[0] = outcome(script, children);
            });
        }
        return new End(out[0], TaskGroup.successes(children), loops.since(start).toMillis(), loops.takeReports().size());
    }

    private static String outcome(Script script, List<Task<Integer>> children) {
        try {
            TaskGroup.call(script.policy(), group -> {
                for (int i = 1; i < script.order.size(); i++) {
                    int child = i;
                    children.add(group.start(() -> member(script, child)));
                }
                return member(script, 0);
            });
            return "value";
        } catch (IOException e) {
            return e.getMessage() + " with " + messages(List.of(e.getSuppressed()));
        } catch (GroupException e) {
            return "group of " + messages(e.failures());
        } catch (TaskCancelledException e) {
            return "no value";
        } catch (IllegalStateException e) {
            return "unmet";
        }
    }

    private static List<String> messages(List<Throwable> failures) {
        return failures.stream().map(Throwable::getMessage).toList();
    }

    @Property(tries = TRIES)
    void aGroupEndsAsTheModelSays(@ForAll long seed, @ForAll boolean handoff) {
        var random = new SplittableRandom(seed);
        Script script = Script.random(random);
        var loops = new LoopFixture(handoff ? LoopOptions.Engine.HANDOFF : LoopOptions.Engine.CARRIER);
        assertThat(real(script, loops, random)).as(script.toString()).isEqualTo(new Model(script).end());
        loops.assertNothingLeft();
    }
}
