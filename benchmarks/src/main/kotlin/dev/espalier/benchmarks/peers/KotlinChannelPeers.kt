package dev.espalier.benchmarks.peers

import java.util.function.IntConsumer
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.ReceiveChannel
import kotlinx.coroutines.channels.SendChannel
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.selects.selectUnbiased
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.yield

class KotlinPingPong : IntConsumer {
    override fun accept(rounds: Int) = runBlocking {
        val there = Channel<Int>(1)
        val back = Channel<Int>(1)
        launch { repeat(rounds) { back.send(there.receive()) } }
        var sum = 0
        repeat(rounds) {
            there.send(1)
            sum += back.receive()
        }
        check(sum == rounds)
    }
}

class KotlinStream(private val capacity: Int) : IntConsumer {
    override fun accept(elements: Int) = runBlocking {
        val channel = Channel<Int>(capacity)
        launch { repeat(elements) { channel.send(1) } }
        var sum = 0
        repeat(elements) { sum += channel.receive() }
        check(sum == elements)
    }
}

class KotlinChain : IntConsumer {
    override fun accept(elements: Int) = runBlocking {
        val first = Channel<Int>(16)
        var last: Channel<Int> = first
        repeat(9_999) {
            val from = last
            val to = Channel<Int>(16)
            launch { repeat(elements) { to.send(from.receive()) } }
            last = to
        }
        launch { repeat(elements) { first.send(1) } }
        var sum = 0
        repeat(elements) { sum += last.receive() }
        check(sum == elements)
    }
}

/** As fair as ours: the clauses are tried in random order. */
class KotlinSelect : IntConsumer {
    override fun accept(elements: Int) = runBlocking {
        val left = produce(elements / 2)
        val right = produce(elements / 2)
        var sum = 0
        repeat(elements) {
            sum += selectUnbiased<Int> {
                left.onReceive { it }
                right.onReceive { it }
            }
        }
        check(sum == elements)
    }

    private fun CoroutineScope.produce(elements: Int): ReceiveChannel<Int> {
        val channel = Channel<Int>(0)
        launch { repeat(elements) { channel.send(1) } }
        return channel
    }
}

class KotlinMutex : IntConsumer {
    override fun accept(turns: Int) = runBlocking {
        val mutex = Mutex()
        repeat(100) {
            launch {
                repeat(turns / 100) {
                    mutex.lock()
                    yield()
                    mutex.unlock()
                }
            }
        }
    }
}

class KotlinSemaphore(private val permits: Int) : IntConsumer {
    override fun accept(turns: Int) = runBlocking {
        val semaphore = Semaphore(permits)
        repeat(100) {
            launch {
                repeat(turns / 100) {
                    semaphore.acquire()
                    yield()
                    semaphore.release()
                }
            }
        }
    }
}
