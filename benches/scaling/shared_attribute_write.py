"""All threads write attributes of one shared object."""

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


class Thing:
    pass


thing = Thing()
thing.a = thing.b = 0


def body(n, loops):
    if n % 2:
        for k in range(loops):
            for i in range(100):
                thing.a = i
    else:
        for k in range(loops):
            for i in range(100):
                thing.b = i


def check():
    assert thing.a in (0, 99) and thing.b in (0, 99)


main()
