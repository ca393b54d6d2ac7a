package dev.espalier.benchmarks.peers

import java.util.concurrent.CompletableFuture
import java.util.function.IntConsumer
import kotlin.concurrent.thread
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield

// Every peer runs on the event loop of runBlocking: one thread, as ours and as asyncio.

class KotlinSwitch : IntConsumer {
    override fun accept(switches: Int) = runBlocking {
        repeat(1000) {
            launch { repeat(switches / 1000) { yield() } }
        }
    }
}

class KotlinSpawnAwait : IntConsumer {
    override fun accept(children: Int) = runBlocking {
        var sum = 0L
        for (i in 0 until children) {
            sum += async { i }.await()
        }
        check(sum == (children - 1L) * children / 2)
    }
}

class KotlinFanOut : IntConsumer {
    override fun accept(children: Int) = runBlocking {
        var ran = 0
        coroutineScope {
            repeat(children) { launch { ran++ } }
        }
        check(ran == children)
    }
}

/** A loop that stays alive: a hundred thousand coroutines wait for later timers while the timeouts come and go. */
class KotlinTimeout : IntConsumer {
    private class Request(val timeouts: Int, val done: CompletableFuture<Long>)

    private val requests = Channel<Request>(1)

    init {
        thread(isDaemon = true) {
            runBlocking {
                repeat(100_000) { i -> launch { delay(3_600_000L + i) } }
                yield()
                for (request in requests) {
                    request.done.complete(run(request.timeouts))
                }
            }
        }
    }

    private suspend fun run(timeouts: Int): Long {
        var sum = 0L
        for (i in 0 until timeouts) {
            sum += withTimeout(30_000) { i }
        }
        return sum
    }

    override fun accept(timeouts: Int) {
        val request = Request(timeouts, CompletableFuture())
        runBlocking { requests.send(request) }
        check(request.done.join() == (timeouts - 1L) * timeouts / 2)
    }
}
