package dev.espalier.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.reactivestreams.tck.flow.FlowSubscriberBlackboxVerification;
import org.testng.SkipException;
import org.testng.annotations.AfterClass;
import org.testng.annotations.BeforeClass;
import org.testng.annotations.BeforeMethod;

/**
 * The verification of the Reactive Streams project, a JUnit test for each of its rules. What it skips it calls optional, or
 * cannot check from outside. In real time, on a loop that runs meanwhile.
 */
class ReactiveStreamsTest {
    /** How long it waits for what must come, and for what must not, in milliseconds. */
    private static final int MUST = 2000;
    private static final int MUST_NOT = 50;

    private final CompletableFuture<TaskGroup> opened = new CompletableFuture<>();
    private final Thread thread = Thread.ofPlatform().name("loop-of-the-verification").unstarted(() -> Async.run(() ->
            TaskGroup.run(GroupPolicy.supervisor(), group -> {
                opened.complete(group);
                Async.sleepForever();
            })));

    @BeforeEach
    void startTheLoop() {
        thread.start();
    }

    @AfterEach
    void endTheLoop() {
        opened.join().cancel("the test is over");
        Waits.join(thread);
    }

    private <T> T onLoop(BodyWith<TaskGroup, T, RuntimeException> body) {
        TaskGroup group = opened.join();
        return group.scope().loop.submit(() -> body.run(group)).join();
    }

    @TestFactory
    Stream<DynamicTest> publishers() {
        return rulesOf(Publishers::new);
    }

    @TestFactory
    Stream<DynamicTest> subscribers() {
        return rulesOf(Subscribers::new);
    }

    // A verification of its own for each rule: what a rule leaves behind may fail late, and is told to its environment.
    private static Stream<DynamicTest> rulesOf(Supplier<?> verifications) {
        Class<?> verification = verifications.get().getClass();
        Method[] rules = Arrays.stream(verification.getMethods())
                .filter(method -> method.isAnnotationPresent(org.testng.annotations.Test.class))
                .toArray(Method[]::new);
        assertThat(rules).as("rules of %s", verification.getSimpleName()).hasSizeGreaterThan(20);
        return Arrays.stream(rules)
                .map(rule -> DynamicTest.dynamicTest(rule.getName(), () -> verify(verifications.get(), rule)));
    }

    private static void call(Object verification, Class<? extends Annotation> step) {
        for (Method method : verification.getClass().getMethods()) {
            if (method.isAnnotationPresent(step)) {
                try {
                    method.invoke(verification);
                } catch (ReflectiveOperationException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    private static void verify(Object verification, Method rule) throws Throwable {
        call(verification, BeforeClass.class);
        call(verification, BeforeMethod.class);
        try {
            rule.invoke(verification);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof SkipException skipped) {
                assumeTrue(false, skipped.getMessage());
            }
            throw e.getCause();
        } finally {
            call(verification, AfterClass.class);
        }
    }

    private final class Publishers extends FlowPublisherVerification<Integer> {
        Publishers() {
            super(new TestEnvironment(MUST, MUST_NOT));
        }

        @Override
        public Flow.Publisher<Integer> createFlowPublisher(long elements) {
            return onLoop(group -> {
                Channel<Integer> channel = Channel.open(8);
                group.start(() -> {
                    try (var sender = channel.sender()) {
                        for (int i = 0; i < elements; i++) {
                            sender.send(i);
                        }
                    } catch (ChannelClosedException e) {
                        assertThat(e).as("the subscriber has cancelled").hasNoCause();
                    }
                });
                return channel.receiver().toPublisher(group);
            });
        }

        @Override
        public Flow.Publisher<Integer> createFailedFlowPublisher() {
            return onLoop(group -> {
                Channel<Integer> channel = Channel.open(1);
                channel.sender().fail(new IOException("failed before the subscriber came"));
                return channel.receiver().toPublisher(group);
            });
        }
    }

    private final class Subscribers extends FlowSubscriberBlackboxVerification<Integer> {
        Subscribers() {
            super(new TestEnvironment(MUST, MUST_NOT));
        }

        @Override
        public Flow.Subscriber<Integer> createFlowSubscriber() {
            return onLoop(group -> {
                FlowReceiver<Integer> receiver = FlowReceiver.waiting(4);
                group.start(() -> receiver.forEach(_ -> {}));
                return receiver;
            });
        }

        @Override
        public Integer createElement(int element) {
            return element;
        }
    }
}
