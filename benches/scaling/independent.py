"""Independent work: each thread computes with its own numbers, lists, dicts and objects."""

import sys
import threading
from time import perf_counter

THREADS, LOOPS = int(sys.argv[1]), int(sys.argv[2])


def main():
    """Times `body(number, LOOPS)` on all threads, from the first one's beginning to the last one's end."""
    gate = threading.Barrier(THREADS)
    starts, ends = [0.0] * THREADS, [0.0] * THREADS

    def run(n):
        gate.wait()
        starts[n] = perf_counter()
        body(n, LOOPS)
        ends[n] = perf_counter()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check()
    print("seconds", repr(max(ends) - min(starts)))


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def add(self, other):
        return Vec(self.x + other.x, self.y + other.y)


def body(n, loops):
    for _ in range(loops):
        position, step = Vec(0, 0), Vec(1, 2)
        counts = {}
        numbers = []
        total = 0.0
        for i in range(300):
            position = position.add(step)
            counts[i % 10] = counts.get(i % 10, 0) + 1
            numbers.append(i * 3 % 7)
            total += i * 0.5
        assert position.x == 300 and counts[3] == 30 and sum(numbers) > 0 and total == 22425.0


def check():
    pass


main()
