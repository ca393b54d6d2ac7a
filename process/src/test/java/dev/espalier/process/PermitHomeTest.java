package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.process.Permits.Answer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Permits against a model of them, in any order of requests and releases.
 */
class PermitHomeTest {
    /** A request as the model has it. */
    private static final class Request {
        final long number;
        final int count;
        final CompletableFuture<Answer> answer = new CompletableFuture<>();

        Request(long number, int count) {
            this.number = number;
            this.count = count;
        }
    }

    private final List<Request> waiting = new ArrayList<>();
    private final List<Request> holding = new ArrayList<>();
    private boolean loss;

    @Property
    void whoComesFirstIsServedFirstAndNoPermitIsLostOrMade(
            @ForAll @IntRange(min = 1, max = 5) int total,
            @ForAll @Size(max = 60) List<@IntRange(max = 99) Integer> steps) {
        waiting.clear();
        holding.clear();
        loss = false;
        PermitHome home = PermitHome.of(total);
        for (int i = 0; i < steps.size(); i++) {
            step(home, total, steps.get(i), i);
            serve(total);
            assertThat(waiting).noneMatch(each -> each.answer.isDone());
            int held = holding.stream().mapToInt(each -> each.count).sum();
            assertThat(home.toString()).contains((total - held) + " of " + total + " free", waiting.size() + " wait");
        }
        home.close();
        assertThat(waiting).allMatch(each -> each.answer.join() == Answer.CLOSED);
        assertThat(PermitHome.numbered(home.number())).isNull();
    }

    private void step(PermitHome home, int total, int step, int number) {
        List<Request> all = new ArrayList<>(holding);
        all.addAll(waiting);
        if (step < 50 || all.isEmpty()) {
            Request made = new Request(number, 1 + step % total);
            waiting.add(made);
            home.acquire(made.number, made.count, made.answer);
            return;
        }
        Request over = all.get(step % all.size());
        boolean lost = step >= 80;
        loss |= lost && holding.contains(over);
        waiting.remove(over);
        holding.remove(over);
        home.release(over.number, lost);
        home.release(over.number, true); // the second time says nothing
    }

    private void serve(int total) {
        while (!waiting.isEmpty()
                && holding.stream().mapToInt(each -> each.count).sum() + waiting.getFirst().count <= total) {
            Request next = waiting.removeFirst();
            assertThat(next.answer).isCompletedWithValue(loss ? Answer.AFTER_LOSS : Answer.GRANTED);
            loss = false;
            holding.add(next);
        }
    }

    @Property(tries = 5)
    void whatHasEndedWaitsForNothing(@ForAll @IntRange(min = 1, max = 3) int total) {
        PermitHome home = PermitHome.of(total);
        List<CompletableFuture<Answer>> answers = Arrays.asList(new CompletableFuture<>(), new CompletableFuture<>());
        home.acquire(-1, total, answers.get(0));
        home.acquire(-2, 1, answers.get(1));
        home.release(-2, false);
        home.release(-1, false);
        assertThat(answers.get(0)).isDone();
        assertThat(answers.get(1)).isNotDone();
        assertThat(home.toString()).contains(total + " of " + total + " free", "0 wait");
        home.close();
    }
}
