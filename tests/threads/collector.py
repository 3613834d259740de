# Cycles made and collected while others run; weak references see either the object or None.
import gc
import weakref

from support.workers import run


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
