"""All threads write keys of their own into one shared dict."""

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


table = {(n, i): 0 for n in range(THREADS) for i in range(64)}


def body(n, loops):
    keys = [(n, i) for i in range(64)]
    for k in range(1, loops + 1):
        for key in keys:
            table[key] = k


def check():
    assert set(table.values()) == {LOOPS}


main()
