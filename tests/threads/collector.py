# Cycles made and collected while others run; weak references see either the object or None.
import sys
import threading
import time

SECONDS = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 0.5
THREADS = 8
errors = []


def run(work):
    """Runs `work(thread number, stop)` on all threads; `stop()` says when the time is up."""
    end = time.monotonic() + SECONDS
    gate = threading.Barrier(THREADS)

    def body(n):
        try:
            gate.wait()
            work(n, lambda: time.monotonic() >= end)
        except BaseException as e:
            errors.append(f"thread {n}: {type(e).__name__}: {e}")

    threads = [threading.Thread(target=body, args=(n,)) for n in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        print(*errors[:5], sep="\n")
        sys.exit(1)


import gc
import weakref


class Node:
    def __init__(self, n):
        self.n = n
        self.me = self


def work(n, stop):
    refs = []
    i = 0
    while not stop():
        for _ in range(50):
            i += 1
            node = Node(i)
            refs.append((i, weakref.ref(node)))
        for k, r in refs:
            alive = r()
            assert alive is None or alive.n == k
        if len(refs) > 500:
            refs.clear()
        if n == 0 and i % 500 == 0:
            gc.collect()


run(work)
gc.collect()
print("ok")
