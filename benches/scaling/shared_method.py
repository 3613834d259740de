"""All threads call methods of one shared object and read its attributes."""

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


class Account:
    def __init__(self):
        self.rate = 3
        self.base = 10

    def price(self, amount):
        return self.base + amount * self.rate

    def twice(self, amount):
        return self.price(amount) * 2


account = Account()


def body(n, loops):
    for _ in range(loops):
        total = 0
        for i in range(200):
            total += account.twice(i)
        assert total == 123400


def check():
    pass


main()
