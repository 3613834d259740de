# No append to a shared list is lost, and each thread's items keep their order.
from support.workers import THREADS, run

shared = []
counts = [0] * THREADS


def work(n, stop):
    i = 0
    while not stop():
        for _ in range(200):
            shared.append((n, i))
            i += 1
        if len(shared) > 2_000_000:
            break
    counts[n] = i


run(work)
assert len(shared) == sum(counts), (len(shared), sum(counts))
last = [-1] * THREADS
for n, i in shared:
    assert i == last[n] + 1
    last[n] = i
print("ok")
