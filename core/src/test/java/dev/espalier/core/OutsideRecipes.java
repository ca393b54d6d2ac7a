package dev.espalier.core;

import static dev.espalier.core.Async.checkpoint;
import static dev.espalier.core.Recipe.valueless;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** How the cancel sweep calls what waits for something outside the loop: futures, offloaded bodies, pipes. */
final class OutsideRecipes implements Recipes {

    @Override
    public List<Recipe> recipes() {
        return Stream.of(foreign(), readiness()).flatMap(List::stream).toList();
    }

    private static List<Recipe> foreign() {
        return List.of(
                future("Async.await(CompletionStage)", (future, type) -> Async.await((CompletionStage<String>) future)),
                future("Async.await(CompletableFuture)", (future, type) -> Async.await(future)),
                future("Async.await(CompletionStage, Class)", (future, type) ->
                        Async.<String, RuntimeException>await(future, type)),
                valueless("Async.await(Future)", at -> {
                    var future = new FutureTask<>(() -> "value");
                    at.call(() -> Async.<String>await((Future<String>) future));
                    at.wake(future::run);
                    at.check(end -> assertThat(future.isDone()).as("a cancelled wait cancels its future").isTrue());
                }).mayComplete(),
                valueless("Async.offload(Body)", at -> offloaded(at, latch ->
                        assertThat(Async.<Long, InterruptedException>offload(() -> {
                    latch.await();
                    return 7L;
                })).isEqualTo(7))).mayComplete(),
                valueless("Async.offload(VoidBody)", at -> offloaded(at, latch -> Async.offload(() -> {
                    latch.await();
                }))).mayComplete());
    }

    private static Recipe future(String target, BiFunction<CompletableFuture<String>, Class<RuntimeException>,
            String> await) {
        return valueless(target, at -> {
            var future = new CompletableFuture<String>();
            at.call(() -> await.apply(future, RuntimeException.class));
            at.wake(() -> future.complete("value"));
            at.check(end -> {
                assertThat(end.returned() && future.isCancelled())
                        .as("a future that was awaited is cancelled").isFalse();
                assertThat(future.isCancelled() || !end.cutShort() || end.wakes() > 0)
                        .as("a cancelled wait cancels its future").isTrue();
            });
        });
    }

    private static void offloaded(Situation at, VoidBodyWith<CountDownLatch, InterruptedException> call) {
        var latch = new CountDownLatch(1);
        at.call(() -> call.run(latch));
        at.wake(latch::countDown);
    }

    private static List<Recipe> readiness() {
        return List.of(
                valueless("ChannelReadiness.awaitReadable()", at -> {
                    Pipe pipe = pipe(at);
                    var readable = at.closing(ChannelReadiness.of(pipe.source()));
                    at.call(readable::awaitReadable);
                    at.wake(() -> pipe.sink().write(ByteBuffer.wrap(new byte[3])));
                    at.check(end -> assertThat(pipe.source().read(ByteBuffer.allocate(9))).isEqualTo(3 * end.wakes()));
                }).inRealTime(),
                valueless("ChannelReadiness.awaitWritable()", at -> {
                    Pipe pipe = pipe(at);
                    var writable = at.closing(ChannelReadiness.of(pipe.sink()));
                    while (pipe.sink().write(ByteBuffer.allocate(4096)) > 0) {
                        checkpoint();
                    }
                    at.call(writable::awaitWritable);
                    at.wake(() -> drain(pipe));
                    at.check(end -> assertThat(pipe.sink().write(ByteBuffer.allocate(1))).isEqualTo(end.wakes()));
                }).inRealTime());
    }

    private static Pipe pipe(Situation at) throws Exception {
        Pipe pipe = Pipe.open();
        at.closing(pipe.sink()).configureBlocking(false);
        at.closing(pipe.source()).configureBlocking(false);
        return pipe;
    }

    private static void drain(Pipe pipe) throws Exception {
        while (pipe.source().read(ByteBuffer.allocate(65_536)) > 0) {
            checkpoint();
        }
    }
}
