# Every thread owns a key of one dict; inserts and deletes of other keys go on around it.
from support.workers import THREADS, run

shared = {n: 0 for n in range(THREADS)}
counts = [0] * THREADS


def work(n, stop):
    i = 0
    while not stop():
        for _ in range(100):
            shared[n] += 1
            i += 1
            k = ("t", n, i % 50)
            shared[k] = i
            assert shared[k] == i
            if i % 3 == 0:
                del shared[k]
                assert k not in shared
    counts[n] = i


run(work)
for n in range(THREADS):
    assert shared[n] == counts[n]
print("ok")
