"""One worker of ProcessPoolExecutor: prints one figure, in the unit of the row."""
import collections
import concurrent.futures
import sys
import time


def increment(value):
    return value + 1


def roundtrip(pool, seconds):
    """Median microseconds of one small call at a time."""
    latencies = []
    end = time.perf_counter_ns() + int(seconds * 1e9)
    while time.perf_counter_ns() < end:
        started = time.perf_counter_ns()
        pool.submit(increment, 1).result()
        latencies.append(time.perf_counter_ns() - started)
    return sorted(latencies)[len(latencies) // 2] / 1000


def silence(pool, seconds):
    """The same, a millisecond after the one before."""
    latencies = []
    end = time.perf_counter_ns() + int(seconds * 1e9)
    while time.perf_counter_ns() < end:
        time.sleep(0.001)
        started = time.perf_counter_ns()
        pool.submit(increment, 1).result()
        latencies.append(time.perf_counter_ns() - started)
    return sorted(latencies)[len(latencies) // 2] / 1000


def echo(value):
    return value


def payload(size):
    """Bytes there and back, in 1e9 bytes a second of both ways."""
    def rate(pool, seconds):
        data = bytes(size)
        moved = 0
        started = time.perf_counter_ns()
        while time.perf_counter_ns() - started < seconds * 1e9:
            assert len(pool.submit(echo, data).result()) == size
            moved += 2 * size
        return moved / (time.perf_counter_ns() - started)

    return rate


def throughput(pool, seconds):
    """Calls a second with 256 in flight."""
    flight = collections.deque(pool.submit(increment, i) for i in range(256))
    calls = 0
    started = time.perf_counter_ns()
    end = started + int(seconds * 1e9)
    while time.perf_counter_ns() < end:
        flight.popleft().result()
        flight.append(pool.submit(increment, calls))
        calls += 1
    return calls * 1e9 / (time.perf_counter_ns() - started)


def map_items(pool, seconds):
    """Items a second of a map over a million, at the best of some chunk sizes."""
    def rate(chunksize, limit):
        items = 0
        started = time.perf_counter_ns()
        while time.perf_counter_ns() - started < limit * 1e9:
            assert len(list(pool.map(increment, range(1_000_000), chunksize=chunksize))) == 1_000_000
            items += 1_000_000
        return items * 1e9 / (time.perf_counter_ns() - started)

    best = max((1_000, 10_000, 100_000), key=lambda chunksize: rate(chunksize, 0.1))
    return rate(best, seconds)


if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(max_workers=1) as pool:
        pool.submit(increment, 1).result()
        print({
            "roundtrip": roundtrip,
            "silence": silence,
            "throughput": throughput,
            "map": map_items,
            "payload-1m": payload(1 << 20),
            "payload-64m": payload(64 << 20),
        }[sys.argv[1]](pool, float(sys.argv[2])))
