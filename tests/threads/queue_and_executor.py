# queue.Queue and concurrent.futures.
import queue
from concurrent.futures import ThreadPoolExecutor, as_completed

from support.workers import THREADS, run

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
