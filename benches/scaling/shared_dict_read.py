"""All threads read one shared dict."""

import sys
import threading
from time import perf_counter

THREADS, LOOPS = int(sys.argv[1]), int(sys.argv[2])


def main():
    """Times `body(number, LOOPS)` on all threads, from the moment when all are ready to the last one's end."""
    gate = threading.Barrier(THREADS + 1)

    def run(n):
        gate.wait()
        body(n, LOOPS)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(THREADS)]
    for t in threads:
        t.start()
    gate.wait()
    start = perf_counter()
    for t in threads:
        t.join()
    seconds = perf_counter() - start
    check()
    print("seconds", repr(seconds))


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
