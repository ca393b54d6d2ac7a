package dev.espalier.benchmarks;

import dev.espalier.core.Async;
import dev.espalier.core.Body;
import dev.espalier.core.EventLoop;
import dev.espalier.core.Promise;
import java.util.concurrent.CompletableFuture;

/** A loop that stays alive between invocations, for benchmarks with something standing, such as timers. */
final class LoopThread implements AutoCloseable {
    private final EventLoop loop;
    private final Promise<Void> end;

    private LoopThread(EventLoop loop, Promise<Void> end) {
        this.loop = loop;
        this.end = end;
    }

    static LoopThread start() {
        CompletableFuture<LoopThread> started = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("benchmark-loop").start(() -> {
            try {
                Async.run(() -> {
                    Promise<Void> end = Promise.create();
                    started.complete(new LoopThread(EventLoop.current(), end));
                    end.await();
                });
            } catch (RuntimeException | Error e) {
                started.completeExceptionally(e);
                throw e;
            }
        });
        return started.join();
    }

    EventLoop loop() {
        return loop;
    }

    /** Runs the body as a task of the loop and waits for its result. */
    <T> T call(Body<T, ?> body) {
        return loop.submit(body).join();
    }

    @Override
    public void close() {
        loop.callSoonThreadsafe(() -> end.succeed(null));
    }
}
