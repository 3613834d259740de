"""A finaliser that makes what is finalised like it comes to an end, a long chain of objects with finalisers is no such thing."""

import gc
import sys

errors = []
sys.unraisablehook = lambda u: errors.append(u.exc_type.__name__)


class Again:
    count = 0

    def __del__(self):
        Again.count += 1
        Again()


sys.setrecursionlimit(300)
Again()
print(1 < Again.count <= 300)
errors.clear()


class Node:
    gone = 0

    def __init__(self, next):
        self.next = next

    def __del__(self):
        Node.gone += 1


chain = None
for _ in range(20000):
    chain = Node(chain)
del chain
gc.collect()
print(Node.gone, errors)


class Owner:
    def __init__(self):
        self.chain = None
        for _ in range(5000):
            self.chain = Node(self.chain)

    def __del__(self):
        self.chain = None


Owner()
gc.collect()
print(Node.gone, errors)
