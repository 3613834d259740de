# Threads start and end all the time, with objects that die in other threads.
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


class Node:
    made = []

    def __init__(self, other=None):
        self.other = other
        self.data = [1, 2, 3]


box = [None] * 16


def short(k):
    node = Node()
    for i in range(50):
        node = Node(node if i % 10 else None)
        box[(k + i) % 16] = node


def work(n, stop):
    k = n
    while not stop():
        children = [threading.Thread(target=short, args=(k + j,)) for j in range(3)]
        for c in children:
            c.start()
        for c in children:
            c.join()
        for node in list(box):
            while node is not None:
                assert node.data == [1, 2, 3]
                node = node.other
        k += 3


run(work)
print("ok")
