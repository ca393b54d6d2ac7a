package dev.espalier.testing;

import dev.espalier.core.Body;
import dev.espalier.core.VoidBody;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The run of one JUnit test, in one piece or in several. Used by the thread that runs the test. */
@SuppressWarnings("try") // close throws what the test has thrown, whatever that is
final class TestRun implements AutoCloseable {
    private final LoopTester tester;
    private final LoopTester.Options options;
    private final boolean inLoop; // the lifecycle methods belong to it
    private @Nullable Pieces pieces; // once the first of several has come
    private boolean ran;

    TestRun(LoopTester.Options options, boolean inLoop) {
        this.tester = new LoopTester(options);
        this.options = options;
        this.inLoop = inLoop;
    }

    LoopTester tester() {
        return tester;
    }

    boolean isInLoop() {
        return inLoop;
    }

    long seed() {
        return options.seed();
    }

    boolean hasRun() {
        return ran;
    }

    /** Runs the test method. */
    void test(VoidBody<?> method) throws Throwable {
        if (inLoop) {
            pieces().run(false, method);
        } else if (pieces != null) {
            try (TestRun _ = this) { // a parameter has begun it, and what comes after the method runs outside
                pieces.run(false, method);
            }
        } else {
            ran = true;
            tester.execute(_ -> method.run());
        }
    }

    /** Makes the object of the test. */
    <T> T construct(Body<? extends T, ?> constructor) throws Throwable {
        if (!inLoop) {
            return constructor.run();
        }
        var made = new AtomicReference<@Nullable T>();
        pieces().run(false, () -> made.set(constructor.run()));
        return Objects.requireNonNull(made.get());
    }

    /** Makes an object, and ends the run. */
    <T> T constructLast(Body<? extends T, ?> constructor) throws Throwable {
        try (TestRun _ = this) {
            return construct(constructor);
        }
    }

    /** What a parameter gets. If that exists only while the loop does, the run begins. */
    Object given(Class<?> type) {
        if (!TestObjects.needsLoop(type)) {
            return TestObjects.given(type, tester);
        }
        var given = new AtomicReference<@Nullable Object>();
        try {
            pieces().run(false, () -> given.set(TestObjects.given(type, tester)));
        } catch (Throwable e) {
            throw new IllegalStateException("the run is over, and with it what a " + type.getSimpleName() + " is for", e);
        }
        return Objects.requireNonNull(given.get());
    }

    /** Runs a method that prepares the test, or one that cleans up after it. */
    void lifecycle(boolean cleansUp, VoidBody<?> method) throws Throwable {
        if (inLoop) {
            pieces().run(cleansUp, method);
        } else {
            method.run();
        }
    }

    private Pieces pieces() {
        Pieces begun = pieces == null ? tester.inPieces() : pieces;
        pieces = begun;
        ran = true;
        return begun;
    }

    /** Ends the run, and throws what has not been thrown yet. For a test that has not begun JUnit calls it at last. */
    @Override
    public void close() throws Exception {
        if (pieces != null) {
            pieces.close();
        }
    }
}
