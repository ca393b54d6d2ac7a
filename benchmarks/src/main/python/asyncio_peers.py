"""The rows of the core suite on asyncio: prints one figure, in the unit of the row."""
import asyncio
import random
import sys
import threading
import time


def per_operation(started, operations):
    return (time.perf_counter_ns() - started) / operations


async def switch():
    async def yielder():
        for _ in range(200):
            await asyncio.sleep(0)

    started = time.perf_counter_ns()
    async with asyncio.TaskGroup() as group:
        for _ in range(1000):
            group.create_task(yielder())
    return per_operation(started, 1000 * 200)


async def spawn_await():
    async def child(value):
        return value

    started = time.perf_counter_ns()
    async with asyncio.TaskGroup() as group:
        for i in range(100_000):
            await group.create_task(child(i))
    return per_operation(started, 100_000)


async def fan_out():
    """Not a million: each costs no less then, and the quick run stays quick."""
    async def child():
        pass

    started = time.perf_counter_ns()
    async with asyncio.TaskGroup() as group:
        for _ in range(100_000):
            group.create_task(child())
    return per_operation(started, 100_000)


async def timeout_unfired():
    loop = asyncio.get_running_loop()
    later = [loop.call_later(3600 + i / 1000, int) for i in range(100_000)]
    started = time.perf_counter_ns()
    for _ in range(100_000):
        async with asyncio.timeout(30):
            pass
    value = per_operation(started, 100_000)
    for handle in later:
        handle.cancel()
    return value


async def timers(order):
    loop = asyncio.get_running_loop()
    micros = {
        "increasing": lambda i: i,
        "random": lambda i: random.randrange(1_000_000),
        "equal": lambda i: 0,
    }[order]
    delays = [3600 + micros(i) / 1e6 for i in range(1_000_000)]
    started = time.perf_counter_ns()
    handles = [loop.call_later(delay, int) for delay in delays]
    for handle in handles:
        handle.cancel()
    return per_operation(started, 1_000_000)


async def submit():
    """Millions of callbacks a second from two foreign threads, submitted and run."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    ends = []

    def end():
        ends.append(1)
        if len(ends) == 2:
            ended.set()

    def submitter():
        for _ in range(50_000):
            loop.call_soon_threadsafe(int)
        loop.call_soon_threadsafe(end)

    started = time.perf_counter_ns()
    threads = [threading.Thread(target=submitter) for _ in range(2)]
    for thread in threads:
        thread.start()
    await ended.wait()
    return 1000 / per_operation(started, 100_000)


async def wake():
    """Median microseconds from the call in a foreign thread to the callback in a loop that was asleep."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    latencies = []

    def callback(called):
        latencies.append(time.perf_counter_ns() - called)

    def waker():
        for _ in range(500):
            time.sleep(0.001)
            loop.call_soon_threadsafe(callback, time.perf_counter_ns())
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=waker).start()
    await ended.wait()
    return sorted(latencies)[len(latencies) // 2] / 1000


ROWS = {
    "switch": switch,
    "spawn-await": spawn_await,
    "fan-out": fan_out,
    "timeout-unfired": timeout_unfired,
    "timers-increasing": lambda: timers("increasing"),
    "timers-random": lambda: timers("random"),
    "timers-equal": lambda: timers("equal"),
    "submit": submit,
    "wake": wake,
}

if __name__ == "__main__":
    print(asyncio.run(ROWS[sys.argv[1]]()))
