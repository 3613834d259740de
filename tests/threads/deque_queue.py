# Items pass through a shared deque: none lost, none twice.
from collections import deque

from support.workers import THREADS, run

shared = deque()
made = [0] * THREADS
got = [[] for _ in range(THREADS)]
done = [False] * THREADS


def work(n, stop):
    if n % 2 == 0:
        i = 0
        while not stop() and i < 200000:
            shared.append(n * 10**9 + i)
            i += 1
        made[n] = i
        done[n] = True
    else:
        while True:
            try:
                got[n].append(shared.popleft())
            except IndexError:
                if all(done[::2]) and not shared:
                    return


run(work)
everything = [x for part in got for x in part]
assert len(everything) == sum(made)
assert len(set(everything)) == len(everything)
print("ok")
