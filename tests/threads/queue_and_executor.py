# queue.Queue and concurrent.futures.
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


import queue
from concurrent.futures import ThreadPoolExecutor, as_completed

q = queue.Queue(maxsize=10)
sums = [0] * THREADS


def work(n, stop):
    if n < THREADS // 2:
        for i in range(500):
            q.put(i)
        q.put(None)
    else:
        while True:
            item = q.get()
            if item is None:
                return
            sums[n] += item


run(work)
assert sum(sums) == THREADS // 2 * sum(range(500))
with ThreadPoolExecutor(4) as pool:
    assert list(pool.map(lambda x: x * x, range(50))) == [x * x for x in range(50)]
    futures = [pool.submit(divmod, i, 3) for i in range(20)]
    assert sorted(f.result() for f in as_completed(futures)) == sorted(divmod(i, 3) for i in range(20))
    failed = pool.submit(lambda: 1 / 0)
    assert type(failed.exception()) is ZeroDivisionError
print("ok")
