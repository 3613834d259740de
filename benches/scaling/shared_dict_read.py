"""All threads read one shared dict."""

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


table = {f"key{i}": i for i in range(256)}
keys = list(table)


def body(n, loops):
    mine = keys[:]
    for _ in range(loops):
        total = 0
        for key in mine:
            total += table[key]
        assert total == 32640


def check():
    pass


main()
