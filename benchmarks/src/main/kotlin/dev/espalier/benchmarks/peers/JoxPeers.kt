package dev.espalier.benchmarks.peers

import com.softwaremill.jox.structured.Race
import com.softwaremill.jox.structured.Scopes
import java.util.concurrent.Callable
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicLong
import java.util.function.IntConsumer

// Written in Kotlin because the classes of Jox are marked as preview, which javac refuses to read without the same mark.
// They are started on a virtual thread, where Jox is at home.

class JoxSpawnAwait : IntConsumer {
    override fun accept(children: Int) {
        val sum = Scopes.supervised { scope ->
            var sum = 0L
            for (i in 0 until children) {
                sum += scope.fork(Callable { i }).join()
            }
            sum
        }
        check(sum == (children - 1L) * children / 2)
    }
}

class JoxFanOut : IntConsumer {
    override fun accept(children: Int) {
        val ran = AtomicLong()
        Scopes.supervised { scope ->
            repeat(children) { scope.forkUser(Callable { ran.incrementAndGet() }) }
        }
        check(ran.get() == children.toLong())
    }
}

class JoxTimeout : IntConsumer {
    override fun accept(timeouts: Int) {
        var sum = 0L
        for (i in 0 until timeouts) {
            sum += Race.timeout(TimeUnit.SECONDS.toMillis(30), Callable { i })
        }
        check(sum == (timeouts - 1L) * timeouts / 2)
    }
}
