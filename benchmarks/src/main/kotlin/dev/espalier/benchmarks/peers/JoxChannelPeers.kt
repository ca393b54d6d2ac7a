package dev.espalier.benchmarks.peers

import com.softwaremill.jox.Channel
import com.softwaremill.jox.Select
import java.util.function.IntConsumer

private fun start(body: () -> Unit): Thread = Thread.startVirtualThread(body)

class JoxPingPong : IntConsumer {
    override fun accept(rounds: Int) {
        val there = Channel.newBufferedChannel<Int>(1)
        val back = Channel.newBufferedChannel<Int>(1)
        val echo = start { repeat(rounds) { back.send(there.receive()) } }
        var sum = 0
        repeat(rounds) {
            there.send(1)
            sum += back.receive()
        }
        echo.join()
        check(sum == rounds)
    }
}

class JoxStream(private val capacity: Int) : IntConsumer {
    override fun accept(elements: Int) {
        val channel = Channel.newBufferedChannel<Int>(capacity)
        val producer = start { repeat(elements) { channel.send(1) } }
        var sum = 0
        repeat(elements) { sum += channel.receive() }
        producer.join()
        check(sum == elements)
    }
}

class JoxChain : IntConsumer {
    override fun accept(elements: Int) {
        val first = Channel.newBufferedChannel<Int>(16)
        var last = first
        repeat(9_999) {
            val from = last
            val to = Channel.newBufferedChannel<Int>(16)
            start { repeat(elements) { to.send(from.receive()) } }
            last = to
        }
        start { repeat(elements) { first.send(1) } }
        var sum = 0
        repeat(elements) { sum += last.receive() }
        check(sum == elements)
    }
}

class JoxSelect : IntConsumer {
    override fun accept(elements: Int) {
        val left = produce(elements / 2)
        val right = produce(elements / 2)
        var sum = 0
        repeat(elements) { sum += Select.select(left.receiveClause(), right.receiveClause()) }
        check(sum == elements)
    }

    private fun produce(elements: Int): Channel<Int> {
        val channel = Channel.newRendezvousChannel<Int>()
        start { repeat(elements) { channel.send(1) } }
        return channel
    }
}
