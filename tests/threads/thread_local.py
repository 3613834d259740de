# threading.local: each thread sees its own.
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


class Mine(threading.local):
    start = 5

    def __init__(self):
        self.items = []


mine, plain = Mine(), threading.local()


def work(n, stop):
    assert mine.items == [] and not hasattr(plain, "x")
    i = 0
    while not stop() and i < 20000:
        mine.items.append(n)
        plain.x = n
        i += 1
        assert plain.x == n
    assert len(mine.items) == i and set(mine.items) <= {n}


run(work)
assert mine.items == []
print("ok")
