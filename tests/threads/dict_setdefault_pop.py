# setdefault and pop are atomic: exactly one thread wins each key.
import threading

from support.workers import THREADS, run

shared = {}
won = [0] * THREADS
rounds = 2000
turn = [threading.Barrier(THREADS), 0]


def work(n, stop):
    for i in range(rounds):
        if shared.setdefault(i, n) == n:
            won[n] += 1
    turn[0].wait()
    for i in range(rounds):
        if shared.pop(i, None) is not None:
            won[n] += 1000000


run(work)
total = sum(won)
assert total % 1000000 == rounds, total
assert total // 1000000 == rounds, total
assert not shared
print("ok")
