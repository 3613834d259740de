import gc
import weakref

log = []


class Node:
    def __init__(self, name):
        self.name = name
        self.peer = None

    def __del__(self):
        log.append(self.name)


def pair():
    a, b = Node("a"), Node("b")
    a.peer, b.peer = b, a
    return weakref.ref(a, lambda r: log.append("callback"))


r = pair()
gc.collect()
print(sorted(log), r())
log.clear()


class Resurrect:
    keep = []

    def __init__(self):
        self.me = self

    def __del__(self):
        Resurrect.keep.append(self)


x = Resurrect()
del x
gc.collect()
print(len(Resurrect.keep))
Resurrect.keep.clear()
gc.collect()
print(len(Resurrect.keep), "only once")


def gen():
    try:
        yield gen_ref
    finally:
        log.append("generator closed")


g = gen()
gen_ref = [g]
next(g)
del g
gen_ref = None
gc.collect()
print(log)


class Owner:
    def method(self): pass


o = Owner()
o.bound = o.method
w = weakref.ref(o)
del o
gc.collect()
print(w())
