# threading.local: each thread sees its own.
import threading

from support.workers import run


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
